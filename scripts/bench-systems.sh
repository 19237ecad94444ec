# Sourced by bench.sh: the servers that are compared, started and stopped by name. Needs node.sh, $program, $work and bash 4.4.
# shellcheck shell=bash disable=SC2034,SC2154
# NAME-everysec and NAME-always keep their keys in $data/NAME-…, which is made when it is not there, and never write the log anew by themselves.
# epollsrv-memcached is a node's port for memcached's clients. NAME-followed gets a replica; NAME-replica is one of the server at $master_port.

declare -A system_pid system_port

# installed NAME: whether the system can be started here.
installed() {
  case $1 in
    redis-server*) command -v redis-server >/dev/null ;;
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

# listening PORT: whether something accepts connections there. Starts no process: bash opens the connection.
listening() {
  { true <"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null
}

# ask NAME COMMAND...: what the server answers to a command of RESP
ask() {
  {
    printf '%s\r\nQUIT\r\n' "${*:2}" >&3
    cat <&3
  } 3<>"/dev/tcp/127.0.0.1/${system_port[$1]}"
}

# answers NAME: whether it accepts connections and, if it keeps its keys, has loaded them.
answers() {
  listening "${system_port[$1]}" || return 1
  case $1 in
    *-everysec | *-always) [[ $(ask "$1" PING 2>/dev/null) == +PONG* ]] ;;
  esac
}

free_port() {
  local candidate
  while candidate=$((20000 + RANDOM % 12000)) && listening "$candidate"; do :; done
  echo "$candidate"
}

# choose_command NAME PORT VALUE_BYTES: sets system_command.
choose_command() {
  local workers
  case $1 in
    redis-server | redis-server-followed | redis-server-replica)
      # A replica leaves a dump.rdb, which the next one would load.
      rm -rf "${work:?}/$1"
      mkdir "$work/$1"
      system_command=(redis-server --port "$2" --bind 127.0.0.1 --save '' --appendonly no --maxclients 20000 --dir "$work/$1"
        --repl-diskless-sync-delay 0)
      [[ $1 != *-replica ]] || system_command+=(--replicaof 127.0.0.1 "$master_port")
      return
      ;;
    redis-server-*)
      mkdir -p "$data/$1"
      # Not compressed: the base that it writes is to be as large as ours, and the values of the load generator are all the same.
      system_command=(redis-server --port "$2" --bind 127.0.0.1 --save '' --appendonly yes --appendfsync "${1##*-}" --dir "$data/$1"
        --auto-aof-rewrite-percentage 0 --rdbcompression no --maxclients 20000)
      return
      ;;
    memcached-*)
      system_command=(memcached -p "$2" -l 127.0.0.1 -U 0 -m 8192 -c 20000 -t "${1#memcached-}")
      [ "$(id -u)" -ne 0 ] || system_command+=(-u nobody)
      return
      ;;
    epollsrv-memcached)
      system_command=("$program" serve --port 0 --memcached "$2")
      return
      ;;
    floor)
      system_command=("$load" floor --port "$2" --reply "$3")
      return
      ;;
  esac
  system_command=("$program" serve --port "$2")
  case $1 in *-queue*) system_command+=(--dispatch queue) ;; esac
  case $1 in *-oneshot) system_command+=(--rearm oneshot) ;; *-delete) system_command+=(--rearm delete) ;; esac
  case $1 in *-everysec | *-always)
    mkdir -p "$data/$1"
    system_command+=(--data "$data/$1" --fsync "$([ "${1##*-}" = always ] && echo always || echo 1s)" --data-rewrite-percentage 0)
    ;;
  esac
  case $1 in *-replica) system_command+=(--replica-of "127.0.0.1:$master_port") ;; esac
  case $1 in *-64mb-*) system_command+=(--max-memory 64mb --eviction allkeys-lru) ;; esac
  case $1 in *-workers*) workers=${1%%-workers*} && system_command+=(--workers "${workers##*-}") ;; esac
}

# start_system NAME [VALUE_BYTES [PAUSE]]: PAUSE seconds between two looks whether it is ready; else it is asked without a pause.
start_system() {
  local name=$1 listen_port deadline=$((SECONDS + 300))
  listen_port=$(free_port)
  choose_command "$name" "$listen_port" "${2:-64}"
  system_started=${EPOCHREALTIME/./}
  "${system_command[@]}" >"$work/$name.log" 2>&1 </dev/null &
  system_pid[$name]=$!
  system_port[$name]=$listen_port
  while ! answers "$name"; do
    if ! kill -0 "${system_pid[$name]}" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      echo "bench: $name did not start:" >&2
      sed 's/^/  /' "$work/$name.log" >&2
      stop_system "$name"
      return 1
    fi
    [ -z "${3:-}" ] || sleep "$3"
  done
  system_ready=${EPOCHREALTIME/./}
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
