#!/usr/bin/env bash
# Tries out/arm64/epollsrv on an emulated Cortex-A53 (ARMv8.0, no LSE atomics): with pages of 4 KB, and of 64 KB, which some kernels have.
# Debian packages: qemu-user-static binutils
# Usage: scripts/arm64.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/node.sh

command -v qemu-aarch64-static >/dev/null || { echo "make arm64 needs qemu-aarch64-static; on Debian: apt-get install qemu-user-static" >&2; exit 1; }
program=out/arm64/epollsrv

# A segment that a page of 64 KB cannot hold apart from its neighbour would not be loaded.
alignments=$(readelf -lW "$program" | awk '$1 == "LOAD" { print $NF }' | sort -u)
[ "$alignments" = 0x10000 ] || { echo "arm64: segments are aligned to $alignments instead of 0x10000" >&2; exit 1; }

work=$(mktemp -d)
log=$work/log
node_pid=
trap '[ -z "$node_pid" ] || kill -KILL "$node_pid" 2>/dev/null || true; rm -rf "$work"' EXIT
head -c 150000 /dev/urandom | base64 -w 0 >"$work/value"
# request METHOD [BODY]: for the key "large"; its reply is in $work/reply.
request() {
  exec 3<>"/dev/tcp/127.0.0.1/$node_port"
  { printf '%s /kv/large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %s\r\n\r\n' "$1" "$(stat -c %s "${2:-/dev/null}")"; cat "${2:-/dev/null}"; } >&3
  cat <&3 >"$work/reply"
  exec 3>&-
}
qemu-aarch64-static -cpu cortex-a53 "$program" --version
for page in 4096 65536; do
  emulator=(qemu-aarch64-static -cpu cortex-a53 -p "$page")
  "${emulator[@]}" "$program" selfcheck
  # The second time it finds what the first one has stored.
  for time in first second; do
    start_node "$log" "${emulator[@]}" "$program" serve --port 0 --data "$work/data-$page"
    out/epollsrv healthcheck --port "$node_port"
    if [ "$time" = first ]; then
      out/epollsrv put key value --server "127.0.0.1:$node_port"
      request PUT "$work/value"
    fi
    [ "$(out/epollsrv get key --server "127.0.0.1:$node_port")" = value ]
    request GET
    sed '1,/^\r$/d' "$work/reply" | cmp - "$work/value"
    stop_node
    if [ "$node_status" -ne 0 ]; then
      echo "the emulated node ended with $node_status instead of 0:" >&2
      cat "$log" >&2
      exit 1
    fi
  done
  echo "arm64: pages of $page bytes: self check, a node that keeps its keys over a restart, clean stops: ok"
done
