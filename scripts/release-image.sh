#!/usr/bin/env bash
# Makes one OCI archive with the image for both architectures. The same programs and SOURCE_DATE_EPOCH give the same bytes.
# Usage: SOURCE_DATE_EPOCH=N scripts/release-image.sh VERSION ARCHIVE      Needs buildah.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/image-tool.sh
export IMAGE_TOOL=buildah
image_tool >/dev/null

version=$1
archive=$2
stage=$(mktemp -d)
name=epollsrv-release-$$
clean() {
  buildah manifest rm "$name" >/dev/null 2>&1 || true
  buildah rmi "$name-amd64" "$name-arm64" >/dev/null 2>&1 || true
  rm -rf "$stage"
}
trap clean EXIT

buildah manifest create "$name" >/dev/null
for architecture in amd64 arm64; do
  program=out/epollsrv
  [ "$architecture" = amd64 ] || program=out/arm64/epollsrv
  # buildah's own version is no part of the image, and no file is younger than the commit.
  scripts/image.sh "$program" "$name-$architecture" --platform "linux/$architecture" --timestamp "$SOURCE_DATE_EPOCH" --identity-label=false >/dev/null
  buildah manifest add "$name" "containers-storage:localhost/$name-$architecture" >/dev/null
done
buildah manifest push --all --format oci "$name" "oci:$stage/image:epollsrv:$version" >/dev/null 2>"$stage/log" || { cat "$stage/log" >&2; exit 1; }
tar --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --mode=u=rwX,go=rX -C "$stage/image" -cf "$archive" .
