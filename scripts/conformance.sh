#!/usr/bin/env bash
# Programs that nobody here wrote, against the node: redis-cli, redis-benchmark, curl, redis-py, phpredis, StackExchange.Redis, ioredis and node-redis.
# One line a check; ends with "N passed, N failed". Installs what it needs from Debian, NuGet and npm.
# Usage: scripts/conformance.sh [PROGRAM]
set -euo pipefail
set +e # a check that fails is counted, and the next one runs
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=scripts/node.sh
. scripts/node.sh
# shellcheck source=scripts/checks.sh
. scripts/checks.sh

program=$(readlink -f "${1:-out/epollsrv}")
work=$(mktemp -d)
node_pid=
node_port=0
node_status=0
trap '[ -z "$node_pid" ] || kill -KILL "$node_pid" 2>/dev/null; rm -rf "$work"' EXIT

cli() { timeout 20 redis-cli -p "$node_port" "$@"; }

# Redis's own tests, with servers that they start themselves.
check_suites() {
  scripts/redis-suites.sh "$program" >"$work/suites" 2>&1
  verdict "Redis's own test suite" $? "$work/suites"
}

# type_line REPLY LINE: waits for the reply to the line before and for the prompt behind it, a minute at most, and types a line.
type_line() {
  local text try
  for ((try = 0; try < 1200; try++)); do
    text=$(tail -c "+$((shown + 1))" "$work/interactive")
    [[ $text == *"$1"*'> '* ]] && break
    sleep 0.05
  done
  shown=$(stat -c %s "$work/interactive")
  printf '%s\r' "$2"
}

