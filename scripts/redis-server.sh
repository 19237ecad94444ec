#!/usr/bin/env bash
# The node under redis-server's command line, for test suites that start their own servers: reads a redis.conf and options, translates what the node has
# options for, sets the rest with CONFIG SET, and says what redis-server says when it is ready. The node's process is this one.
# Usage: redis-server.sh [FILE] [--NAME VALUE ...]     EPOLLSRV: the program
set -euo pipefail

program=${EPOLLSRV:?the program}
port=6379
socket=
password=
bind=127.0.0.1
arguments=(--max-value 512mb) # Redis's proto-max-bulk-len
settings=()

directive() {
  local name=${1,,} value=$2
  [[ "$value" == '""' || "$value" == "''" ]] && value=
  case $name in
    port) port=$value ;;
    bind) bind=$value ;;
    unixsocket) socket=$value ;;
    requirepass) password=$value ;;
    dir) cd "$value" ;;
    maxmemory) arguments+=(--max-memory "$value") ;;
    maxmemory-policy) arguments+=(--eviction "$value") ;;
    maxclients) arguments+=(--max-clients "$value") ;;
    enable-debug-command) arguments+=(--enable-debug-command "$value") ;;
    notify-keyspace-events) [ -z "$value" ] || arguments+=(--notify-keyspace-events "$value") ;;
    # Without a meaning here: files, logs, processes.
    daemonize | pidfile | logfile | loglevel | dbfilename | always-show-logo | enable-protected-configs | enable-module-command | propagation-error-behavior) ;;
    *) settings+=("$name" "$value") ;;
  esac
}

if [ $# -gt 0 ] && [[ "$1" != --* ]]; then
  while read -r name value; do
    [ -z "$name" ] || [[ "$name" == \#* ]] || directive "$name" "$value"
  done <"$1"
  shift
fi
while [ $# -gt 0 ]; do
  name=${1#--}
  shift
  value=()
  while [ $# -gt 0 ] && [[ "$1" != --* ]]; do
    value+=("$1")
    shift
  done
  directive "$name" "${value[*]}"
done

addresses=
for address in $bind; do
  [[ "$address" == -* ]] || addresses+=${addresses:+,}${address/#\*/0.0.0.0}
done
[ -z "$socket" ] || addresses+=,unix:$socket
arguments+=(--bind "$addresses" --port "$port" --open)
[ -z "$password" ] || export EPOLLSRV_PASSWORD=$password REDISCLI_AUTH=$password

echo "$$:C starting as PID: $$"
(
  for ((i = 0; i < 3000; i++)); do
    redis-cli -p "$port" ping 2>/dev/null | grep -q . && break
    [ -e /proc/$$/exe ] || exit 0 # ended, perhaps not yet collected
    sleep 0.02
  done
  # One that is refused is said, and the others are set.
  for ((i = 0; i < ${#settings[@]}; i += 2)); do
    redis-cli -p "$port" config set "${settings[i]}" "${settings[i + 1]}" | grep -v '^OK$' || true
  done
  echo "$$:M Ready to accept connections"
) &
exec "$program" serve "${arguments[@]}"
