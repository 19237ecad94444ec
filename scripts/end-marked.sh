#!/usr/bin/env bash
# Waits for the end of its standard input, then ends every process whose environment holds TEST_RUN=MARK, and names each.
# scripts/test.sh holds the other end of the pipe, so that this also happens when that script is killed.
# Exit code 0: there was none; 1: there were some. Needs no package: it reads /proc.
# Usage: scripts/end-marked.sh MARK
set -euo pipefail
trap '' INT TERM HUP
cat >/dev/null

marked() {
  local file
  for file in $(grep -lzFx "TEST_RUN=$1" /proc/[0-9]*/environ 2>/dev/null); do
    echo "${file//[!0-9]/}"
  done
}

# A process that is ending by itself gets time to do so.
for _ in {1..100}; do
  [ -n "$(marked "$1")" ] || exit 0
  sleep 0.2
done
while left=$(marked "$1") && [ -n "$left" ]; do
  for process in $left; do
    name=$(tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline" || true)
    echo "left behind: process $process: ${name:0:200}" >&2
    kill -KILL "$process" 2>/dev/null || true
  done
  sleep 0.2
done
exit 1