check_cli() {
  expect 'redis-cli: PING' '^PONG$' cli ping
  expect 'redis-cli: SET and GET' '^some value$' bash -c "redis-cli -p $node_port set cli 'some value' && redis-cli -p $node_port get cli"
  expect 'redis-cli: a value from standard input' '^from a pipe$' bash -c "printf 'from a pipe' | redis-cli -p $node_port -x set cli:x && redis-cli -p $node_port get cli:x"
  expect 'redis-cli: -3 and a map' '^2# "proto" => \(integer\) 3$|"proto" => \(integer\) 3' cli --no-raw -3 hello 3
  expect 'redis-cli: -3 and a null' '^\(nil\)$' cli --no-raw -3 get cli:none
  expect 'redis-cli: errors' '^ERR unknown command' cli nosuch
  expect 'redis-cli: transaction in one connection' '^6$' bash -c "printf 'MULTI\nSET cli:t 5\nINCR cli:t\nEXEC\n' | redis-cli -p $node_port"
  expect 'redis-cli: -r and -i' '^3$' cli -r 3 -i 0.01 incr cli:r
  # A terminal of its own: prompt, hints (COMMAND DOCS) and all.
  local shown=0
  : >"$work/interactive"
  {
    type_line '' 'SET cli:i "interactive \x41"'
    type_line OK 'GET cli:i'
    type_line 'interactive A' 'CLIENT SETNAME someone'
    type_line OK 'CLIENT GETNAME'
    type_line '"someone"' MULTI
    type_line OK PING
    type_line QUEUED EXEC
    type_line PONG 'HELP GET'
    type_line summary quit
  } | TERM=xterm timeout 120 script -qec "stty cols 200 rows 50; redis-cli -p $node_port" /dev/null >>"$work/interactive" 2>&1
  grep -q 'interactive A' "$work/interactive" && grep -q '"someone"' "$work/interactive" && grep -q '(TX)>' "$work/interactive" && grep -q 'summary' "$work/interactive"
  verdict 'redis-cli: interactive, in a terminal' $? "$work/interactive"

  # shellcheck disable=SC2016  # $3 and so on are RESP, nothing to expand
  for ((i = 0; i < 20000; i++)); do printf '*3\r\n$3\r\nSET\r\n$%d\r\npipe:%d\r\n$5\r\nvalue\r\n' $((5 + ${#i})) "$i"; done >"$work/mass"
  expect 'redis-cli: --pipe, 20000 SETs' 'errors: 0, replies: 20000' bash -c "timeout 60 redis-cli -p $node_port --pipe <'$work/mass'"
  expect 'redis-cli: --scan finds all of them' '^20000$' bash -c "redis-cli -p $node_port --scan --pattern 'pipe:*' | sort -u | wc -l"
  expect 'redis-cli: DBSIZE' '^200[0-9][0-9]$' cli dbsize
  expect 'redis-cli: --bigkeys' 'Biggest string found .*has [0-9]+ bytes' timeout 60 redis-cli -p "$node_port" --bigkeys
  expect 'redis-cli: --memkeys' 'Biggest string found .*has [0-9]+ bytes' timeout 60 redis-cli -p "$node_port" --memkeys
  expect 'redis-cli: --latency' '^[0-9]+ [0-9]+ [0-9.]+ [0-9]+$' timeout 20 redis-cli -p "$node_port" --raw --latency -i 1
  timeout 20 script -qec "timeout 3 redis-cli -p $node_port --stat -i 0.5" /dev/null >"$work/stat" 2>&1 </dev/null
  grep -Eq '^2[0-9]{4} +[0-9.]+[KMG] ' "$work/stat"
  verdict 'redis-cli: --stat' $? "$work/stat"

  timeout 4 redis-cli -p "$node_port" monitor >"$work/monitor" 2>&1 &
  local monitor=$!
  timeout 4 redis-cli -p "$node_port" subscribe news >"$work/subscribe" 2>&1 &
  local subscriber=$!
  timeout 4 redis-cli -p "$node_port" -3 psubscribe 'n*' >"$work/psubscribe" 2>&1 &
  local pattern=$!
  sleep 1
  expect 'redis-cli: PUBLISH reaches two' '^2$' cli publish news hello
  wait "$monitor" "$subscriber" "$pattern"
  grep -q '"publish" "news" "hello"' "$work/monitor"
  verdict 'redis-cli: MONITOR' $? "$work/monitor"
  grep -q '^hello' "$work/subscribe"
  verdict 'redis-cli: SUBSCRIBE' $? "$work/subscribe"
  grep -q '^hello' "$work/psubscribe"
  verdict 'redis-cli: PSUBSCRIBE with -3' $? "$work/psubscribe"
  expect 'redis-cli: INFO' '^redis_version:7\.' cli info server
}

check_benchmark() {
  local options
  for options in '' '-P 16' '--threads 2 -P 16' '-3 -P 4' '--csv -r 1000 -d 1000'; do
    # shellcheck disable=SC2086
    timeout 60 redis-benchmark -p "$node_port" -t ping,set,get,incr,mset -n 10000 -q $options >"$work/benchmark" 2>&1
    local status=$?
    tr '\r' '\n' <"$work/benchmark" | grep -Eiq 'error|warning' && status=1
    [ "$(tr '\r' '\n' <"$work/benchmark" | grep -cE 'requests per second, p50|^"(PING|SET|GET|INCR|MSET)')" -ge 6 ] || status=1
    verdict "redis-benchmark: -t ping,set,get,incr,mset${options:+ $options}" "$status" "$work/benchmark"
  done
}

check_curl() {
  local url=http://127.0.0.1:$node_port/kv/curl
  expect 'curl: PUT' '^20[014]$' curl -sS -o /dev/null -w '%{http_code}\n' -X PUT --data-binary 'by curl' "$url"
  expect 'curl: a value PUT over HTTP is read with GET over RESP' '^by curl$' cli get curl
  cli set curl 'by redis-cli' >/dev/null
  expect 'curl: and the other way round' '^by redis-cli$' curl -sS "$url"
  expect 'curl: DELETE, then 404' '^404$' bash -c "curl -sS -o /dev/null -X DELETE $url && curl -sS -o /dev/null -w '%{http_code}\n' $url"
}

check_javascript() {
  local folder=$work/javascript node
  mkdir "$folder"
  cp Tests/Conformance/Node/* "$folder/"
  (cd "$folder" && timeout 90 npm install --no-audit --no-fund --loglevel=error) >"$work/npm" 2>&1 || { verdict 'npm install' 1 "$work/npm"; return; }
  node=$(command -v node)
  # They need Node 20; Debian 12 has 18, and the npm package "node" brings a newer one.
  if [ -z "$node" ] || [ "$("$node" -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
    (cd "$folder" && timeout 120 npm install --no-audit --no-fund --loglevel=error --no-save node) >"$work/npm" 2>&1 || { verdict 'npm install node' 1 "$work/npm"; return; }
    node=$folder/node_modules/node/bin/node
  fi
  node_js=$node
  lines 'ioredis and node-redis' "$node" "$folder/check.mjs" "$program" "$(free_port)"
}

check_stackexchange() {
  # A copy, so that the repository's folders stay as they are; its own properties apply as well.
  mkdir "$work/stackexchange"
  cp Tests/Conformance/StackExchange/* Directory.Build.props "$work/stackexchange/"
  timeout 600 dotnet build "$work/stackexchange/StackExchange.csproj" -v quiet --nologo -clp:NoSummary -o "$work/stackexchange/out" >"$work/dotnet" 2>&1 ||
    { verdict 'StackExchange.Redis: build' 1 "$work/dotnet"; return; }
  lines 'StackExchange.Redis' dotnet "$work/stackexchange/out/StackExchangeCheck.dll" "$program" "$(free_port)"
}

# Those that could be built above.
check_sentinel() {
  local commands=('/usr/bin/python3 Tests/Conformance/redis_py_sentinel.py')
  [ -z "$node_js" ] || commands+=("'$node_js' '$work/javascript/sentinel.mjs'")
  [ ! -e "$work/stackexchange/out/StackExchangeCheck.dll" ] || commands+=("dotnet '$work/stackexchange/out/StackExchangeCheck.dll' --sentinel")
  lines 'clients with Sentinel' scripts/sentinel-clients.sh "$program" "${commands[@]}"
}

node_js=
install_packages redis-server redis-tools curl python3-redis php-cli php-redis tcl procps bsdutils || { echo "0 passed, 1 failed"; exit 1; }
start_node "$work/log" "$program" serve --port 0 || { echo "0 passed, 1 failed"; exit 1; }
check_cli
check_benchmark
check_curl
lines 'redis-py' /usr/bin/python3 Tests/Conformance/redis_py_check.py "$node_port"
lines 'phpredis' php Tests/Conformance/databases.php "$node_port"
stop_node
node_pid=
verdict "the node stops cleanly ($node_status)" "$node_status" "$work/log"
check_javascript
check_stackexchange
check_sentinel
check_suites

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
