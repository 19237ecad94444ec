#!/usr/bin/env bash
# The units and the .deb with systemd as process 1, which systemd-nspawn boots in an overlay of this machine's root, with a network of its
# own: scripts/systemd-checks.sh runs inside. Before that, systemd-analyze looks at the files.
# Ends with "N passed, N failed"; exit code 75: systemd cannot be booted here (and says why).
# Usage: scripts/systemd-test.sh [PACKAGE]     the .deb of make release; without it, one is made of out/epollsrv.
# Needs root, Debian's systemd and systemd-container.
set -euo pipefail
set +e # a check that fails is counted, and the next one runs
cd "$(dirname "$0")/.." || exit 1
. scripts/checks.sh

cannot() {
  echo "systemd-test: CANNOT RUN HERE: $1"
  exit 75
}
[ "$(id -u)" -eq 0 ] || cannot "not root"
for needed in systemd-analyze systemd-nspawn; do
  command -v "$needed" >/dev/null || cannot "$needed is not installed"
done

work=$(mktemp -d)
root=$work/root
mkdir "$root" "$work/changes" "$work/units"
container=
activated=
# The container's process 1 takes everything in it along.
clean() {
  local first
  if [ -n "$container" ] && kill -0 "$container" 2>/dev/null; then
    for first in $(cat "/proc/$container/task/$container/children" 2>/dev/null); do
      kill -KILL "$first" 2>/dev/null
    done
    wait "$container" 2>/dev/null
  fi
  [ -z "$activated" ] || kill -KILL "$activated" 2>/dev/null
  umount "$root" "$work/changes" 2>/dev/null
  rm -rf --one-file-system "$work"
}
trap clean EXIT

# What counts is the text of the units: their paths need not be there.
sed "s|@BINDIR@|$PWD/out|" systemd/epollsrv.service >"$work/units/epollsrv.service"
cp systemd/epollsrv.socket "$work/units/"
systemd-analyze verify "$work/units/epollsrv.service" "$work/units/epollsrv.socket" >"$work/verify" 2>&1
status=$?
[ -s "$work/verify" ] && status=1
verdict "systemd-analyze verify has no complaint" "$status" "$work/verify"
systemd-analyze security --offline=true --threshold=12 "$work/units/epollsrv.service" >"$work/security" 2>&1
verdict "systemd-analyze security: at most 1.2 ($(tail -n 1 "$work/security"))" $? "$work/security"

# The program that systemd has for trying socket activation.
port=$(free_port)
systemd-socket-activate --listen="127.0.0.1:$port" --fdname=memcached --setenv=EPOLLSRV_BIND=unix:"$work/socket" "$PWD/out/epollsrv" serve \
  >"$work/activated" 2>&1 </dev/null &
activated=$!
for _ in {1..100}; do
  { exec 9<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null && break
  sleep 0.1
done
printf 'version\r\n' >&9
IFS= read -r -t 10 reply <&9
exec 9>&-
kill -TERM "$activated"
wait "$activated"
status=$?
activated=
grep -q '^VERSION ' <<<"$reply" || status=1
verdict "systemd-socket-activate starts it for a client of memcached, and it stops with 0" "$status" "$work/activated"

# Everything that the container writes is in memory, and gone at the end.
mount -t tmpfs -o mode=0755 epollsrv-test "$work/changes" && mkdir "$work/changes/upper" "$work/changes/work" &&
  mount -t overlay epollsrv-test -o "lowerdir=/,upperdir=$work/changes/upper,workdir=$work/changes/work" "$root" ||
  cannot "an overlay of the root may not be mounted"
# The first file forbids packages to start services; images for containers have it. With the second, dpkg indexes all manual pages.
rm -f "$root/usr/sbin/policy-rc.d" "$root/var/lib/man-db/auto-update"
package=${1:-}
if [ -z "$package" ]; then
  version=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' Directory.Build.props)
  package=$work/epollsrv_${version}_amd64.deb
  scripts/notices.sh x64 >"$work/notices" &&
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) scripts/release-deb.sh x64 "$version" out/epollsrv "$work/notices" "$work"
fi
cp "$package" "$root/newer.deb" && cmp <(dpkg-deb --fsys-tarfile "$package" | tar -xO ./usr/bin/epollsrv) out/epollsrv
verdict "the package has out/epollsrv" $?
# An older version with another default configuration, for the upgrade. It need not be small.
dpkg-deb -R "$package" "$work/older"
sed -i 's/^Version: .*/Version: 0.0.1/' "$work/older/DEBIAN/control"
echo '# older' >>"$work/older/etc/epollsrv.conf"
dpkg-deb --root-owner-group -Znone --build "$work/older" "$root/older.deb" >/dev/null
install -m 0755 scripts/systemd-checks.sh "$root/checks.sh"
cat >"$root/etc/systemd/system/checks.service" <<'UNIT'
[Unit]
After=network-online.target
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
ExecStart=/checks.sh
StandardOutput=append:/result
StandardError=append:/result
UNIT
: >"$root/result"

# The one thing that is started beside what every system starts. Of the calls that set the node's sandbox up, Debian 12's nspawn forbids Landlock's.
systemd-nspawn --quiet --register=no --keep-unit --private-network --boot --directory="$root" \
  --system-call-filter='landlock_create_ruleset landlock_add_rule landlock_restrict_self' systemd.unit=checks.service \
  >"$work/console" 2>&1 </dev/null &
container=$!
deadline=$((SECONDS + 240))
while kill -0 "$container" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do
  sleep 0.2
done
if [ ! -s "$root/result" ]; then
  tail -n 5 "$work/console"
  [ "$failed" -eq 0 ] && cannot "systemd-nspawn does not boot"
fi
grep -E '^(ok|FAILED): |^    ' "$root/result"
passed=$((passed + $(grep -c '^ok: ' "$root/result")))
failed=$((failed + $(grep -c '^FAILED: ' "$root/result")))
grep -q '^all done$' "$root/result"
verdict "the checks inside came to their end" $? "$work/console"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
