#!/usr/bin/env bash
# Instructions per request (callgrind) against the recorded ones: a slow-down fails whatever else the machine is doing.
# Usage: scripts/instructions.sh [--record] [PROGRAM]      --record writes scripts/instructions.txt anew instead of comparing.
# One connection, one request in flight: (instructions of 12,000 requests − those of 2,000) / 10,000. Repeatable to 0.2 %.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. scripts/node.sh

record=
if [ "${1:-}" = --record ]; then
  record=yes
  shift
fi
program=${1:-out/epollsrv}
recorded=scripts/instructions.txt
tolerance_percent=1

. scripts/callgrind.sh

# count REQUESTS OPTION...: prints the instructions of a server that was started, answered so many requests and stopped.
count() {
  local requests=$1
  shift
  run_counted "$folder/callgrind" "$requests" '--workers 1 --dispatch adaptive --rearm edge' "$@"
  awk '/^(summary|totals):/ { print $2; exit }' "$folder/callgrind"
}

# least REQUESTS OPTION...: sets least_count. What disturbs a run adds instructions: the least of three. A run that fails ends the script.
least() {
  local value
  least_count=
  for _ in 1 2 3; do
    value=$(count "$@")
    if ! [[ $value =~ ^[0-9]+$ ]]; then
      echo "instructions: callgrind gave no count for: $*" >&2
      exit 1
    fi
    if [ -z "$least_count" ] || [ "$value" -lt "$least_count" ]; then
      least_count=$value
    fi
  done
}

# measure NAME OPTION...: appends "NAME instructions" to the results.
measure() {
  local name=$1 few
  shift
  least 2000 "$@"
  few=$least_count
  least 12000 "$@"
  echo "$name $(((least_count - few) / 10000))" >>"$folder/results"
}

measure GET --protocol resp --reads 1
measure SET --protocol resp --reads 0
measure CS --protocol cs --reads 0.9
measure PUT --protocol cs --reads 0

if [ -n "$record" ]; then
  {
    echo "# Instructions per request: make instructions compares with them, scripts/instructions.sh --record writes them."
    cat "$folder/results"
  } >"$recorded"
  cat "$folder/results"
  exit 0
fi

awk -v tolerance="$tolerance_percent" '
  /^#/ { next }
  FNR == NR { before[$1] = $2; next }
  {
    change = before[$1] ? ($2 / before[$1] - 1) * 100 : 0
    good = before[$1] && $2 > 0 && change <= tolerance
    passed += good; failed += !good
    printf "instructions: %-4s %6d per request, recorded %6d, %+.1f %%: %s%s\n", $1, $2, before[$1], change, good ? "ok" : "FAILED",
      good && change < -tolerance ? " (faster: record it with scripts/instructions.sh --record)" : ""
  }
  END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' "$recorded" "$folder/results"
