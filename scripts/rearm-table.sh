#!/usr/bin/env bash
# Measures the three ways of re-arming a descriptor under both dispatch policies, over CS frames, and prints the table of
# docs/EPOLL.md. The six nodes run side by side and are measured in turn, so that a busy machine treats them alike; each
# cell is the median of its rounds. Usage: scripts/rearm-table.sh   (ROUNDS=5 SECONDS_EACH=1 CONNECTIONS=50 WORKERS=1)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/node.sh
. scripts/node.sh

rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-1}
connections=${CONNECTIONS:-50}
workers=${WORKERS:-1}
work=$(mktemp -d)
pids=()
cleanup() {
  for node_pid in "${pids[@]}"; do
    stop_node
  done
  rm -rf "$work"
}
trap cleanup EXIT

places=()
ports=()
for dispatch in queue adaptive; do
  for rearm in delete oneshot edge; do
    start_node "$work/log" out/epollsrv serve --port 0 --workers "$workers" --dispatch "$dispatch" --rearm "$rearm"
    places+=("$dispatch $rearm")
    ports+=("$node_port")
    pids+=("$node_pid")
  done
done

# field NAME: the number of that name in a line of JSON.
field() {
  sed -nE "s/.*\"$1\":([0-9.]+).*/\1/p"
}

for ((round = 0; round < rounds; round++)); do
  for pipeline in 1 16; do
    for i in "${!places[@]}"; do
      line=$(out/epollsrv-bench --server "127.0.0.1:${ports[i]}" --protocol cs --connections "$connections" --pipeline "$pipeline" --keys 1000 \
        --duration "${seconds}s" --warmup 200ms --pid "${pids[i]}" --quiet --json)
      cpu=$(echo "$(field server_user_us <<<"$line") $(field server_system_us <<<"$line")" | awk '{ print $1 + $2 }')
      echo "$(field requests_per_second <<<"$line") $cpu $(field server_system_calls <<<"$line") $(field server_voluntary_switches <<<"$line")" >>"$work/$i.$pipeline"
    done
  done
done

# median FILE COLUMN
median() {
  awk -v column="$2" '{ print $column }' "$1" | sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

echo "median of $rounds rounds of $seconds s, $connections connections, $workers worker(s), $(nproc) processors, load average $(cut -d' ' -f1 /proc/loadavg)"
echo
echo "| --dispatch | --rearm | in flight | requests/s | server CPU, µs per request | system calls per request | switches per request |"
echo "|---|---|---|---|---|---|---|"
for pipeline in 1 16; do
  for i in "${!places[@]}"; do
    file="$work/$i.$pipeline"
    printf '| %s | %s | %d | %.0f | %.2f | %.2f | %.3f |\n' "${places[i]% *}" "${places[i]#* }" "$pipeline" \
      "$(median "$file" 1)" "$(median "$file" 2)" "$(median "$file" 3)" "$(median "$file" 4)"
  done
done
