#!/usr/bin/env bash
# The proofs that nothing acknowledged is lost: kill -9 under load, power cuts, failing disks, snapshots beside writes, redis-server's files.
# Usage: scripts/durability.sh [--full]   (--full: a thousand kills and more states; about two hours)
# A full file system is mounted for one of them: without the right to mount it counts as skipped, and is named.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  '') ;;
  --full) export DURABILITY_FULL=1 TEST_HANG_TIMEOUT=120m ;;
  *)
    echo "usage: scripts/durability.sh [--full]" >&2
    exit 64
    ;;
esac

for program in redis-server redis-check-aof redis-check-rdb strace; do
  if ! command -v "$program" >/dev/null; then
    echo "durability.sh: $program is missing (Debian: redis-server, redis-tools, strace)"
    exit 1
  fi
done

filter='Category=Durability'
mounted=$(mktemp -d)
if mount -t tmpfs -o size=1m epollsrv-test "$mounted" 2>/dev/null; then
  umount "$mounted"
  left_out=
else
  left_out='FullDiskTests: no file system can be mounted here (that needs root)'
  filter="$filter&Needs!=Root"
fi
rmdir "$mounted"

output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
scripts/test.sh "$filter" | tee "$output" || status=$?
if [ -n "$left_out" ]; then
  echo "COULD NOT RUN HERE: $left_out"
  echo "$(tail -n 1 "$output"), 1 skipped"
fi
exit "$status"
