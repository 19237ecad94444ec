#!/usr/bin/env bash
# Clients of memcached that nobody here wrote, against the node: pymemcache, libmemcached's tools, php-memcached, the npm packages
# memcached and memjs, nginx's memcached module, and twemproxy in front of the node.
# One line a check; ends with "N passed, N failed". Usage: scripts/conformance-memcached.sh [PROGRAM]
set -euo pipefail
set +e # a check that fails is counted, and the next one runs
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=scripts/node.sh
. scripts/node.sh
# shellcheck source=scripts/checks.sh
. scripts/checks.sh

program=$(readlink -f "${1:-out/epollsrv}")
work=$(mktemp -d)
expect_limit=(timeout 60)
lines_seconds=120
checks=Tests/Conformance/Memcached
node_pid=
node_status=0
others=()
# shellcheck disable=SC2317
end() {
  local process
  for process in "${others[@]}" $node_pid; do kill -KILL "$process" 2>/dev/null && wait "$process" 2>/dev/null; done
  rm -rf "$work"
}
trap end EXIT

check_tools() {
  local server=--servers=127.0.0.1:$port
  expect 'memcping' '^0$' bash -c "memcping $server; echo \$?"
  echo 'from a file' >"$work/tool"
  expect 'memccp' '^0$' bash -c "memccp $server '$work/tool'; echo \$?"
  expect 'memccat' '^from a file$' memccat "$server" tool
  expect 'memcexist' '^0$' bash -c "memcexist $server tool; echo \$?"
  expect 'memctouch' '^0$' bash -c "memctouch $server --expire=100 tool; echo \$?"
  expect 'memcstat' 'curr_items: [0-9]+' memcstat "$server"
  expect 'memcdump' '^tool$' memcdump "$server"
  expect 'memcslap' 'Loads|Took|seconds|Set' bash -c "memcslap $server --concurrency=4 --execute-number=500 --test=set; memcslap $server --concurrency=4 --execute-number=500 --test=get"
  expect 'memcrm' '^0$' bash -c "memcrm $server tool; echo \$?"
  expect 'memcflush' '^0$' bash -c "memcflush $server; echo \$?"
}

check_other_protocols() {
  expect 'a value set over memcached is read over RESP' '^shared$' bash -c "printf 'set both 0 0 6\r\nshared\r\nquit\r\n' >/dev/tcp/127.0.0.1/$port; sleep 0.3; redis-cli -p $node_port get both"
  redis-cli -p "$node_port" set both resp >/dev/null
  expect 'and the other way round' '^VALUE both 0 4' bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; printf 'get both\r\nquit\r\n' >&3; cat <&3"
}

check_nginx() {
  local own
  own=$(free_port)
  mkdir -p "$work/nginx/logs"
  cat >"$work/nginx/nginx.conf" <<END
worker_processes 1;
daemon off;
pid $work/nginx/pid;
error_log $work/nginx/error.log;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path $work/nginx/body;
  proxy_temp_path $work/nginx/proxy;
  fastcgi_temp_path $work/nginx/fastcgi;
  uwsgi_temp_path $work/nginx/uwsgi;
  scgi_temp_path $work/nginx/scgi;
  upstream node { server 127.0.0.1:$port; keepalive 4; }
  server {
    listen 127.0.0.1:$own;
    location / { set \$memcached_key "\$uri"; memcached_pass node; error_page 404 = @none; }
    location @none { return 404 "not in memcached\n"; }
  }
}
END
  nginx -e "$work/nginx/error.log" -p "$work/nginx" -c "$work/nginx/nginx.conf" >"$work/nginx/out" 2>&1 &
  others+=($!)
  for _ in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$own/" && break; sleep 0.1; done
  redis-cli -p "$node_port" set /page 'a page' >/dev/null
  expect 'nginx: memcached_pass, a hit' '^a page$' curl -sS "http://127.0.0.1:$own/page"
  expect 'nginx: a miss' '^404$' curl -sS -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$own/none"
  expect 'nginx: 200 requests over kept connections' '^200$' bash -c "for i in \$(seq 200); do curl -sS http://127.0.0.1:$own/page; echo; done | grep -c '^a page\$'"
}

check_twemproxy() {
  local own
  own=$(free_port)
  printf 'pool:\n  listen: 127.0.0.1:%d\n  hash: fnv1a_64\n  distribution: ketama\n  timeout: 5000\n  servers:\n   - 127.0.0.1:%d:1\n' "$own" "$port" >"$work/twemproxy.yml"
  nutcracker -c "$work/twemproxy.yml" -o "$work/twemproxy.log" -s "$(free_port)" >/dev/null 2>&1 &
  others+=($!)
  for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$own") 2>/dev/null && break; sleep 0.1; done
  cat >"$work/proxy.py" <<'END'
import sys
from pymemcache.client.base import Client
client = Client(("127.0.0.1", int(sys.argv[1])), timeout=20)
client.set_many({"tw:%d" % i: str(i) for i in range(500)}, noreply=False)
assert client.get_many(["tw:%d" % i for i in range(501)]) == {"tw:%d" % i: str(i).encode() for i in range(500)}
value, cas = client.gets("tw:1")
assert client.cas("tw:1", "x", cas, noreply=False) and client.incr("tw:2", 3) == 5 and client.delete("tw:1", noreply=False)
print("as without a proxy")
END
  expect 'twemproxy in front' '^as without a proxy$' /usr/bin/python3 "$work/proxy.py" "$own"
}

check_javascript() {
  mkdir "$work/javascript"
  cp "$checks/check.mjs" "$checks/package.json" "$work/javascript/"
  (cd "$work/javascript" && timeout 90 npm install --no-audit --no-fund --loglevel=error) >"$work/npm" 2>&1 || { verdict 'npm install' 1 "$work/npm"; return; }
  lines 'npm memcached and memjs' node "$work/javascript/check.mjs" "$port"
}

install_packages python3-pymemcache libmemcached-tools php-cli php-memcached nutcracker nginx-light curl redis-tools || { echo "0 passed, 1 failed"; exit 1; }
port=$(free_port)
start_node "$work/log" "$program" serve --port 0 --memcached "$port" || { echo "0 passed, 1 failed"; exit 1; }
# The first address of the ready line; start_node took the last one, which is memcached's.
node_port=$(sed -nE '/ready on /s/.*ready on [^:]*:([0-9]+),.*/\1/p' "$work/log" | head -n 1)
check_other_protocols
lines 'pymemcache' /usr/bin/python3 "$checks/pymemcache_check.py" "$port"
lines 'php-memcached' php "$checks/memcached.php" "$port"
check_tools
check_nginx
check_twemproxy
check_javascript
grep -q "binary protocol" "$work/log"
verdict 'the log says why memjs was refused' $? "$work/log"
stop_node
node_pid=
verdict "the node stops cleanly ($node_status)" "$node_status" "$work/log"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
