# Sourced by bench.sh: what replicas cost a master, and how fast they get a snapshot, beside redis-server (docs/BENCHMARK.md). Needs bench.sh and
# bench-systems.sh. Sizes: BENCH_SYNC_KEYS values of 1,000 bytes in a full synchronization (1000000).
# shellcheck shell=bash disable=SC2154

sync_keys=${BENCH_SYNC_KEYS:-1000000}

# link_field NAME FIELD: a field of INFO replication
link_field() {
  ask "$1" INFO replication | tr -d '\r' | sed -n "s/^$2://p"
}

# until_linked NAME: waits until this replica has loaded its master's snapshot and gets the stream.
until_linked() {
  local deadline=$((SECONDS + 300))
  while [ "$(link_field "$1" master_link_status)" != up ]; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "   FAILED: $1 does not get the stream" >&2
      failures=$((failures + 1))
      return
    fi
    sleep 0.02
  done
}

replication_writes_group() {
  local name round order p case
  start 64 "$keys" "${masters[@]}" "${followed[@]}"
  for name in "${followed[@]}"; do
    master_port=${system_port[$name]}
    start_system "${name%-followed}-replica" 64 0.02 || failures=$((failures + 1))
    until_linked "${name%-followed}-replica"
  done
  for p in 1 16; do
    case=replication-writes-$p
    echo "   $case"
    forget "$case" "${masters[@]}" "${followed[@]}"
    for ((round = 1; round <= rounds; round++)); do
      take_turns "$round" "${masters[@]}" "${followed[@]}"
      for name in "${order[@]}"; do
        run_once "$case" "$name" "$round" --connections 50 --pipeline "$p" --reads 0 --keys "$keys"
      done
    done
  done
  stop_all_systems
}

# The same load, which leaves the processors time, with a replica that reads and with one that is stopped.
replication_stuck_group() {
  local round state case replica name=epollsrv-followed
  forget replication-reading "$name"
  forget replication-stuck "$name"
  echo "   replication-stuck"
  start 64 "$keys" "$name"
  master_port=${system_port[$name]}
  start_system epollsrv-replica 64 0.02 || failures=$((failures + 1))
  until_linked epollsrv-replica
  replica=${system_pid[epollsrv-replica]}
  for ((round = 1; round <= 2 * rounds; round++)); do
    for state in CONT STOP; do
      kill -"$state" "$replica"
      [ "$state" = CONT ] && case=replication-reading || case=replication-stuck
      run_once "$case" "$name" "$round" --connections 50 --pipeline 1 --reads 0.5 --rate "${BENCH_STUCK_RATE:-10000}" --keys "$keys"
    done
    kill -CONT "$replica"
    until_linked epollsrv-replica
  done
  stop_all_systems
}

# From the start of the replica's process until it has loaded the snapshot and gets the stream.
replication_sync_group() {
  local name round order began
  start 1000 "$sync_keys" "${masters[@]}"
  echo "   replication-sync"
  forget replication-sync "${masters[@]}"
  for ((round = 1; round <= rounds; round++)); do
    take_turns "$round" "${masters[@]}"
    for name in "${order[@]}"; do
      master_port=${system_port[$name]}
      began=${EPOCHREALTIME/./}
      start_system "$name-replica" 64 0.02 || failures=$((failures + 1))
      until_linked "$name-replica"
      record replication-sync "$name" "$round" "\"milliseconds\":$(((${EPOCHREALTIME/./} - began) / 1000)),\"megabytes_per_second\":$((sync_keys * 1000 / (${EPOCHREALTIME/./} - began)))"
      if [ "$(ask "$name-replica" DBSIZE | head -n 1)" != "$(ask "$name" DBSIZE | head -n 1)" ]; then
        echo "   FAILED: replication-sync, $name: not all keys are there" >&2
        failures=$((failures + 1))
      fi
      stop_system "$name-replica"
      until_alone "$name"
    done
  done
  stop_all_systems
}

until_alone() {
  local deadline=$((SECONDS + 60))
  while [ "$(link_field "$1" connected_slaves)" != 0 ] && [ "$SECONDS" -lt "$deadline" ]; do
    sleep 0.02
  done
}

replication_groups() {
  local masters followed group
  mapfile -t masters < <(keep_installed epollsrv redis-server)
  followed=("${masters[@]/%/-followed}")
  for group in writes stuck sync; do
    if begin_group "replication-$group"; then
      describe_machine >out/bench/replication-machine.txt
      "replication_${group}_group"
    fi
  done
}
