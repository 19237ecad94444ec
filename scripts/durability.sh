#!/usr/bin/env bash
# The proofs that nothing acknowledged is lost: kill -9 under load, power cuts, failing disks, snapshots beside writes, redis-server's files.
# Usage: scripts/durability.sh [--full]   (--full: a thousand kills and more states; about two hours)
# Some of them need more than others: file systems are mounted, system calls are made to fail. What this machine does not allow counts as
# skipped, and is named.
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

for program in redis-server redis-check-aof redis-check-rdb strace prlimit; do
  if ! command -v "$program" >/dev/null; then
    echo "durability.sh: $program is missing (Debian: redis-server, redis-tools, strace, util-linux)"
    exit 1
  fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/mount"

can_mount() {
  mount "$@" "$work/mount" 2>/dev/null && umount "$work/mount"
}

can_mount_image() {
  truncate -s 8M "$work/image" && PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -F "$work/image" 2>/dev/null && can_mount -o loop "$work/image"
}

can_trace() {
  local status=0
  sleep 20 &
  timeout -s INT 1 strace -q -o /dev/null -p $! 2>/dev/null || status=$?
  kill $!
  [ "$status" -eq 124 ]
}

filter='Category=Durability'
left_out=()
leave_out() {
  filter="$filter&Needs!=$1"
  left_out+=("$2")
}

can_mount -t tmpfs -o size=1m epollsrv-test || leave_out Root 'FullDiskTests: no file system can be mounted here (that needs root)'
can_mount_image || leave_out Loop 'ReadOnlyTests: no image can be mounted here (that needs root, loop devices and mkfs.ext4)'
can_trace || leave_out Ptrace 'SystemCallFaultTests, A_lost_log_waits_for_descriptors: strace may not attach to a process here'
missing=$(scripts/valkey.sh | tail -n 1) || true
[ -z "$missing" ] || leave_out Valkey "ValkeyExchangeTests: $missing"

status=0
scripts/test.sh "$filter" | tee "$work/output" || status=$?
if [ "${#left_out[@]}" -gt 0 ]; then
  printf 'COULD NOT RUN HERE: %s\n' "${left_out[@]}"
  echo "$(tail -n 1 "$work/output"), ${#left_out[@]} skipped"
fi
exit "$status"
