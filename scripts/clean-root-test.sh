#!/usr/bin/env bash
# Two things on clean clones in an empty Debian root made by debootstrap, to which only the .NET SDK is added:
# the two commands of README.md, with exactly the packages it names, and the Dockerfile's build stage (scripts/container-build.sh).
# Exit code 0: both work; 1: failed; 75: such a root cannot be made here (and says why).
# Usage: scripts/clean-root-test.sh [FOLDER]    FOLDER (kept) instead of a temporary one.
set -euo pipefail
cd "$(dirname "$0")/.."

cannot() {
  echo "clean-root-test: CANNOT RUN HERE: $1"
  exit 75
}
[ "$(id -u)" -eq 0 ] || cannot "not root"
command -v debootstrap >/dev/null || cannot "debootstrap is not installed"
sdk=$(dirname "$(readlink -f "$(command -v dotnet)")")

work=${1:-$(mktemp -d)}
root=$work/root
# The compiler's and MSBuild's servers outlive `make`, and hold the root's /dev: they end first, then the mounts, then the files.
clean() {
  local process mounted
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/root" 2>/dev/null)" != "$root" ] || kill -KILL "${process#/proc/}" 2>/dev/null || true
  done
  for mounted in sys dev/pts dev proc; do
    ! mountpoint -q "$root/$mounted" || umount "$root/$mounted" 2>/dev/null || umount --lazy "$root/$mounted"
  done
  [ -n "${1:-}" ] || rm -rf --one-file-system "$work"
}
trap 'clean ${1:-}' EXIT

mkdir -p "$root"
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
packages=$(sed -nE 's/^.*on Debian, the packages `([^`]*)`.*$/\1/p' README.md)
[ -n "$packages" ] || { echo "clean-root-test: FAILED: README.md names no packages"; exit 1; }
debootstrap --variant=minbase --include="${packages// /,}" "$suite" "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" \
  >"$work/debootstrap.log" 2>&1 || { tail -n 3 "$work/debootstrap.log"; cannot "debootstrap failed"; }
mount -t proc proc "$root/proc" 2>/dev/null || mount --bind /proc "$root/proc" 2>/dev/null || cannot "/proc may not be mounted"

mkdir -p "$root/usr/share/dotnet"
cp -a "$sdk/." "$root/usr/share/dotnet/"
ln -sf /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
# How this machine reaches the package registries: names, certificates, NuGet's configuration and variables.
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
if [ -f ~/.nuget/NuGet/NuGet.Config ]; then
  install -D -m 0644 ~/.nuget/NuGet/NuGet.Config "$root/root/.nuget/NuGet/NuGet.Config"
fi
mapfile -t reach < <(env | grep -iE '^(https?_proxy|no_proxy|ssl_cert_(file|dir)|nuget_[a-z_]+)=' || true)

# inside LOG COMMAND: runs it in the root, in a clean environment, in a new clone at /source.
inside() {
  local log=$1
  rm -rf "$root/source"
  git clone --quiet --no-local . "$root/source"
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "${reach[@]}" "$(command -v chroot)" "$root" /bin/bash -c "cd /source; $2" >"$work/$log" 2>&1 ||
    { grep -A 12 '\[FAIL\]' "$work/$log" || true; tail -n 30 "$work/$log"; echo "clean-root-test: FAILED: $2"; exit 1; }
}

mount --bind /dev "$root/dev" 2>/dev/null || cannot "/dev may not be mounted"

# As on any Debian: tests want terminals, and a file system that takes no file.
mount --bind /dev/pts "$root/dev/pts" 2>/dev/null || cannot "/dev/pts may not be mounted"
mount -t sysfs -o ro sysfs "$root/sys" 2>/dev/null || mount --bind /sys "$root/sys" 2>/dev/null || cannot "/sys may not be mounted"
inside run.log 'make run & until out/epollsrv healthcheck 2>/dev/null; do kill -0 $! || exit 1; sleep 0.5; done; kill $!; wait $! || true'
echo "clean-root-test: make run: $(grep -m1 'ready on' "$work/run.log")"
inside test.log 'make test'
totals=$(tail -n 1 "$work/test.log")
echo "clean-root-test: make test: $totals"

inside build.log 'scripts/container-build.sh'
grep -iE 'warning' "$work/build.log" | grep -v '^debconf' || true
"$root/source/out/epollsrv" --version
echo "clean-root-test: built by the Dockerfile's stage: $(stat -c %s "$root/source/out/epollsrv") bytes"
echo "$totals"
