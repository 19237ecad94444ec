#!/usr/bin/env bash
# Cross-builds the program for linux-arm64. Installs nothing. Debian packages: clang lld gcc-aarch64-linux-gnu libc6-dev-arm64-cross
# Usage: scripts/publish-arm64.sh OUTPUT [MSBuild property ...]
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in clang ld.lld aarch64-linux-gnu-objcopy; do
  if ! command -v "$tool" >/dev/null; then
    echo "arm64 needs $tool; on Debian: apt-get install clang lld gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static" >&2
    exit 1
  fi
done

output=$1
shift
scripts/publish.sh epollsrv.csproj linux-arm64 "$output" -p:CppCompilerAndLinker=clang -p:LinkerFlavor=lld \
  -p:SysRoot=/usr/aarch64-linux-gnu -p:ObjCopyName=aarch64-linux-gnu-objcopy "$@"
