#!/usr/bin/env bash
# Compares this server with those that are installed, in turns (A B A B …), and writes docs/PERFORMANCE.md's tables and plots.
# Usage: scripts/bench.sh [--quick | --full] [--rounds N] [--seconds N] [--only REGEX]
#   --quick     the cases that most ratios need, in under two minutes; only prints
#   --full      every combination of connections, pipeline, value and writes: some hours
#   --rounds    runs of each case and system, at least 5 for a result (default 5)
#   --seconds   measured in each run (default 1.4; quick 0.7)
#   --only      just the groups that match: load many values cs http workers memory connections start accept fetch files, and those of keys
#               on disk: data-set data-always data-base data-resident data-reading data-bytes data-empty ("data": all of these),
#               and replicas: replication-writes replication-stuck replication-sync, and memcached
# Raw results, one JSON object a line: out/bench/results.jsonl. scripts/bench-report.sh makes the tables from them.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/node.sh
. scripts/bench-systems.sh
. scripts/bench-groups.sh
. scripts/bench-fetch.sh
. scripts/bench-files.sh
. scripts/bench-data.sh
. scripts/bench-replication.sh
. scripts/bench-memcached.sh

program=$PWD/out/epollsrv
load=$PWD/out/epollsrv-bench
mode=default
rounds=5
seconds=
only=.
while [ $# -gt 0 ]; do
  case $1 in
    --quick | --full) mode=${1#--} ;;
    --rounds) rounds=$2 && shift ;;
    --seconds) seconds=$2 && shift ;;
    --only) only=$2 && shift ;;
    *)
      sed -n '2,12s/^# //p' "$0" >&2
      exit 64
      ;;
  esac
  shift
done
if [ -z "$seconds" ]; then
  [ "$mode" = quick ] && seconds=0.7 || seconds=1.4
fi
milliseconds=$(awk -v s="$seconds" 'BEGIN { print int(s * 1000) }')
keys=${BENCH_KEYS:-1000000}
[ "$mode" = quick ] && keys=100000

ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
mkdir -p out/bench
results=$PWD/out/bench/results.jsonl
[ "$mode" = quick ] && results=$PWD/out/bench/quick.jsonl
# Results of groups that are not run again stay.
if [ "$only" = . ]; then
  : >"$results"
fi
touch "$results"
work=$(mktemp -d)
# On a disk, which /tmp need not be.
data=$(realpath "${BENCH_DATA_DIR:-out/bench}")/data-$$
trap 'stop_all_systems; rm -rf "$work" "$data"' EXIT
trap 'exit 130' INT TERM
failures=0

# keep NAME... of systems that are installed
keep_installed() {
  local name
  for name in "$@"; do
    installed "$name" && echo "$name"
  done
}
mapfile -t rivals < <(keep_installed redis-server memcached-1 memcached-2)
main=(epollsrv "${rivals[@]}" floor)
variants=(epollsrv-queue epollsrv-oneshot epollsrv-delete epollsrv-queue-delete)

begin_group() {
  [[ $1 =~ $only ]] || return 1
  echo "== $1, $((SECONDS / 60)) min"
}

# record CASE SYSTEM ROUND JSON-WITHOUT-BRACES
record() {
  printf '{"case":"%s","system":"%s","round":%d,%s}\n' "$1" "$2" "$3" "$4" >>"$results"
}

without_braces() {
  sed -E 's/^\{(.*)\}$/\1/' <<<"$1"
}

# forget CASE SYSTEM...: drops what an earlier run recorded.
forget() {
  local case=$1 name
  shift
  for name in "$@"; do
    grep -vF "{\"case\":\"$case\",\"system\":\"$name\"," "$results" >"$work/kept" || true # 1: nothing is left
    cp "$work/kept" "$results"
  done
}

# start VALUE_BYTES KEYS SYSTEM...: starts them all and writes every key to those that store.
start() {
  local value=$1 count=$2 name
  shift 2
  for name in "$@"; do
    if ! start_system "$name" "$value" 0.01; then
      failures=$((failures + 1))
    elif [ "$name" != floor ] && [ "$count" -gt 0 ]; then
      preload "$name" "$count" "$value" || failures=$((failures + 1))
    fi
  done
}

# preload NAME KEYS VALUE_BYTES
preload() {
  "$load" --server "127.0.0.1:${system_port[$1]}" --protocol "$(protocol_of "$1" resp)" --keys "$2" --value-size "$3" --preload --requests 1 --json >/dev/null
}

protocol_of() {
  case $1 in
    memcached-* | epollsrv-memcached) [[ $2 == memcached* ]] && echo "$2" || echo memcached ;;
    *) echo "$2" ;;
  esac
}

# take_turns ROUND SYSTEM...: sets order; every other round runs backwards.
take_turns() {
  local round=$1
  shift
  order=("$@")
  if [ $((round % 2)) -eq 0 ]; then
    mapfile -t order < <(printf '%s\n' "$@" | tac)
  fi
}

