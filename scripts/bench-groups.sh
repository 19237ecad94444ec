# Sourced by bench.sh: what is measured, in groups that can be run alone. Needs measure, start, record, forget and run_once of bench.sh.
# shellcheck shell=bash disable=SC2154

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

# 5,000 connections beside 50, in turns: the cases of load_group are minutes apart, and the machine may be another by then.
many_group() {
  local round connections
  forget beside-50 epollsrv
  forget beside-5000 epollsrv
  start 64 "$keys" epollsrv
  for ((round = 1; round <= 2 * rounds; round++)); do
    for connections in 50 5000; do
      run_once "beside-$connections" epollsrv "$round" --protocol resp --connections "$connections" --pipeline 1 --value-size 64 --reads 0.9 --keys "$keys"
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
      preload "$name" 1 64 || failures=$((failures + 1))
      before=$(resident "$name")
      preload "$name" "$count" 64 || failures=$((failures + 1))
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
    "$load" --server "127.0.0.1:${system_port[$name]}" --protocol "$(protocol_of "$name" resp)" --requests 2000 --reads 1 --json >/dev/null || failures=$((failures + 1))
    before=$(resident "$name")
    if json=$("$load" --server "127.0.0.1:${system_port[$name]}" --protocol "$(protocol_of "$name" resp)" --connections "$count" --reads 1 \
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
