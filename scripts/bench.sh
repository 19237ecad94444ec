#!/usr/bin/env bash
# Compares this server with those that are installed, in turns (A B A B …), and writes docs/PERFORMANCE.md's tables and plots.
# Usage: scripts/bench.sh [--quick | --full] [--rounds N] [--seconds N] [--only REGEX]
#   --quick     the cases that most ratios need, in under two minutes; only prints
#   --full      every combination of connections, pipeline, value and writes: some hours
#   --rounds    runs of each case and system, at least 5 for a result (default 5)
#   --seconds   measured in each run (default 1.4; quick 0.7)
#   --only      just the groups that match: load variants values cs http workers memory connections start accept
# Raw results, one JSON object a line: out/bench/results.jsonl. scripts/bench-report.sh makes the tables from them.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/node.sh
. scripts/bench-systems.sh

program=$PWD/out/epollsrv
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
      sed -n '2,10s/^# //p' "$0" >&2
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

ulimit -n "$(ulimit -Hn)" 2>/dev/null
mkdir -p out/bench
results=$PWD/out/bench/results.jsonl
[ "$mode" = quick ] && results=$PWD/out/bench/quick.jsonl
# Results of groups that are not run again stay.
[ "$only" = . ] && : >"$results"
touch "$results"
work=$(mktemp -d)
trap 'stop_all_systems; rm -rf "$work"' EXIT
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

# forget CASE SYSTEM...: drops what an earlier run recorded.
forget() {
  local case=$1 name
  shift
  for name in "$@"; do
    grep -vF "{\"case\":\"$case\",\"system\":\"$name\"," "$results" >"$work/kept"
    cp "$work/kept" "$results"
  done
}

# start VALUE_BYTES KEYS SYSTEM...: starts them all and writes every key to those that store.
start() {
  local value=$1 count=$2 name
  shift 2
  for name in "$@"; do
    if ! start_system "$name" "$value" nap; then
      failures=$((failures + 1))
    elif [ "$name" != floor ] && [ "$count" -gt 0 ]; then
      preload "$name" "$count" "$value" || failures=$((failures + 1))
    fi
  done
}

# preload NAME KEYS VALUE_BYTES
preload() {
  "$program" bench --server "127.0.0.1:${system_port[$1]}" --protocol "$(protocol_of "$1" resp)" --keys "$2" --value-size "$3" --preload --requests 1 --json >/dev/null
}

protocol_of() {
  case $1 in
    memcached-*) echo memcached ;;
    *) echo "$2" ;;
  esac
}

# measure PROTOCOL CONNECTIONS PIPELINE VALUE WRITES_PERCENT KEYS SYSTEM...: every round runs each system once, every other round backwards.
measure() {
  local protocol=$1 connections=$2 pipeline=$3 value=$4 writes=$5 count=$6 round name case order
  shift 6
  case="$protocol-c$connections-p$pipeline-v$value-w$writes"
  echo "   $case"
  forget "$case" "$@"
  for ((round = 1; round <= rounds; round++)); do
    order=("$@")
    if [ $((round % 2)) -eq 0 ]; then
      mapfile -t order < <(printf '%s\n' "$@" | tac)
    fi
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
  if json=$("$program" bench --server "127.0.0.1:${system_port[$name]}" --pid "${system_pid[$name]}" --trace "$trace" --warmup 250ms \
    --duration "${milliseconds}ms" --quiet --json "$@"); then
    record "$case" "$name" "$round" "$(sed -E 's/^\{(.*)\}$/\1/' <<<"$json")"
  else
    echo "   FAILED: $case, $name" >&2
    failures=$((failures + 1))
  fi
}

load_group() {
  local c p w
  start 64 "$keys" "${main[@]}" "${variants[@]}"
  for p in 1 16; do
    measure resp 50 "$p" 64 10 "$keys" "${main[@]}" "${variants[@]}"
  done
  measure resp 50 64 64 10 "$keys" "${main[@]}" "${variants[@]}"
  for c in 1 500 5000; do
    for p in 1 16; do
      measure resp "$c" "$p" 64 10 "$keys" "${main[@]}"
    done
  done
  for w in 1 50; do
    for p in 1 16; do
      measure resp 50 "$p" 64 "$w" "$keys" "${main[@]}"
    done
  done
  stop_all_systems
}

# keys_for VALUE_BYTES: a million, or fewer so that the values take 200 MB at most.
keys_for() {
  local most=$((200000000 / $1))
  echo $((most < keys ? most : keys))
}

