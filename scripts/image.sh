#!/usr/bin/env bash
# Builds the image's last stage from the program already built, with whichever of docker, podman and buildah works.
# Usage: scripts/image.sh [PROGRAM [NAME [OPTION ...]]]      OPTION: of the tool's build. IMAGE_TOOL=docker|podman|buildah chooses the tool.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/image-tool.sh
umask 022

program=${1:-out/epollsrv}
name=${2:-epollsrv}
options=("${@:3}")
tool=$(image_tool)

# What is no constant of the Dockerfile.
options+=(--label "org.opencontainers.image.version=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' Directory.Build.props)"
  --label "org.opencontainers.image.revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)")

# The folder stands in for the Dockerfile's first stage, so it has the program where that stage leaves it.
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/source/out/volume/data"
chmod 0770 "$stage/source/out/volume/data"
install -m 0755 "$program" "$stage/source/out/epollsrv"
scripts/image-licenses.sh "$program" "$stage/source/out/licenses"

case $tool in
  docker) docker buildx build --load --build-context "build=$stage" --tag "$name" "${options[@]}" . ;;
  # The OCI format has no HEALTHCHECK. Nothing is run while building, so no isolation is needed.
  podman) podman build --format docker --build-context "build=$stage" --tag "$name" "${options[@]}" . ;;
  buildah) buildah build --isolation chroot --format docker --build-context "build=$stage" --tag "$name" "${options[@]}" . ;;
esac
echo "image $name: built with $tool"
