#!/usr/bin/env bash
# Shows the page at "/" to Debian's chromium: of a node with 5,000 files, a ring, a replica, data on disk and a load, and of one that does
# nothing. Checks what it makes of it, and takes pictures: light, dark, and as wide as a telephone.
# Usage: scripts/browser-test.sh [PROGRAM [FOLDER-FOR-PICTURES]]      Exit code 75: there is no browser.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/node.sh disable=SC1091,SC2154
. scripts/node.sh

program=${1:-out/epollsrv}
work=$(mktemp -d)
pictures=${2:-$work}
files=5000
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ] || ! command -v python3 >/dev/null; then
  echo "no browser, or no Python: apt-get install chromium python3"
  exit 75
fi

mkdir -p "$work/share" "$pictures"
seq "$((files - 2))" | awk -v folder="$work/share" '{ file = folder "/file-" ($1 == 1 ? 4999 : $1 - 1) ".txt"; print $1 > file; close(file) }'
: >"$work/share/<b>odd & name.txt"
head -c 20000000 /dev/zero >"$work/share/large.bin"
head -c 20000 /dev/zero >"$work/value"

# A node that does nothing, and a node 1 of a ring of two whose other node is not there. Its keys do not fit its memory.
start_node "$work/empty" "$program" serve --port 0
empty=$node_pid
empty_port=$node_port
port=$((20000 + RANDOM % 10000))
printf '127.0.0.1 %s\n127.0.0.1 1\n' "$port" >"$work/conf"

trap 'kill "$empty" 2>/dev/null || true; rm -rf "$work"' EXIT
start_node "$work/log" "$program" serve --port "$port" --conf "$work/conf" --id 1 --share "$work/share" --data "$work/data" \
  --memcached "127.0.0.1:$((port + 1))" --max-memory 16mb --eviction allkeys-lru --limit-rate-connection 100kb
url=http://127.0.0.1:$port/

"$program" serve --port 0 --replica-of "127.0.0.1:$port" >"$work/replica" 2>&1 &
replica=$!
# A load, errors of RESP included, that ends with the node.
(while curl -s -o /dev/null --max-time 5 "$url"kv/[1-1000] -X PUT -T "$work/value" && printf 'NONSENSE\r\n' >"/dev/tcp/127.0.0.1/$port"; do :; done) >/dev/null 2>&1 &
load=$!
curl -s -o /dev/null "$url"files/large.bin &
transfer=$!
trap 'kill "$load" "$transfer" "$replica" "$empty" 2>/dev/null || true; stop_node; rm -rf "$work"' EXIT
printf 'set key 0 0 5\r\nvalue\r\nquit\r\n' >"/dev/tcp/127.0.0.1/$((port + 1))"

# So that there is a history before the page is opened.
deadline=$((SECONDS + 30))
until [ "$(curl -s "${url}history.json?after=1000000" | sed -E 's/.*"end":([0-9]+).*/\1/')" -ge 4 ] || [ "$SECONDS" -gt "$deadline" ]; do sleep 0.2; done

python3 Tests/Browser/page_check.py "$browser" "$work/profile" "$pictures" "$url" "http://127.0.0.1:$empty_port/" "$files"
if [ -n "${2:-}" ]; then
  echo "pictures: $pictures/{full,empty}-{light,dark,telephone,telephone-dark}.png"
fi
