# Sourced by bench.sh: the servers that are compared, started and stopped by name. Needs node.sh, $program, $work and bash 4.4.
# shellcheck shell=bash disable=SC2034,SC2154

declare -A system_pid system_port

# installed NAME: whether the system can be started here.
installed() {
  case $1 in
    redis-server) command -v redis-server >/dev/null ;;
    memcached-*) command -v memcached >/dev/null ;;
    *) true ;;
  esac
}

# system_version NAME
system_version() {
  case $1 in
    redis-server) redis-server --version | sed -E 's/.*v=([^ ]+).*/\1/' ;;
    memcached-*) memcached --version | awk '{ print $2 }' ;;
    *) "$program" version ;;
  esac
}

# listening PORT: whether something accepts connections there.
listening() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_port() {
  local candidate
  while candidate=$((20000 + RANDOM % 12000)) && listening "$candidate"; do :; done
  echo "$candidate"
}

# start_listener NAME COMMAND...: for a server that is told its port as the word PORT and says nothing when it is ready.
start_listener() {
  local name=$1 listen_port deadline=$((SECONDS + 30))
  shift
  listen_port=$(free_port)
  "${@//PORT/$listen_port}" >"$work/$name.log" 2>&1 </dev/null &
  system_pid[$name]=$!
  system_port[$name]=$listen_port
  while ! listening "$listen_port"; do
    if ! kill -0 "${system_pid[$name]}" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      echo "bench: $name did not start:" >&2
      sed 's/^/  /' "$work/$name.log" >&2
      unset "system_pid[$name]"
      return 1
    fi
    sleep 0.01
  done
}

# start_system NAME [VALUE_BYTES]
start_system() {
  local name=$1 root=()
  case $name in
    redis-server)
      start_listener "$name" redis-server --port PORT --bind 127.0.0.1 --save '' --appendonly no --maxclients 20000 --dir "$work"
      return
      ;;
    memcached-*)
      [ "$(id -u)" -eq 0 ] && root=(-u nobody)
      start_listener "$name" memcached -p PORT -l 127.0.0.1 -U 0 -m 8192 -c 20000 -t "${name#memcached-}" "${root[@]}"
      return
      ;;
    floor) start_node "$work/$name.log" "$program" floor --port 0 --reply "${2:-64}" || return ;;
    epollsrv) start_node "$work/$name.log" "$program" serve --port 0 || return ;;
    epollsrv-queue) start_node "$work/$name.log" "$program" serve --port 0 --dispatch queue || return ;;
    epollsrv-oneshot) start_node "$work/$name.log" "$program" serve --port 0 --rearm oneshot || return ;;
    epollsrv-delete) start_node "$work/$name.log" "$program" serve --port 0 --rearm delete || return ;;
    epollsrv-queue-delete) start_node "$work/$name.log" "$program" serve --port 0 --dispatch queue --rearm delete || return ;;
    epollsrv-*-workers) start_node "$work/$name.log" "$program" serve --port 0 --workers "$(tr -dc 0-9 <<<"$name")" || return ;;
    epollsrv-*-workers-queue) start_node "$work/$name.log" "$program" serve --port 0 --dispatch queue --workers "$(tr -dc 0-9 <<<"$name")" || return ;;
    *)
      echo "bench: no such system: $name" >&2
      return 1
      ;;
  esac
  system_pid[$name]=$node_pid
  system_port[$name]=$node_port
}

# stop_system NAME
stop_system() {
  if [ -n "${system_pid[$1]:-}" ]; then
    node_pid=${system_pid[$1]}
    stop_node
    unset "system_pid[$1]" "system_port[$1]"
  fi
}

stop_all_systems() {
  local name
  for name in "${!system_pid[@]}"; do
    stop_system "$name"
  done
}

# resident NAME: bytes of memory, exact where the kernel sums them up on demand.
resident() {
  awk '/^Rss:/ { print $2 * 1024; found = 1 } END { exit !found }' "/proc/${system_pid[$1]}/smaps_rollup" 2>/dev/null \
    || awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/${system_pid[$1]}/status"
}
