# Sourced by bench.sh: fetching a file of 1 GB from a node on this machine, beside curl. Needs program, rounds, work and failures of bench.sh, and curl.
# shellcheck shell=bash disable=SC2154
# Raw results: out/bench/fetch.jsonl; the medians are printed. BENCH_FETCH_MB=N: another size.

# timed NAME ROUND COMMAND...: wall and processor time of a command that writes $work/fetch/to/file
timed() {
  local name=$1 round=$2 line
  shift 2
  rm -f "$work/fetch/to/file"
  sync -f "$work/fetch/to"
  if ! line=$({ TIMEFORMAT='%R %U %S' && time "$@" >/dev/null 2>&1; } 2>&1); then
    echo "   FAILED: fetch, $name" >&2
    failures=$((failures + 1))
    return
  fi
  awk -v n="$name" -v r="$round" -v b="$fetch_bytes" '{ printf "{\"system\":\"%s\",\"round\":%d,\"bytes\":%d,\"seconds\":%s,\"cpu_seconds\":%.3f}\n", n, r, b, $1, $2 + $3 }' \
    <<<"$line" >>out/bench/fetch.jsonl
}

fetch_group() {
  local round port=$((20000 + RANDOM % 10000)) node way
  command -v curl >/dev/null || {
    echo "   left out: curl is not installed"
    return 0
  }
  fetch_bytes=$((${BENCH_FETCH_MB:-1024} << 20))
  mkdir -p "$work/fetch/from" "$work/fetch/to"
  head -c "$fetch_bytes" /dev/urandom >"$work/fetch/from/file"
  : >out/bench/fetch.jsonl
  "$program" serve --port "$port" --share "$work/fetch/from" --log-level error &
  node=$!
  # Once it is hashed; asking also brings the file into the page cache.
  for _ in $(seq 600); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/pieces/file")" = 200 ] && break
    sleep 0.2
  done
  for ((round = 1; round <= rounds; round++)); do
    timed curl "$round" curl -sS -o "$work/fetch/to/file" "http://127.0.0.1:$port/files/file"
    for way in no pieces all; do
      timed "fetch-verify-$way" "$round" "$program" fetch file -o "$work/fetch/to/file" --server "127.0.0.1:$port" --verify "$way" --progress none
    done
  done
  cmp -s "$work/fetch/from/file" "$work/fetch/to/file" || {
    echo "   FAILED: what was fetched differs" >&2
    failures=$((failures + 1))
  }
  kill "$node"
  wait "$node" || true
  rm -rf "$work/fetch"
  # Medians: of the rate, and of the rate for each second of processor time ("per core").
  for way in curl fetch-verify-no fetch-verify-pieces fetch-verify-all; do
    grep "\"$way\"" out/bench/fetch.jsonl | sed -E 's/.*"bytes":([0-9]+),"seconds":([0-9.]+),"cpu_seconds":([0-9.]+).*/\1 \2 \3/' \
      | awk -v way="$way" '{ wall[NR] = $1 / $2 / 1e6; cpu[NR] = $1 / $3 / 1e6 }
        function median(a, n,   i, j, t) { for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (a[j] < a[i]) { t = a[i]; a[i] = a[j]; a[j] = t } return a[int((n + 1) / 2)] }
        END { if (NR) printf "   %-20s %6.0f MB/s, %6.0f MB/s per core, %d runs\n", way, median(wall, NR), median(cpu, NR), NR }'
  done
}
