#!/usr/bin/env bash
# Three nodes, three redis-sentinels, and client programs that write to the master which these name: the master is killed, and the clients
# have to go on by themselves. One line a client; ends with "all done". Used by scripts/conformance.sh.
# Usage: scripts/sentinel-clients.sh PROGRAM COMMAND...      each COMMAND, one word for the shell, gets the Sentinels' ports as an argument
set -euo pipefail
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=scripts/node.sh
. scripts/node.sh
# shellcheck source=scripts/checks.sh
. scripts/checks.sh

program=$1
shift
work=$(mktemp -d)
pids=()
trap 'kill -KILL "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

# until_true WHAT COMMAND...: waits until it succeeds, a minute at most.
until_true() {
  local what=$1 try
  shift
  for ((try = 0; try < 600; try++)); do
    "$@" && return 0
    sleep 0.1
  done
  echo "FAILED: Sentinel: $what"
  return 1
}
cli() { timeout 20 redis-cli -p "$@"; }
is_linked() { cli "$1" info replication | grep -q '^master_link_status:up'; }
knows_all() {
  local state
  state=$(cli "$1" sentinel master m 2>/dev/null | paste -sd ' ')
  [[ $state == *'num-slaves 2 '*'num-other-sentinels 2 '* ]]
}
has_first() { grep -qs "^first " "$1"; }

ports=()
for i in 0 1 2; do
  start_node "$work/log$i" "$program" serve --port 0 --data "$work/data$i"
  pids+=("$node_pid")
  ports+=("$node_port")
  if [ "$i" -gt 0 ]; then
    cli "$node_port" replicaof 127.0.0.1 "${ports[0]}" >/dev/null
    until_true 'a node follows the first one' is_linked "$node_port"
  fi
done
sentinels=()
for i in 0 1 2; do
  port=$(free_port)
  sentinels+=("$port")
  printf '%s\n' "port $port" "bind 127.0.0.1" "dir $work" "sentinel monitor m 127.0.0.1 ${ports[0]} 2" \
    'sentinel down-after-milliseconds m 1000' 'sentinel failover-timeout m 10000' >"$work/sentinel$i.conf"
  redis-server "$work/sentinel$i.conf" --sentinel >"$work/sentinel$i.log" 2>&1 &
  pids+=($!)
done
for port in "${sentinels[@]}"; do
  until_true 'the Sentinels know all' knows_all "$port"
done

clients=()
number=0
for command in "$@"; do
  number=$((number + 1))
  timeout 110 bash -c "$command $(IFS=,; echo "${sentinels[*]}")" >"$work/client$number" 2>&1 &
  clients+=($!)
  pids+=($!)
done
for ((i = 1; i <= number; i++)); do
  until_true "a client writes" has_first "$work/client$i" || { head -n 20 "$work/client$i"; exit 1; }
done
kill -KILL "${pids[0]}"
for ((i = 1; i <= number; i++)); do
  wait "${clients[i - 1]}" || echo "FAILED: the client ended with $?: $(tail -n 3 "$work/client$i")"
  grep -qE '^(ok|FAILED): ' "$work/client$i" || echo "FAILED: a client said nothing: ${*:i:1}"
  cat "$work/client$i"
done
echo 'all done'
