#!/usr/bin/env bash
# Checks the published program against its limits: size, time from start to "ready", resident memory when idle.
# Usage: scripts/footprint.sh [PROGRAM]      FOOTPRINT_STARTS=21 sets how many starts the medians are taken from.
set -euo pipefail
cd "$(dirname "$0")/.."

program=${1:-out/epollsrv}
starts=${FOOTPRINT_STARTS:-21}
size_limit=3145728
ready_limit_us=10000
resident_limit_kb=4096

times=()
others=()
resident=()
for ((i = 0; i < starts; i++)); do
  # What starting any program takes just now, measured in the same way: a busy machine may need more than the limit for that alone.
  started=${EPOCHREALTIME/./}
  exec {nothing}< <(exec /bin/true)
  read -r -t 10 -u "$nothing" || true
  others+=($((${EPOCHREALTIME/./} - started)))
  exec {nothing}<&-

  # No helper process between start and ready: bash's clock, the fork and exec of the program, and its one line.
  started=${EPOCHREALTIME/./}
  exec {standard_error}< <(exec "$program" serve --port 0 2>&1 >/dev/null </dev/null)
  pid=$!
  line=
  ready=
  while IFS= read -r -t 10 -u "$standard_error" line; do
    if [[ $line == *ready* ]]; then
      ready=${EPOCHREALTIME/./}
      break
    fi
  done
  if [ -z "$ready" ]; then
    echo "footprint: $program serve --port 0 printed no line with \"ready\"; its last line: ${line:-none}"
    kill -KILL "$pid" 2>/dev/null || true
    exit 1
  fi
  times+=($((ready - started)))
  sleep 0.2 # idle: nothing is started late
  resident+=("$(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status")")
  kill -TERM "$pid"
  wait "$pid" 2>/dev/null || true
  exec {standard_error}<&-
done

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
ready_us=$(median "${times[@]}")
other_us=$(median "${others[@]}")
[ $((3 * other_us)) -le "$ready_limit_us" ] || ready_limit_us=$((3 * other_us))
resident_kb=$(median "${resident[@]}")
size=$(stat -c %s "$program")

failed=0
# report NAME VALUE LIMIT TEXT
report() {
  local verdict=ok
  if [ "$2" -ge "$3" ]; then
    verdict=FAILED
    failed=1
  fi
  echo "footprint: $1 $4: $verdict"
}
report size "$size" $((size_limit + 1)) "$size bytes, limit $size_limit"
report 'start to ready' "$ready_us" "$ready_limit_us" "$(awk "BEGIN { printf \"%.1f\", $ready_us / 1000 }") ms (median of $starts), limit 10 ms or three times /bin/true, $(awk "BEGIN { printf \"%.1f\", $other_us / 1000 }") ms"
report 'idle resident memory' "$resident_kb" "$resident_limit_kb" "$resident_kb kB (median of $starts), limit $resident_limit_kb kB"
exit "$failed"
