#!/usr/bin/env bash
# HTTP with programs that nobody here wrote: curl, and promtool for the metrics. Usage: scripts/http-test.sh [PROGRAM]
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/node.sh disable=SC1091,SC2154
. scripts/node.sh

program=${1:-out/epollsrv}
if ! command -v curl >/dev/null; then
  echo "no curl: apt-get install curl"
  exit 75
fi

work=$(mktemp -d)
mkdir "$work/share" "$work/got"
head -c 5000000 /dev/urandom >"$work/share/large file.bin"
echo hello >"$work/share/small.txt"
start_node "$work/log" "$program" serve --port 0 --share "$work/share" --data "$work/data"
trap 'stop_node; rm -rf "$work"' EXIT
url=http://127.0.0.1:$node_port

passed=0
failed=0
# check TEXT COMMAND...: the command must succeed
check() {
  if "${@:2}" >"$work/output" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $1"
    sed 's/^/  /' "$work/output"
  fi
}
fetch() { curl -sS --max-time 20 "$@"; }
status() { fetch -o /dev/null -w '%{http_code}' "$@"; }
whole() { fetch "$url/files/large%20file.bin" | cmp - "$work/share/large file.bin"; }
resumed() {
  head -c 1234567 "$work/share/large file.bin" >"$work/got/part"
  fetch -C - -o "$work/got/part" "$url/files/large%20file.bin" && cmp "$work/got/part" "$work/share/large file.bin"
}
named() { (cd "$work/got" && fetch -OJ "$url/files/large%20file.bin") && cmp "$work/got/large file.bin" "$work/share/large file.bin"; }
unchanged() { fetch -o "$work/got/small" -R "$url/files/small.txt" && [ "$(status -z "$work/got/small" "$url/files/small.txt")" = 304 ]; }
# A file's tag changes once, when its content has been hashed: from W/"..." to "...".
hashed() { for _ in $(seq 200); do fetch -I "$url/files/small.txt" | grep -qi '^etag: "' && return; sleep 0.1; done; false; }
tagged() { hashed && fetch --etag-save "$work/tag" -o /dev/null "$url/files/small.txt" && [ "$(status --etag-compare "$work/tag" "$url/files/small.txt")" = 304 ]; }
stored() { [ "$(status -T "$work/share/large file.bin" "$url/kv/$1" "${@:2}")" = 201 ] && fetch "$url/kv/$1" | cmp - "$work/share/large file.bin"; }
many() {
  local list=()
  for i in $(seq 200); do list+=("$url/kv/many" -o "$work/got/$i"); done
  fetch -T "$work/share/small.txt" "$url/kv/many" && fetch -Z "${list[@]}" && cat "$work/got/"{1..200} | sort | uniq -c | grep -qE '^ *200 hello$'
}
is() { [ "$(status "${@:2}")" = "$1" ]; }

check 'a whole file' whole
check 'a download resumed' resumed
check 'a name from Content-Disposition' named
check 'If-Modified-Since' unchanged
check 'ETag' tagged
check 'a value with Expect: 100-continue' stored one -H 'Expect: 100-continue'
check 'a value in chunks' stored two -H 'Transfer-Encoding: chunked'
check 'many requests in parallel' many
check 'HTTP/1.0' is 200 -0 "$url/healthz"
check 'HEAD' is 200 -I "$url/files/small.txt"
check 'an upgrade to HTTP/2 is not taken' is 200 --http2 "$url/healthz"
check 'HTTP/2 without asking is refused' is 000 --http2-prior-knowledge "$url/healthz" || true
check 'another host name' is 421 -H 'Host: evil.example' "$url/"
check 'another origin' is 403 -H 'Origin: http://evil.example' -X DELETE "$url/kv/one"
check 'names that lead out' is 404 --path-as-is "$url/files/../../../../etc/passwd"
if command -v promtool >/dev/null; then
  fetch "$url/metrics" >"$work/metrics"
  check 'promtool finds nothing to say about the metrics' sh -c "promtool check metrics <'$work/metrics'"
else
  echo "no promtool (Debian's package prometheus): the metrics were checked by the tests' own parser only"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
