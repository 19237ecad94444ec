#!/usr/bin/env bash
# Shows the page at "/" of a node under load to Debian's chromium, checks what it makes of it, and takes pictures: light, dark, and as
# wide as a telephone. Usage: scripts/browser-test.sh [PROGRAM [FOLDER-FOR-PICTURES]]      Exit code 75: there is no browser.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/node.sh disable=SC1091,SC2154
. scripts/node.sh

program=${1:-out/epollsrv}
work=$(mktemp -d)
pictures=${2:-$work}
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  echo "no browser: apt-get install chromium"
  exit 75
fi

mkdir "$work/share"
cp LICENSE README.md "$work/share"
: >"$work/share/<b>odd & name.txt"
head -c 20000000 /dev/zero >"$work/share/large.bin"
# Node 1 of a ring of two; node 2 is not there. A slow transfer is under way.
port=$((20000 + RANDOM % 20000))
printf '127.0.0.1 %s\n127.0.0.1 1\n' "$port" >"$work/conf"
start_node "$work/log" "$program" serve --port "$port" --conf "$work/conf" --id 1 --share "$work/share" --limit-rate-connection 100kb
url=http://127.0.0.1:$node_port/
# A replica of it.
"$program" serve --port 0 --replica-of "127.0.0.1:$node_port" >"$work/replica" 2>&1 &
replica=$!
# A load that ends with the node.
(while curl -s -o /dev/null --max-time 5 "$url"kv/[1-200] -X PUT -d value; do :; done) >/dev/null 2>&1 &
load=$!
curl -s -o /dev/null "$url"files/large.bin &
transfer=$!
trap 'kill "$load" "$transfer" "$replica" 2>/dev/null || true; stop_node; rm -rf "$work"' EXIT

# Virtual time runs through the page's first seconds as fast as the node answers.
look() {
  timeout 60 "$browser" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" --virtual-time-budget=30000 \
    --enable-logging=stderr "$@" "$url" 2>"$work/console"
}

passed=0
failed=0
check() {
  if [ "$2" = yes ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $1"
  fi
}
has() { if grep -qE -- "$1" "$work/page"; then echo yes; else echo no; fi; }

look --window-size=1200,1100 --dump-dom >"$work/page"
check 'the node is shown as up' "$(has '<span id="state" class="good">up</span>')"
check 'requests per second are a number' "$(has '<div class="big" id="rate">[0-9][0-9.,]*( [kMG])?</div>')"
check 'a latency is shown' "$(has '<div class="big" id="p99">[0-9.]+ (ns|µs|ms|s)</div>')"
check 'keys are counted' "$(has '<div class="big" id="keys">[1-9][0-9]*</div>')"
check 'both plots have a line' "$([ "$(grep -oE '<path d="M[^"]+L' "$work/page" | wc -l)" -ge 2 ] && echo yes || echo no)"
check 'connections are listed by protocol' "$(has '<td>HTTP</td><td class="number">[1-9]')"
check 'shared files are listed, their names as text' "$(has '&lt;b&gt;odd &amp;amp? ?name.txt|&lt;b&gt;odd &amp; name.txt')"
check 'the ring is shown, with who is up and who is not' "$(has '1 \(this\)</td>.*<span class="up">up</span>.*127.0.0.1:1</td>.*<span class="down">down</span>')"
check 'the replica is shown' "$(has '<td>Replica</td><td>127.0.0.1:[0-9]+</td><td><span class="up">up</span>')"
check 'a transfer is under way' "$(has '<td>large.bin</td><td><progress max="20000000" value="[1-9][0-9]*">')"
check 'files are hashed' "$(has '<code title="[0-9a-f]{64}">[0-9a-f]{12}…</code>')"
check 'files have holders' "$(has '…</code></td><td class="number">1</td>')"
check 'no file name became an element' "$(if grep -q '<b>odd' "$work/page"; then echo no; else echo yes; fi)"
check 'the browser refused nothing and no script failed' "$(if grep -E 'CONSOLE.*(Refused|Uncaught|violates|Failed to load)' "$work/console"; then echo no; else echo yes; fi)"

mkdir -p "$pictures"
look --window-size=1200,1100 --screenshot="$pictures/light.png" >/dev/null
look --window-size=1200,1100 --blink-settings=preferredColorScheme=0 --screenshot="$pictures/dark.png" >/dev/null
look --window-size=390,1700 --screenshot="$pictures/telephone.png" >/dev/null
for picture in light dark telephone; do
  check "picture $picture" "$([ "$(stat -c %s "$pictures/$picture.png" 2>/dev/null || echo 0)" -gt 20000 ] && echo yes || echo no)"
done
check 'light and dark differ' "$(if cmp -s "$pictures/light.png" "$pictures/dark.png"; then echo no; else echo yes; fi)"
if [ -n "${2:-}" ]; then
  echo "pictures: $pictures/light.png dark.png telephone.png"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