# measure PROTOCOL CONNECTIONS PIPELINE VALUE WRITES_PERCENT KEYS SYSTEM...: every round runs each system once.
measure() {
  local protocol=$1 connections=$2 pipeline=$3 value=$4 writes=$5 count=$6 round name case order
  shift 6
  case="$protocol-c$connections-p$pipeline-v$value-w$writes"
  echo "   $case"
  forget "$case" "$@"
  for ((round = 1; round <= rounds; round++)); do
    take_turns "$round" "$@"
    for name in "${order[@]}"; do
      run_once "$case" "$name" "$round" --protocol "$(protocol_of "$name" "$protocol")" --connections "$connections" --pipeline "$pipeline" \
        --value-size "$value" --reads "$(awk -v w="$writes" 'BEGIN { print 1 - w / 100 }')" --keys "$count"
    done
  done
}

# run_once CASE NAME ROUND OPTION...
run_once() {
  local case=$1 name=$2 round=$3 json trace=off
  shift 3
  [ -n "${system_pid[$name]:-}" ] || return 0
  # System calls are counted once per case and system: the count does not vary as times do.
  [ "$round" -eq 1 ] && trace=200ms
  if json=$("$load" --server "127.0.0.1:${system_port[$name]}" --pid "${system_pid[$name]}" --trace "$trace" --warmup 250ms \
    --duration "${milliseconds}ms" --quiet --json "$@"); then
    record "$case" "$name" "$round" "$(without_braces "$json")"
  else
    echo "   FAILED: $case, $name" >&2
    failures=$((failures + 1))
  fi
}

quick_group() {
  local quick=(epollsrv)
  mapfile -t -O 1 quick < <(keep_installed redis-server memcached-1)
  quick+=(floor)
  start 64 "$keys" "${quick[@]}"
  measure resp 50 1 64 10 "$keys" "${quick[@]}"
  measure resp 50 16 64 10 "$keys" "${quick[@]}"
  measure resp 1 1 64 10 "$keys" "${quick[@]}"
  stop_all_systems
}

describe_machine() {
  echo "date: $(date -u +%Y-%m-%d)"
  echo "program: $("$program" version)"
  for name in "${rivals[@]}"; do
    [ "$name" = memcached-2 ] || echo "${name%-1}: $(system_version "$name")"
  done
  echo "processor: $(sed -nE '/^(model name|CPU part)/{s/.*: //p;q}' /proc/cpuinfo), $(nproc) usable"
  echo "virtual: $(grep -qw hypervisor /proc/cpuinfo && echo yes || echo 'no sign of it')"
  echo "memory: $(awk '/^MemTotal:/ { printf "%.1f GB", $2 / 1048576 }' /proc/meminfo)"
  echo "kernel: $(uname -sr)"
  echo "mitigations: $(grep -h . /sys/devices/system/cpu/vulnerabilities/* 2>/dev/null | grep -c Mitigation) of $(find /sys/devices/system/cpu/vulnerabilities -type f 2>/dev/null | wc -l) in force"
  echo "method: $rounds runs of $seconds s of each case and system in turns; load generator and server on the same machine and cores, one thread of load"
}

# Keys on disk, replicas and memcached's clients are chapters of their own, with what they were measured with.
[[ $only == data* || $only == replication* || $only == memcached* ]] || describe_machine >out/bench/machine.txt

if [ "$mode" = quick ]; then
  quick_group
  protocol_group cs 1 epollsrv epollsrv-queue-delete
  scripts/bench-report.sh --print "$results" || failures=$((failures + 1))
else
  begin_group load && load_group
  begin_group many && many_group
  begin_group values && values_group
  [ "$mode" = full ] && begin_group full && full_group
  begin_group cs && protocol_group cs '1 16' epollsrv "${variants[@]}"
  begin_group http && protocol_group http '1 16' epollsrv
  begin_group workers && {
    start 64 "$keys" epollsrv-1-workers epollsrv-2-workers epollsrv-1-workers-queue epollsrv-2-workers-queue
    measure resp 50 64 64 10 "$keys" epollsrv-1-workers epollsrv-2-workers epollsrv-1-workers-queue epollsrv-2-workers-queue
    stop_all_systems
  }
  begin_group memory && memory_group
  begin_group connections && connections_group
  begin_group start && start_group
  begin_group accept && accept_group
  begin_group fetch && fetch_group
  begin_group files && files_group
  data_groups
  replication_groups
  memcached_group
  scripts/bench-report.sh "$results" docs/PERFORMANCE.md || failures=$((failures + 1))
  echo "$((SECONDS / 60)) minutes; results in $results"
fi
[ "$failures" -eq 0 ] || echo "$failures runs or ratios failed"
exit $((failures > 0))
