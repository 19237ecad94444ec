#!/usr/bin/env bash
# Cross-builds out/arm64/epollsrv for linux-arm64 and tries it on an emulated Cortex-A53 (ARMv8.0, no LSE atomics).
# Installs nothing. Debian packages: clang lld gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
# Usage: scripts/arm64.sh [MSBuild property ...]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/node.sh

for tool in clang ld.lld aarch64-linux-gnu-objcopy qemu-aarch64-static; do
  if ! command -v "$tool" >/dev/null; then
    echo "make arm64 needs $tool; on Debian: apt-get install clang lld gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static" >&2
    exit 1
  fi
done

program=out/arm64/epollsrv
scripts/publish.sh epollsrv.csproj linux-arm64 "$program" -p:CppCompilerAndLinker=clang -p:LinkerFlavor=lld \
  -p:SysRoot=/usr/aarch64-linux-gnu -p:ObjCopyName=aarch64-linux-gnu-objcopy "$@"

emulator=(qemu-aarch64-static -cpu cortex-a53)
"${emulator[@]}" "$program" --version
"${emulator[@]}" "$program" selfcheck

log=$(mktemp)
node_pid=
trap '[ -z "$node_pid" ] || kill -KILL "$node_pid" 2>/dev/null || true; rm -f "$log"' EXIT
start_node "$log" "${emulator[@]}" "$program" serve --port 0
out/epollsrv healthcheck --port "$node_port"
stop_node
if [ "$node_status" -ne 0 ]; then
  echo "the emulated node ended with $node_status instead of 0:" >&2
  cat "$log" >&2
  exit 1
fi
echo "arm64: version, selfcheck, a node that answers, a clean stop: ok"