values_group() {
  local v p count
  for v in 16 1024 16384 262144; do
    count=$(keys_for "$v")
    start "$v" "$count" "${main[@]}"
    for p in 1 16; do
      measure resp 50 "$p" "$v" 10 "$count" "${main[@]}"
    done
    if [ "$v" -ge 1024 ]; then
      measure resp 50 1 "$v" 0 "$count" "${main[@]}"
      measure resp 50 1 "$v" 100 "$count" "${main[@]}"
    fi
    stop_all_systems
  done
}

full_group() {
  local c p v w count
  for v in 16 64 1024 16384 262144; do
    count=$(keys_for "$v")
    start "$v" "$count" "${main[@]}"
    for c in 1 50 500 5000; do
      for p in 1 16 64; do
        # More than 2 GB in flight is no load, it is a test of memory.
        [ $((c * p * v)) -gt 2000000000 ] && continue
        for w in 1 10 50; do
          measure resp "$c" "$p" "$v" "$w" "$count" "${main[@]}"
        done
      done
    done
    stop_all_systems
  done
}

protocol_group() { # PROTOCOL PIPELINES SYSTEM...
  local protocol=$1 pipelines=$2 p
  shift 2
  start 64 100000 "$@"
  for p in $pipelines; do
    measure "$protocol" 50 "$p" 64 10 100000 "$@"
  done
  stop_all_systems
}

memory_group() { # how much resident memory grows by a key of 16 bytes with a value of 64
  local name count before after
  for count in 1000000 1400000 1900000; do
    forget "memory-per-key-$count" epollsrv "${rivals[@]}"
    for name in epollsrv "${rivals[@]}"; do
      [ "$name" = memcached-2 ] && continue
      start_system "$name" || continue
      preload "$name" 1 64
      before=$(resident "$name")
      preload "$name" "$count" 64
      after=$(resident "$name")
      record "memory-per-key-$count" "$name" 1 "\"bytes\":$(awk -v a="$after" -v b="$before" -v n="$count" 'BEGIN { printf "%.2f", (a - b) / n - 80 }')"
      stop_system "$name"
    done
  done
}

connections_group() { # how much resident memory grows by a connection that was used once and is idle
  local name before after json count=10000
  forget memory-per-connection epollsrv "${rivals[@]}"
  [ "$(ulimit -n)" -gt 10200 ] || count=$(($(ulimit -n) - 200))
  for name in epollsrv "${rivals[@]}"; do
    [ "$name" = memcached-2 ] && continue
    start_system "$name" || continue
    "$program" bench --server "127.0.0.1:${system_port[$name]}" --protocol "$(protocol_of "$name" resp)" --requests 2000 --reads 1 --json >/dev/null
    before=$(resident "$name")
    if json=$("$program" bench --server "127.0.0.1:${system_port[$name]}" --protocol "$(protocol_of "$name" resp)" --connections "$count" --reads 1 \
      --rate "$count" --requests "$count" --hold 1s --pid "${system_pid[$name]}" --json); then
      after=$(sed -E 's/.*"server_resident_bytes":([0-9]+).*/\1/' <<<"$json")
      record memory-per-connection "$name" 1 "\"bytes\":$(awk -v a="$after" -v b="$before" -v n="$count" 'BEGIN { printf "%.1f", (a - b) / n }'),\"connections\":$count"
    else
      failures=$((failures + 1))
    fi
    stop_system "$name"
  done
}

start_group() { # from the start of the program to the first connection that is accepted
  local name round
  forget start epollsrv "${rivals[@]}"
  for ((round = 1; round <= 11; round++)); do
    for name in epollsrv "${rivals[@]}"; do
      [ "$name" = memcached-2 ] && continue
      start_system "$name" || continue
      record start "$name" "$round" "\"milliseconds\":$(awk -v t="$((system_ready - system_started))" 'BEGIN { printf "%.1f", t / 1000 }')"
      stop_system "$name"
    done
  done
}

accept_group() { # connections that live for one request
  local round name
  forget accept "${main[@]}"
  start 64 1000 "${main[@]}"
  for ((round = 1; round <= rounds; round++)); do
    for name in "${main[@]}"; do
      run_once accept "$name" "$round" --protocol "$(protocol_of "$name" resp)" --connections 50 --reads 1 --keys 1000 --reconnect 1
    done
  done
  stop_all_systems
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

{
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
} >out/bench/machine.txt

if [ "$mode" = quick ]; then
  quick_group
  protocol_group cs 1 epollsrv epollsrv-queue-delete
  scripts/bench-report.sh --print "$results" || failures=$((failures + 1))
else
  begin_group load && load_group
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
  scripts/bench-report.sh "$results" docs/PERFORMANCE.md || failures=$((failures + 1))
  echo "$((SECONDS / 60)) minutes; results in $results"
fi
[ "$failures" -eq 0 ] || echo "$failures runs or ratios failed"
exit $((failures > 0))
