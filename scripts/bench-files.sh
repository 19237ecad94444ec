# Sourced by bench.sh: a file of 256 MB from the page cache to curl, from a node and from nginx with sendfile, in turns.
# Needs program, rounds, work and failures of bench.sh, curl and nginx.
# shellcheck shell=bash disable=SC2154
# Raw results: out/bench/files.jsonl; medians and ratios are printed. BENCH_FILES_MB=N: another size.

# file_sent SYSTEM ROUND PID URL: rate as curl sees it, and the server's processor time.
file_sent() {
  local before after rate
  before=$(awk '{ print $14 + $15 }' "/proc/$3/stat")
  if ! rate=$(curl -sS -f -o /dev/null -w '%{speed_download}' "$4"); then
    echo "   FAILED: files, $1" >&2
    failures=$((failures + 1))
    return
  fi
  after=$(awk '{ print $14 + $15 }' "/proc/$3/stat")
  # A transfer is too short for the kernel's clock ticks: only the sum over all rounds says something.
  printf '{"system":"%s","round":%d,"bytes":%d,"bytes_per_second":%s,"cpu_ticks":%d}\n' "$1" "$2" "$files_bytes" "$rate" $((after - before)) >>out/bench/files.jsonl
}

files_group() {
  local round port=$((20000 + RANDOM % 10000)) node nginx worker
  for tool in curl nginx; do
    command -v "$tool" >/dev/null || {
      echo "   left out: $tool is not installed"
      return 0
    }
  done
  files_bytes=$((${BENCH_FILES_MB:-256} << 20))
  mkdir -p "$work/files/www"
  head -c "$files_bytes" /dev/urandom >"$work/files/www/file"
  cat >"$work/files/nginx.conf" <<END
worker_processes 1; daemon off; pid $work/files/pid; error_log $work/files/errors;
events { worker_connections 64; }
http { sendfile on; tcp_nopush on; access_log off; server { listen 127.0.0.1:$((port + 1)); root $work/files/www; } }
END
  chmod -R a+rX "$work"
  : >out/bench/files.jsonl
  "$program" serve --port "$port" --share "$work/files/www" --log-level error &
  node=$!
  nginx -c "$work/files/nginx.conf" 2>/dev/null &
  nginx=$!
  # Once it is hashed, which also brings the file into the page cache.
  for _ in $(seq 600); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/pieces/file")" = 200 ] && break
    sleep 0.2
  done
  worker=$(cat "/proc/$nginx/task/$nginx/children" | awk '{ print $1 }')
  for ((round = 1; round <= 4 * rounds; round++)); do
    file_sent nginx "$round" "$worker" "http://127.0.0.1:$((port + 1))/file"
    file_sent epollsrv "$round" "$node" "http://127.0.0.1:$port/files/file"
  done
  kill "$node" "$nginx"
  wait "$node" "$nginx" || true
  rm -rf "$work/files"
  sed -E 's/.*"system":"([^"]+)".*"bytes":([0-9]+),"bytes_per_second":([0-9.]+),"cpu_ticks":([0-9]+).*/\1 \2 \3 \4/' out/bench/files.jsonl | awk -v hertz="$(getconf CLK_TCK)" '
    { n[$1]++; rate[$1, n[$1]] = $3; bytes[$1] += $2; ticks[$1] += $4 }
    function median(s,   i, j, t) { for (i = 1; i <= n[s]; i++) for (j = i + 1; j <= n[s]; j++) if (rate[s, j] < rate[s, i]) { t = rate[s, i]; rate[s, i] = rate[s, j]; rate[s, j] = t } return rate[s, int((n[s] + 1) / 2)] }
    END {
      for (s in n) { m[s] = median(s); cpu[s] = ticks[s] / hertz / bytes[s] * 1e9; printf "   %-10s %6.0f MB/s, %.3f s of processor time per GB, %d runs\n", s, m[s] / 1e6, cpu[s], n[s] }
      if (n["nginx"] && n["epollsrv"]) printf "   epollsrv / nginx: %.2f x the rate (at least 0.95), %.2f x the processor time (at most 1.1)\n", m["epollsrv"] / m["nginx"], cpu["epollsrv"] / cpu["nginx"]
    }'
}
