#!/usr/bin/env bash
# Builds the image's last stage from the program already built, with whichever of docker, podman and buildah works.
# Usage: scripts/image.sh [PROGRAM [NAME]]      IMAGE_TOOL=docker|podman|buildah chooses.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/image-tool.sh

program=${1:-out/epollsrv}
name=${2:-epollsrv}
tool=$(image_tool)

# The folder stands in for the Dockerfile's first stage, so it has the program where that stage leaves it.
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/source/out/volume/data"
chmod 0770 "$stage/source/out/volume/data"
cp "$program" "$stage/source/out/epollsrv"

case $tool in
  docker) docker buildx build --load --build-context "build=$stage" --tag "$name" . ;;
  # The OCI format has no HEALTHCHECK. Nothing is run while building, so no isolation is needed.
  podman) podman build --format docker --build-context "build=$stage" --tag "$name" . ;;
  buildah) buildah build --isolation chroot --format docker --build-context "build=$stage" --tag "$name" . ;;
esac
echo "image $name: built with $tool"
