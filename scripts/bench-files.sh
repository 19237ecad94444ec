# Sourced by bench.sh: a file of 256 MB from the page cache to curl, from a node and from nginx with sendfile (as it is by itself, and with
# tcp_nopush), in turns. Needs bench.sh's program, rounds, work, failures, record and forget, and curl and nginx. BENCH_FILES_MB=N: another size.
# shellcheck shell=bash disable=SC2154

# cpu_nanoseconds PID: of all its threads. /proc/PID/stat counts hundredths of a second, too coarse for one transfer.
cpu_nanoseconds() {
  awk '{ sum += $1 } END { printf "%.0f", sum }' /proc/"$1"/task/*/schedstat
}

# file_sent SYSTEM ROUND PID URL: rate as curl sees it, and the server's processor time.
file_sent() {
  local before after rate
  before=$(cpu_nanoseconds "$3")
  if ! rate=$(curl -sS -f -o /dev/null -w '%{speed_download}' "$4"); then
    echo "   FAILED: files, $1" >&2
    failures=$((failures + 1))
    return
  fi
  after=$(cpu_nanoseconds "$3")
  record files "$1" "$2" "$(awk -v r="$rate" -v n=$((after - before)) -v b="$files_bytes" \
    'BEGIN { printf "\"megabytes_per_second\":%.1f,\"seconds_per_gigabyte\":%.5f", r / 1e6, n / b }')"
}

# start_nginx NAME PORT SETTINGS: sets files_pid and files_worker
start_nginx() {
  mkdir -p "$work/files/$1"
  cat >"$work/files/$1/conf" <<END
worker_processes 1; daemon off; pid $work/files/$1/pid; error_log $work/files/$1/errors;
events { worker_connections 64; }
http { sendfile on; $3 access_log off; server { listen 127.0.0.1:$2; root $work/files/www; } }
END
  nginx -c "$work/files/$1/conf" 2>/dev/null &
  files_pid=$!
  for _ in $(seq 50); do
    files_worker=$(awk '{ print $1 }' "/proc/$files_pid/task/$files_pid/children")
    [ -n "$files_worker" ] && return
    sleep 0.1
  done
}

files_group() {
  local round port=$((20000 + RANDOM % 10000)) node plain plain_worker nopush nopush_worker
  for tool in curl nginx; do
    command -v "$tool" >/dev/null || {
      echo "   left out: $tool is not installed"
      return 0
    }
  done
  files_bytes=$((${BENCH_FILES_MB:-256} << 20))
  mkdir -p "$work/files/www"
  head -c "$files_bytes" /dev/urandom >"$work/files/www/file"
  forget files nginx nginx-tcp_nopush epollsrv
  "$program" serve --port "$port" --share "$work/files/www" --log-level error &
  node=$!
  start_nginx plain $((port + 1)) ''
  plain=$files_pid plain_worker=$files_worker
  start_nginx nopush $((port + 2)) 'tcp_nopush on;'
  nopush=$files_pid nopush_worker=$files_worker
  chmod -R a+rX "$work"
  # Once it is hashed, which also brings the file into the page cache.
  for _ in $(seq 600); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/pieces/file")" = 200 ] && break
    sleep 0.2
  done
  for ((round = 1; round <= 5 * rounds; round++)); do
    file_sent nginx "$round" "$plain_worker" "http://127.0.0.1:$((port + 1))/file"
    file_sent epollsrv "$round" "$node" "http://127.0.0.1:$port/files/file"
    file_sent nginx-tcp_nopush "$round" "$nopush_worker" "http://127.0.0.1:$((port + 2))/file"
  done
  kill "$node" "$plain" "$nopush"
  wait "$node" "$plain" "$nopush" || true
  rm -rf "$work/files"
}
