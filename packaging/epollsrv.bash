# Completion of epollsrv for bash. Written by scripts/manual.sh from --help-all; do not edit.
# shellcheck shell=bash

_epollsrv_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_epollsrv_files() {
  compopt -o filenames
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}

_epollsrv() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
  COMPREPLY=()
  # --name=value is three words here.
  if [ "$current" = = ]; then
    current=
  elif [ "$previous" = = ]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [ "$COMP_CWORD" -eq 1 ] && [[ $current != -* ]]; then
    _epollsrv_words "serve put get del register fetch files nodes ping perf check config healthcheck selfcheck help version"
    return
  fi
  # Options without a command are those of serve.
  [[ $command != -* ]] || command=serve
  case $command:$previous in
    serve:--eviction) _epollsrv_words "noeviction allkeys-lru volatile-lru volatile-ttl allkeys-random volatile-random allkeys-lfu volatile-lfu"; return ;;
    serve:--dispatch) _epollsrv_words "adaptive queue"; return ;;
    serve:--rearm) _epollsrv_words "edge oneshot delete"; return ;;
    serve:--enable-debug-command) _epollsrv_words "no yes local"; return ;;
    serve:--sandbox) _epollsrv_words "auto require off"; return ;;
    serve:--log-level) _epollsrv_words "error warning info debug"; return ;;
    serve:--log-format) _epollsrv_words "text json"; return ;;
    fetch:--verify) _epollsrv_words "all pieces no"; return ;;
    fetch:--progress) _epollsrv_words "auto bar plain json none"; return ;;
    fetch:--seed) _epollsrv_words "no yes"; return ;;
    serve:--config | serve:--conf | serve:--password-file | put:--conf | put:--password-file | get:--conf | get:--password-file | del:--conf | del:--password-file | register:--conf | register:--password-file | fetch:--output | fetch:-o | fetch:--conf | fetch:--password-file | files:--conf | files:--password-file | nodes:--conf | nodes:--password-file | ping:--conf | ping:--password-file | perf:--conf | perf:--password-file | healthcheck:--config | healthcheck:--conf) _epollsrv_files -f; return ;;
    serve:--data | serve:--share) _epollsrv_files -d; return ;;
    serve:--port | serve:--bind | serve:--socket-mode | serve:--memcached | serve:--max-item | serve:--id | serve:--announce | serve:--fsync | serve:--data-rewrite-percentage | serve:--data-rewrite-min-size | serve:--data-rate | serve:--data-repair | serve:--log-buffer | serve:--snapshot-buffer | serve:--replica-of | serve:--max-shared-files | serve:--lease-interval | serve:--max-registrations | serve:--max-memory | serve:--databases | serve:--max-value | serve:--max-clients | serve:--max-output | serve:--max-buffers | serve:--workers | serve:--max-request | serve:--max-arguments | serve:--max-subscriber-output | serve:--notify-keyspace-events | serve:--limit-rate | serve:--limit-rate-connection | serve:--max-pipeline | serve:--idle-timeout | serve:--write-timeout | serve:--drain-timeout | serve:--shutdown-delay | serve:--password | serve:--cs-open | serve:--admin-port | serve:--allow-host | serve:--max-request-line | serve:--max-request-head | serve:--max-request-body | serve:--request-timeout | put:--server | put:--timeout | put:--password | get:--server | get:--timeout | get:--password | del:--server | del:--timeout | del:--password | register:--id | register:--announce | register:--server | register:--timeout | register:--password | fetch:--digest | fetch:--limit-rate | fetch:--peer | fetch:--seed-time | fetch:--seed-bind | fetch:--seed-port | fetch:--seed-limit-rate | fetch:--seed-announce | fetch:--server | fetch:--timeout | fetch:--password | files:--server | files:--timeout | files:--password | nodes:--server | nodes:--timeout | nodes:--password | ping:--count | ping:-c | ping:--id | ping:--server | ping:--timeout | ping:--password | perf:--rounds | perf:-n | perf:--files | perf:--server | perf:--timeout | perf:--password | check:--data-repair | healthcheck:--server | healthcheck:--port | healthcheck:--bind | healthcheck:--id | healthcheck:--announce | healthcheck:--memcached | healthcheck:--timeout) return ;;
  esac
  case $command:$current in
    serve:-*) _epollsrv_words "--help --help-all --port --bind --socket-mode --config --memcached --max-item --conf --id --announce --data --fsync --data-rewrite-percentage --data-rewrite-min-size --data-rate --data-repair --log-buffer --snapshot-buffer --skip-other-types --replica-of --replica-skip-other-types --allow-empty --share --max-shared-files --lease-interval --max-registrations --max-memory --eviction --databases --max-value --max-clients --max-output --max-buffers --workers --dispatch --rearm --max-request --max-arguments --max-subscriber-output --notify-keyspace-events --limit-rate --limit-rate-connection --max-pipeline --enable-debug-command --idle-timeout --write-timeout --drain-timeout --shutdown-delay --password --password-file --cs-open --open --sandbox --log-level --log-format --admin-port --allow-host --max-request-line --max-request-head --max-request-body --request-timeout" ;;
    put:-*) _epollsrv_words "--help --help-all --append --conf --server --timeout --password --password-file" ;;
    get:-*) _epollsrv_words "--help --help-all --conf --server --timeout --password --password-file" ;;
    del:-*) _epollsrv_words "--help --help-all --conf --server --timeout --password --password-file" ;;
    register:-*) _epollsrv_words "--help --help-all --id --announce --withdraw --conf --server --timeout --password --password-file" ;;
    fetch:-*) _epollsrv_words "--help --help-all --output -o --digest --verify --limit-rate --progress --peer --seed --seed-time --seed-bind --seed-port --seed-limit-rate --seed-announce --conf --server --timeout --password --password-file" ;;
    files:-*) _epollsrv_words "--help --help-all --conf --server --timeout --password --password-file" ;;
    nodes:-*) _epollsrv_words "--help --help-all --json --conf --server --timeout --password --password-file" ;;
    ping:-*) _epollsrv_words "--help --help-all --count -c --id --conf --server --timeout --password --password-file" ;;
    perf:-*) _epollsrv_words "--help --help-all --rounds -n --files --json --conf --server --timeout --password --password-file" ;;
    check:-*) _epollsrv_words "--help --help-all --repair --data-repair" ;;
    config:-*) _epollsrv_words "--help --help-all" ;;
    healthcheck:-*) _epollsrv_words "--help --help-all --server --port --bind --config --conf --id --announce --memcached --timeout" ;;
    selfcheck:-*) _epollsrv_words "--help --help-all --speed" ;;
    help:-*) _epollsrv_words "--help --help-all" ;;
    version:-*) _epollsrv_words "--help --help-all" ;;
    register:*) _epollsrv_files -d ;;
    check:*) _epollsrv_files -f ;;
    help:*) _epollsrv_words "serve put get del register fetch files nodes ping perf check config healthcheck selfcheck help version" ;;
  esac
}

complete -F _epollsrv epollsrv
