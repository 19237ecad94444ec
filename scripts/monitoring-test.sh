#!/usr/bin/env bash
# docs/monitoring: alerts and dashboard against nodes that a Prometheus scrapes, and the tables of metrics against what nodes show.
# Usage: scripts/monitoring-test.sh [PROGRAM]. Ends with "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/node.sh disable=SC1091
. scripts/node.sh
# shellcheck source=scripts/checks.sh disable=SC1091
. scripts/checks.sh
set +e # a check that fails is counted

program=${1:-out/epollsrv}
folder=docs/monitoring
for needed in prometheus promtool jq curl; do
  if ! command -v "$needed" >/dev/null; then
    echo "no $needed: apt-get install prometheus jq curl"
    exit 75
  fi
done

work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT

# until_true COMMAND...: waits at most 30 s for it.
until_true() {
  local deadline=$((SECONDS + 30))
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.1
  done
}

verdict_of() { "${@:2}" >"$work/output" 2>&1; verdict "$1" $? "$work/output"; }

# families FILE...: the names of the metrics in texts of /metrics.
families() { sed -nE 's/^# TYPE ([a-z_]+) .*/\1/p' "$@" | sort -u; }

# The names in expressions; a histogram's are its family's.
names() { grep -ohE '\b(epollsrv|process)_[a-z_]+' | sed -E 's/_(bucket|sum|count)$//' | sort -u; }

# documented SECTION...: the metrics that README.md names below a heading that begins with one of these words.
documented() {
  awk -v sections="$(IFS='|'; echo "$*")" '/^## / { here = $0 ~ "^## (" sections ")" } here && /^\| `/' "$folder/README.md" | cut -d '|' -f 2 \
    | grep -oE '`[a-z_]+[`{]' | tr -d '`{' | sed -E 's/^/epollsrv_/; s/^epollsrv_process_/process_/' | sort -u
}

verdict_of 'promtool reads the alerts' promtool check rules "$folder/alerts.yml"
verdict_of 'each alert fires when it should, and only then' promtool test rules "$folder/alerts-test.yml"
jq -r '.. | .expr? // empty' "$folder/dashboard.json" >"$work/expressions" || exit 1

# Nodes with everything: two of a ring with data and files, a replica of the first, and one without any option.
mkdir "$work/share1" "$work/share2"
echo one >"$work/share1/one"
echo two >"$work/share2/two"
declare -A port
for node in ring1 ring2 replica plain; do port[$node]=$(free_port); done
printf '127.0.0.1 %s\n' "${port[ring1]}" "${port[ring2]}" >"$work/server.conf"
start() { # NAME OPTION...
  start_node "$work/$1.log" "$program" serve --port "${port[$1]}" "${@:2}" || exit 1
  pids+=("$node_pid")
}
export EPOLLSRV_PASSWORD=monitoring
for number in 1 2; do
  start "ring$number" --conf "$work/server.conf" --share "$work/share$number" --data "$work/data$number" --lease-interval 1s
done
ring2_pid=$node_pid
start replica --replica-of "127.0.0.1:${port[ring1]}" --data "$work/data3"
start plain

fetch() { curl -sS --max-time 10 -u "x:$EPOLLSRV_PASSWORD" "$@"; }
metrics() { fetch "http://127.0.0.1:${port[$1]}/metrics"; }
for node in ring1 plain; do
  fetch -o "$work/output" -T README.md "http://127.0.0.1:${port[$node]}/kv/[1-9]"
  fetch -o "$work/output" "http://127.0.0.1:${port[$node]}/kv/[1-20]"
done
until_true sh -c "curl -sS -u x:$EPOLLSRV_PASSWORD http://127.0.0.1:${port[ring1]}/metrics | grep -q ^epollsrv_replica_lag_bytes"
verdict 'the replica follows' $? "$work/replica.log"

cat >"$work/prometheus.yml" <<END
global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s }
rule_files: [ "$PWD/$folder/alerts.yml" ]
scrape_configs:
  - job_name: epollsrv
    basic_auth: { username: prometheus, password: $EPOLLSRV_PASSWORD }
    static_configs:
      - targets: [ $(printf '"127.0.0.1:%s",' "${port[@]}" | sed 's/,$//') ]
END
verdict_of 'promtool reads the configuration' promtool check config "$work/prometheus.yml"
address=127.0.0.1:$(free_port)
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address="$address" >"$work/prometheus.log" 2>&1 &
pids+=($!)
query() { curl -sS --max-time 10 --data-urlencode "query=$1" "http://$address/api/v1/query"; }
has() { query "$1" | jq -e '.status == "success" and (.data.result | length > 0)'; }
until_true has 'count(count_over_time(up{job="epollsrv"}[1m]) >= 4) == 4 and sum(up{job="epollsrv"}) == 4'
verdict 'Prometheus scrapes all nodes' $? "$work/prometheus.log"

# The metrics themselves, and what is said of them.
for node in "${!port[@]}"; do
  metrics "$node" >"$work/$node.metrics"
  verdict_of "promtool finds nothing wrong with the metrics of $node" promtool check metrics <"$work/$node.metrics"
done
families "$work"/*.metrics >"$work/shown"
cat "$work/expressions" "$folder/alerts.yml" | names >"$work/used"
verdict_of 'nodes have every metric of the dashboard and of the alerts' diff <(comm -23 "$work/used" "$work/shown") /dev/null
verdict_of 'README.md explains every metric, and no other' diff <(documented '') "$work/shown"
verdict_of 'a node without options has those that README.md says every node has' diff <(documented 'Every node') <(families "$work/plain.metrics")
verdict_of 'a node with --conf, --share and --data has theirs too, as a master' diff \
  <(documented 'Every node' 'Data' 'Files' 'Ring' 'Master') <(families "$work/ring1.metrics")
verdict_of 'a replica has those of a replica too' diff \
  <(documented 'Every node' 'Data' 'Replica') <(families "$work/replica.metrics")

# The dashboard's queries: each is understood and finds something, when every kind of node is there.
while read -r expression; do
  sed -e 's/\$instance/.*/g; s/\$__rate_interval/30s/g' <<<"$expression" >"$work/query"
  verdict_of "dashboard: $expression" has "$(cat "$work/query")"
done <"$work/expressions" >"$work/verdicts"
grep -A 5 ^FAILED "$work/verdicts"
echo "$(wc -l <"$work/expressions") queries of the dashboard, $(grep -c ^FAILED "$work/verdicts") failed"

# The alerts in Prometheus: evaluated without an error, and two of them see a node that is stopped.
rules() { curl -sS "http://$address/api/v1/rules" | jq -e "$1"; }
until_true rules '[.data.groups[].rules[] | .health] | all(. == "ok")'
verdict 'Prometheus evaluates the alerts' $? "$work/prometheus.log"
kill "$ring2_pid"
pending() { rules "[.data.groups[].rules[] | select(.name == \"$1\") | .alerts[]] | length == 1"; }
for alert in EpollsrvNodeDown EpollsrvRingNodeDown; do
  until_true pending "$alert"
  verdict "$alert sees that a node was stopped" $? "$work/ring1.log"
done
verdict_of 'the log says that the node is down' grep -E "warning node 2, 127.0.0.1:${port[ring2]}, is down: " "$work/ring1.log"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
