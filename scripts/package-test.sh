#!/usr/bin/env bash
# Installs, upgrades, removes and purges the .deb in an empty Debian root made by debootstrap, without systemd. scripts/systemd-test.sh
# does the same with systemd. Ends with "N passed, N failed".
# Exit code 75: such a root cannot be made here (and says why).
# Usage: scripts/package-test.sh      After make release. Needs root and debootstrap.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/checks.sh

cannot() {
  echo "package-test: CANNOT RUN HERE: $1"
  exit 75
}
[ "$(id -u)" -eq 0 ] || cannot "not root"
command -v debootstrap >/dev/null || cannot "debootstrap is not installed"
[ "$(dpkg --print-architecture)" = amd64 ] || cannot "not an x86-64 machine"
version=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' Directory.Build.props)
package=out/release/epollsrv_${version}_amd64.deb
[ -f "$package" ] || { echo "package-test: $package is missing: make release VERSION=$version" >&2; exit 1; }

work=$(mktemp -d)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT
debootstrap --variant=minbase "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" \
  >"$work/log" 2>&1 || { tail -n 3 "$work/log"; cannot "debootstrap failed"; }

# An older version, for the upgrade.
dpkg-deb -R "$package" "$work/older"
sed -i 's/^Version: .*/Version: 0.0.1/' "$work/older/DEBIAN/control"
dpkg-deb --root-owner-group --build "$work/older" "$root/older.deb" >/dev/null
cp "$package" "$root/newer.deb"

inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$(command -v chroot)" "$root" "$@"; }
# check NAME COMMAND...: it ends with 0.
check() {
  local name=$1 status=0
  shift
  "$@" >"$work/output" 2>&1 </dev/null || status=$?
  verdict "$name" "$status" "$work/output"
}
# everything: the files of the root but for what dpkg remembers and logs.
everything() { (cd "$root" && find . -path ./var/lib/dpkg -prune -o -path ./var/log -prune -o -path ./var/cache -prune -o -print | LC_ALL=C sort); }
unit=$root/etc/systemd/system/multi-user.target.wants/epollsrv.service
everything >"$work/before"

check 'install' inside dpkg -i /older.deb
check 'the program runs' inside epollsrv --version
check 'the configuration is there' test -f "$root/etc/epollsrv.conf"
check 'the state directory is there, for root only' test "$(stat -c '%F %U %a' "$root/var/lib/epollsrv")" = 'directory root 700'
check 'the unit is enabled' test -L "$unit"
check 'a node stores and answers in it' inside bash -c 'epollsrv serve --port 0 --bind unix:/run/e --data /var/lib/epollsrv/data 2>/dev/null & 
  for ((i = 0; i < 600; i++)); do epollsrv put a b --server unix:/run/e 2>/dev/null && break; kill -0 $! || exit 1; sleep 0.1; done
  [ "$(epollsrv get a --server unix:/run/e)" = b ] || { kill $!; exit 1; }
  kill $! && wait $!'
echo '# mine' >>"$root/etc/epollsrv.conf"
check 'upgrade' inside dpkg -i /newer.deb
check 'the configuration is kept' grep -q '^# mine$' "$root/etc/epollsrv.conf"
check 'the state is kept' test -e "$root/var/lib/epollsrv/data"
check 'remove' inside dpkg -r epollsrv
check 'the program is gone' test ! -e "$root/usr/bin/epollsrv"
check 'configuration and state are kept' test -f "$root/etc/epollsrv.conf" -a -e "$root/var/lib/epollsrv/data"
touch "$root/etc/default/epollsrv"
check 'purge' inside dpkg -P epollsrv
everything >"$work/after"
check 'nothing is left' diff "$work/before" "$work/after"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
