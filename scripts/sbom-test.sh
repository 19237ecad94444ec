#!/usr/bin/env bash
# Lets programs of others read the bill of materials of a release: Microsoft's sbom-tool, and npm packages for licences and package URLs.
# Usage: scripts/sbom-test.sh FILE      0, or says what is wrong. Needs the .NET SDK, NuGet, npm and jq.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/checks.sh

sbom=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp Tests/Conformance/Sbom/* "$work/"
install_packages
(cd "$work" && timeout 90 npm install --no-audit --no-fund --loglevel=error)
node "$work/check.mjs" "$sbom"

# It takes a bill of materials beside the files that it describes. It writes its verdict to a file and always exits with 0.
timeout 120 dotnet tool install Microsoft.Sbom.DotNetTool --version 4.1.13 --tool-path "$work/tools" >"$work/log" || { cat "$work/log"; exit 1; }
manifest=$work/release/_manifest/spdx_2.2/manifest.spdx.json
mkdir -p "${manifest%/*}"
cp "$sbom" "$manifest"
sha256sum "$manifest" | cut -d ' ' -f 1 >"$manifest.sha256"
DOTNET_ROLL_FORWARD=Major timeout 60 "$work/tools/sbom-tool" validate -b "$work/release" -o "$work/result" -mi SPDX:2.2 -n true
jq -e '.Result == "Success" and .Summary.ValidationTelemetery.TotalPackagesInManifest == $packages' \
  --argjson packages "$(jq '.packages | length' "$sbom")" "$work/result" >/dev/null || { cat "$work/result"; exit 1; }
