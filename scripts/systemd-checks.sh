#!/bin/bash
# Runs inside the container of scripts/systemd-test.sh: prints "ok: …" and "FAILED: …", and "all done" at its end.
set -euo pipefail
set +e # a check that fails is counted, and the next one runs

port=6379
settings=/etc/default/epollsrv
drop_in=/etc/systemd/system/epollsrv.service.d/checks.conf

verdict() {
  if [ "$2" -eq 0 ]; then
    echo "ok: $1"
  else
    echo "FAILED: $1"
    { systemctl status epollsrv.service; journalctl -n 20 --no-pager; } 2>&1 | sed 's/^/    /'
  fi
}

# check NAME COMMAND...
check() {
  local name=$1
  shift
  "$@" >/dev/null 2>&1
  verdict "$name" $?
}

# until_true NAME COMMAND...: for at most 20 s.
until_true() {
  local name=$1 deadline=$((SECONDS + 20))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || { verdict "$name" 1; return; }
    sleep 0.05
  done
  verdict "$name" 0
}

value() { systemctl show --property="$1" --value epollsrv.service; }

# ask HOST REQUEST...: sends the lines at once over one connection and prints the line that answers the last one.
ask() {
  local host=$1 line= request
  shift
  exec 9<>"/dev/tcp/$host/$port" || return
  printf '%s\r\n' "$@" >&9
  for request in "$@"; do
    IFS= read -r -t 10 line <&9
  done
  exec 9>&-
  echo "${line%$'\r'}"
}
answers() {
  local expected=$1
  shift
  [ "$(ask "$@" 2>/dev/null)" = "$expected" ]
}
fails() { ! "$@"; }
is_active() { [ "$(value ActiveState)" = active ]; }
is_confined() {
  local log
  log=$(journalctl --unit=epollsrv.service --no-pager)
  [[ $log == *"ready on"* && $log != *"not confined"* ]]
}
is_another() { [ "$(value MainPID)" != "$1" ] && [ "$(value MainPID)" != 0 ] && is_active; }
is_inactive() { [ "$(systemctl is-active "$1")" = inactive ]; }
is_enabled() { [ "$(systemctl is-enabled "$1")" = enabled ]; }
is_disabled() { [ "$(systemctl is-enabled "$1")" = disabled ]; }
# everything: the files in the places of packages, services and administrators.
everything() { find /etc /srv /usr /var/lib -path /var/lib/dpkg -prune -o -print | LC_ALL=C sort; }

# What belongs to this test, and not to the package
mkdir -p /etc/credstore "${drop_in%/*}" /srv/share
(umask 077 && echo secret >/etc/credstore/epollsrv.password)
printf '[Service]\nWatchdogSec=2s\nRestartSec=100ms\n' >"$drop_in"
groupadd --system --force files
echo 'shared text' >/srv/share/file
everything >/run/before

# The package: installed, upgraded, disabled
check "dpkg installs the package" dpkg -i /older.deb
check "the service is enabled" is_enabled epollsrv.service
check "the socket is not" is_disabled epollsrv.socket
check "the service serves" answers '+PONG' 127.0.0.1 'AUTH secret' PING
check "a key is written before the upgrade" answers '+OK' 127.0.0.1 'AUTH secret' 'SET old value'
echo '# mine' >>/etc/epollsrv.conf
process=$(value MainPID)
check "dpkg upgrades the package" dpkg --force-confold -i /newer.deb
check "another process serves" is_another "$process"
check "it runs the new program" test "$(readlink "/proc/$(value MainPID)/exe")" = /usr/bin/epollsrv
check "it has the key" answers '$5' 127.0.0.1 'AUTH secret' 'GET old'
check "the changed configuration is kept" grep -q '^# mine$' /etc/epollsrv.conf
check "the new one is beside it" test -f /etc/epollsrv.conf.dpkg-dist
check "the service is still enabled" is_enabled epollsrv.service
check "systemctl disable" systemctl disable --now epollsrv.service
check "dpkg upgrades the package of a disabled service" dpkg -i /newer.deb
check "the service stays disabled" is_disabled epollsrv.service
check "and is not started" is_inactive epollsrv.service

