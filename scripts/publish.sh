#!/usr/bin/env bash
# Publishes a native program and puts it, alone, at one place.
# Usage: [CONFIGURATION=Checked] scripts/publish.sh PROJECT RUNTIME_IDENTIFIER OUTPUT [MSBuild property ...]    PROJECT: epollsrv.csproj, or another beside it or below
set -euo pipefail
cd "$(dirname "$0")/.."

project=$1
runtime=$2
output=$3
shift 3
name=$(basename "$project" .csproj)
configuration=${CONFIGURATION:-Release}
built=$(dirname "$project")/bin/$configuration/net10.0/$runtime

# The SDK links again only when an object file is newer; a change of linker or of its options must relink as well.
rm -f "$built/native/$name"
dotnet publish "$project" -c "$configuration" -r "$runtime" --nologo -v quiet -clp:NoSummary "$@"
mkdir -p "$(dirname "$output")"
# Renamed into place: a program that is running keeps its file, and nobody sees half of one.
cp "$built/publish/$name" "$output.new"
mv -f "$output.new" "$output"
echo "$output: $(stat -c %s "$output") bytes"
