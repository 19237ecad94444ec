#!/usr/bin/env bash
# Runs the Dockerfile's build stage (scripts/container-build.sh) on a clean clone in an empty Debian root made by debootstrap,
# where the only things added are what the SDK image has: the .NET SDK and the libraries it needs.
# Exit code 0: built; 1: failed; 75: such a root cannot be made here (and says why).
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
clean() {
  umount "$root/proc" 2>/dev/null || true
  [ -n "${1:-}" ] || rm -rf --one-file-system "$work"
}
trap 'clean ${1:-}' EXIT

mkdir -p "$root"
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
debootstrap --variant=minbase --include=ca-certificates,libssl3,libstdc++6,zlib1g "$suite" "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" \
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

git clone --quiet --no-local . "$root/source"
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 \
  DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 "${reach[@]}" \
  "$(command -v chroot)" "$root" /bin/bash -c 'cd /source && scripts/container-build.sh' >"$work/build.log" 2>&1 ||
  { tail -n 40 "$work/build.log"; echo "clean-root-test: FAILED"; exit 1; }
grep -iE 'warning' "$work/build.log" | grep -v '^debconf' || true
"$root/source/out/epollsrv" --version
echo "clean-root-test: built in an empty $suite root with gcc, libc6-dev, make and git only: $(stat -c %s "$root/source/out/epollsrv") bytes"