# Ready, password, reload, watchdog
check "systemctl start returns" systemctl start epollsrv.service
check "it serves at once" answers '+PONG' 127.0.0.1 'AUTH secret' PING
check "it asks for the password of /etc/credstore" answers '-NOAUTH Authentication required.' 127.0.0.1 'GET key'
check "its sandbox is complete" is_confined
check "it has a status line" grep -q '^serving: ' <<<"$(value StatusText)"
check "it runs as a user of its own" test "$(stat -c %u "/proc/$(value MainPID)")" -gt 60000
check "a key is written" answers '+OK' 127.0.0.1 'AUTH secret' 'SET key value'
process=$(value MainPID)
check "systemctl reload" systemctl reload epollsrv.service
until_true "it serves after the reload" is_active
check "it is the same process" test "$(value MainPID)" = "$process"
check "it serves for longer than the watchdog waits" sleep 3
check "the watchdog has let it live" test "$(value MainPID) $(value NRestarts)" = "$process 0"
kill -STOP "$process"
until_true "the watchdog ends a process that is stopped, and another one serves" is_another "$process"
check "that was the watchdog" grep -q 'Watchdog timeout' <<<"$(journalctl --unit=epollsrv.service --no-pager)"
check "the key has outlived it" answers '$5' 127.0.0.1 'AUTH secret' 'GET key'
check "systemctl stop" systemctl stop epollsrv.service
check "it ended with 0" test "$(value Result) $(value ExecMainStatus)" = 'success 0'

# Sockets that outlive the service. Without data, because a node that is loading its keys answers clients with -LOADING.
echo 'EPOLLSRV_CONFIG=' >"$settings"
check "the socket unit" systemctl start epollsrv.socket
check "the service does not run" test "$(value ActiveState)" = inactive
check "the first client starts it" answers '+PONG' 127.0.0.1 'AUTH secret' PING
touch /run/load
while [ -e /run/load ]; do
  # One request, which bash sends at once: a client that comes with a second one later may meet the end of its connection.
  answers '-NOAUTH Authentication required.' 127.0.0.1 'GET key' && echo answered || echo lost
done >/run/answers &
load=$!
for restart in 1 2 3; do
  process=$(value MainPID)
  check "restart $restart under load" systemctl restart epollsrv.service
  check "it is another process" is_another "$process"
done
rm /run/load
wait "$load"
check "of $(wc -l </run/answers) clients none was refused (lost: $(grep -c lost /run/answers))" \
  test "$(grep -c answered /run/answers) $(grep -c lost /run/answers)" = "$(wc -l </run/answers) 0"
systemctl stop epollsrv.socket epollsrv.service

# A mistake in the settings
echo 'EPOLLSRV_OPTIONS=--no-such-option' >"$settings"
check "a mistake in the settings keeps it from starting" fails systemctl start epollsrv.service
check "the journal has it as an error" grep -q 'no-such-option' <<<"$(journalctl --unit=epollsrv.service --priority=err --no-pager)"
systemctl reset-failed epollsrv.service

# An address that is not up yet
echo 'EPOLLSRV_BIND=198.51.100.7' >"$settings"
check "it is started although its address is not up" systemctl start --no-block epollsrv.service
tried() { [ "$(value NRestarts)" -gt 6 ]; }
until_true "it is tried again and again" tried
ip link set lo up
ip address add 198.51.100.7/32 dev lo
until_true "it serves as soon as the address is there" is_active
check "at that address" answers '+PONG' 198.51.100.7 'AUTH secret' PING
systemctl stop epollsrv.service

# A socket file for others, and a folder that a group may read
chgrp -R files /srv/share
chmod 0750 /srv/share
chmod 0640 /srv/share/file
printf '%s\n' EPOLLSRV_BIND=127.0.0.1,unix:/run/epollsrv/socket EPOLLSRV_SOCKET_MODE=0666 EPOLLSRV_SHARE=/srv/share >"$settings"
echo 'SupplementaryGroups=files' >>"$drop_in"
systemctl daemon-reload
check "with a socket file and a share" systemctl start epollsrv.service
check "the socket file has the mode that was asked for" test "$(stat -c %a /run/epollsrv/socket)" = 666
exec 9<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /files/file HTTP/1.0\r\nHost: localhost\r\nAuthorization: Basic %s\r\n\r\n' "$(printf 'x:secret' | base64)" >&9
check "the file is served" grep -q 'shared text' <<<"$(timeout 10 cat <&9)"
exec 9>&-
check "systemctl stop at the end" systemctl stop epollsrv.service

# The package: removed, installed again, purged
: >"$settings"
systemctl enable --now epollsrv.socket epollsrv.service
process=$(value MainPID)
check "dpkg removes the package" dpkg -r epollsrv
check "the service is stopped" is_inactive epollsrv.service
check "and the socket, which would start it again" is_inactive epollsrv.socket
check "the process has ended" test ! -e "/proc/$process"
check "the unit is gone" test "$(value LoadState)" = not-found
check "configuration and keys are kept" test -f /etc/epollsrv.conf -a -f "$settings" -a -e /var/lib/epollsrv/data
check "dpkg installs it again" dpkg --force-confold -i /newer.deb
check "it serves the same keys" answers '$5' 127.0.0.1 'AUTH secret' 'GET old'
check "dpkg purges the package" dpkg -P epollsrv
everything >/run/after
diff /run/before /run/after | sed 's/^/    /'
check "nothing else is gone, and nothing is left" cmp /run/before /run/after
echo "all done"
