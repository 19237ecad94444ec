# Sourced by other scripts: starts nodes, finds their port, stops them. Needs bash 4.4.
# shellcheck shell=bash disable=SC2034

# start_node LOG COMMAND...: runs COMMAND in the background with standard error in LOG and waits for its "ready" line.
# Sets node_pid and node_port. Returns 1 and prints the log when the process ends, or 30 s pass, before it is ready.
start_node() {
  local log=$1
  shift
  : >"$log"
  "$@" 2>"$log" >/dev/null </dev/null &
  node_pid=$!
  node_port=
  local deadline=$((SECONDS + 30))
  while [ "$SECONDS" -lt "$deadline" ]; do
    # "ready … 127.0.0.1:PORT …", or [::]:PORT, or 0.0.0.0:PORT
    node_port=$(sed -nE '/ready/s/.*[]0-9]:([0-9]+)([^0-9.].*)?$/\1/p' "$log" | head -n 1)
    if [ -n "$node_port" ]; then
      return 0
    fi
    if ! kill -0 "$node_pid" 2>/dev/null; then
      break
    fi
    sleep 0.02
  done
  echo "not ready: $*" >&2
  sed 's/^/  /' "$log" >&2
  stop_node
  return 1
}

# stop_node: ends the process in node_pid with SIGTERM, after 10 s with SIGKILL. Sets node_status to its exit code.
stop_node() {
  node_status=0
  kill -TERM "$node_pid" 2>/dev/null || true
  local deadline=$((SECONDS + 10))
  while kill -0 "$node_pid" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do
    sleep 0.02
  done
  kill -KILL "$node_pid" 2>/dev/null || true
  wait "$node_pid" 2>/dev/null || node_status=$?
}
