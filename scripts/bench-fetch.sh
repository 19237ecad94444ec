# Sourced by bench.sh: fetching a file of 1 GB from a node on this machine, beside curl.
# Needs bench.sh's program, rounds, work, failures, record and forget, and curl. BENCH_FETCH_MB=N: another size.
# shellcheck shell=bash disable=SC2154

# timed NAME ROUND COMMAND...: wall and processor time of a command that writes $work/fetch/to/file, or to standard output
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
  record fetch "$name" "$round" "$(awk -v b="$fetch_bytes" '{ printf "\"megabytes_per_second\":%.1f,\"megabytes_per_core\":%.1f", b / $1 / 1e6, b / ($2 + $3) / 1e6 }' <<<"$line")"
}

curl_to_disk() {
  curl -sS -o "$1" "$2" && sync "$1"
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
  forget fetch curl curl-sync verify-no verify-pieces verify-all verify-all-stdout
  "$program" serve --port "$port" --share "$work/fetch/from" --log-level error &
  node=$!
  # Once it is hashed; asking also brings the file into the page cache.
  for _ in $(seq 600); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/pieces/file")" = 200 ] && break
    sleep 0.2
  done
  for ((round = 1; round <= rounds; round++)); do
    timed curl "$round" curl -sS -o "$work/fetch/to/file" "http://127.0.0.1:$port/files/file"
    # A fetch ends when the file is on the disk; this is the curl that does the same.
    timed curl-sync "$round" curl_to_disk "$work/fetch/to/file" "http://127.0.0.1:$port/files/file"
    for way in no pieces all; do
      timed "verify-$way" "$round" "$program" fetch file -o "$work/fetch/to/file" --server "127.0.0.1:$port" --verify "$way" --progress none
    done
    cmp -s "$work/fetch/from/file" "$work/fetch/to/file" || {
      echo "   FAILED: what was fetched differs" >&2
      failures=$((failures + 1))
    }
    # Without the page cache, whose share varies most: receiving and hashing alone.
    timed verify-all-stdout "$round" "$program" fetch file -o - --server "127.0.0.1:$port" --verify all --progress none
  done
  kill "$node"
  wait "$node" || true
  rm -rf "$work/fetch"
}
