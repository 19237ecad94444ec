#!/usr/bin/env bash
# Publishes the native program and puts it, alone, at one place.
# Usage: scripts/publish.sh RUNTIME_IDENTIFIER OUTPUT [MSBuild property ...]
set -euo pipefail
cd "$(dirname "$0")/.."

runtime=$1
output=$2
shift 2

# The SDK links again only when an object file is newer; a change of linker or of its options must relink as well.
rm -f "bin/Release/net10.0/$runtime/native/epollsrv"
dotnet publish epollsrv.csproj -c Release -r "$runtime" --nologo -v quiet -clp:NoSummary "$@"
mkdir -p "$(dirname "$output")"
# Renamed into place: a program that is running keeps its file, and nobody sees half of one.
cp "bin/Release/net10.0/$runtime/publish/epollsrv" "$output.new"
mv -f "$output.new" "$output"
echo "$output: $(stat -c %s "$output") bytes"
