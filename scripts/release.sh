#!/usr/bin/env bash
# Makes out/release: for x86-64 and arm64 a tarball, a .deb and an OCI image, an SBOM, and SHA256SUMS. Two runs for the same commit
# give the same bytes, in whatever folder they are done, on machines with the same packages.
# Usage: scripts/release.sh VERSION      `make release` has built out/epollsrv and out/arm64/epollsrv before.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
export LC_ALL=C TZ=UTC

fail() {
  echo "release: $1" >&2
  exit 1
}

version=${1:-}
declared=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' Directory.Build.props)
newest=$(sed -nE '/^## /{s/^## ([^ ]+).*/\1/p;q}' CHANGELOG.md)
[ -n "$version" ] || fail "which version? make release VERSION=$declared"
[ "$version" = "$declared" ] || fail "VERSION is $version, and Directory.Build.props says $declared"
[ "$version" = "$newest" ] || fail "VERSION is $version, and the newest entry of CHANGELOG.md is $newest"
[ -z "$(git status --porcelain)" ] || fail "files are not committed: git status"
for tool in dpkg-deb buildah jq qemu-aarch64-static; do
  command -v "$tool" >/dev/null || fail "$tool is missing; on Debian: apt-get install dpkg buildah jq qemu-user-static"
done

commit=$(git describe --always --abbrev=12 '--exclude=*')
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
says=$(out/epollsrv --version)
[ "$says" = "epollsrv $version ($commit, linux-x64, static)" ] || fail "out/epollsrv is $says"
says=$(qemu-aarch64-static out/arm64/epollsrv --version)
[ "$says" = "epollsrv $version ($commit, linux-arm64, static)" ] || fail "out/arm64/epollsrv is $says"

release=out/release
rm -rf "$release"
mkdir -p "$release"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

for architecture in x64 arm64; do
  program=out/epollsrv
  [ "$architecture" = x64 ] || program=out/arm64/epollsrv
  scripts/notices.sh "$architecture" >"$stage/NOTICES-$architecture"

  # Unpacked in /usr/local it is what make install installs.
  name=epollsrv-$version-linux-$architecture
  make --no-print-directory install "PROGRAM=$program" DESTDIR="$stage/tar" PREFIX="/$name" BINDIR=/usr/local/bin >/dev/null
  documents=$stage/tar/$name/share/doc/epollsrv
  install -D -m 0644 -t "$documents" LICENSE README.md CHANGELOG.md systemd/epollsrv.conf
  install -m 0644 "$stage/NOTICES-$architecture" "$documents/NOTICES"
  tar --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$stage/tar" -cf - "$name" |
    gzip -9n >"$release/$name.tar.gz"

  scripts/release-deb.sh "$architecture" "$version" "$program" "$stage/NOTICES-$architecture" "$release"
done

scripts/release-image.sh "$version" "$release/epollsrv-$version-oci.tar"
scripts/sbom.sh "$version" >"$stage/sbom"
mv "$stage/sbom" "$release/epollsrv-$version.spdx.json"
chmod 0644 "$release/epollsrv-$version.spdx.json"
(cd "$release" && sha256sum ./* | sed 's|\./||' >"$stage/SHA256SUMS" && cp "$stage/SHA256SUMS" .)
echo "$release:"
cat "$release/SHA256SUMS"
