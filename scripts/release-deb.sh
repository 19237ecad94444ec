#!/usr/bin/env bash
# Makes a .deb of a program, without debhelper. The same input and SOURCE_DATE_EPOCH give the same bytes.
# Usage: SOURCE_DATE_EPOCH=N scripts/release-deb.sh x64|arm64 VERSION PROGRAM NOTICES FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

version=$2
program=$3
notices=$4
folder=$5
architecture=amd64
[ "$1" = x64 ] || architecture=arm64

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
root=$stage/root
make --no-print-directory install "PROGRAM=$program" DESTDIR="$root" PREFIX=/usr ZSH_DIR=/usr/share/zsh/vendor-completions >/dev/null
gzip -9n "$root/usr/share/man/man1/epollsrv.1"

documents=$root/usr/share/doc/epollsrv
install -d "$documents"
sed -e '/^@LICENSE@$/{r '<(sed -n '/^Permission/,$p' LICENSE | sed -E 's/^$/./; s/^/ /') -e 'd;}' packaging/deb/copyright >"$documents/copyright"
gzip -9nc "$notices" >"$documents/NOTICES.gz"
gzip -9nc CHANGELOG.md >"$documents/CHANGELOG.md.gz"
maintainer=$(sed -nE 's/^Maintainer: //p' packaging/deb/control)
gzip -9nc >"$documents/changelog.gz" <<END
epollsrv ($version) stable; urgency=medium

  * Version $version of epollsrv: CHANGELOG.md.gz lists its changes.

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END
install -D -m 0644 packaging/deb/lintian-overrides "$root/usr/share/lintian/overrides/epollsrv"

# In kilobytes, each file and folder rounded up, as dpkg-gencontrol counts.
size=$(find "$root" -type f -printf '%s\n' -o -printf '1\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }')
install -d "$root/DEBIAN"
sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/" packaging/deb/control >"$root/DEBIAN/control"
install -m 0755 -t "$root/DEBIAN" packaging/deb/postinst packaging/deb/prerm packaging/deb/postrm
echo /etc/epollsrv.conf >"$root/DEBIAN/conffiles"
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
# dpkg-deb sorts, and clamps times to SOURCE_DATE_EPOCH; several threads would compress to other bytes than one.
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --threads-max=1 --build "$root" "$folder/epollsrv_${version}_$architecture.deb" >/dev/null
