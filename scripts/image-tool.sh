# Sourced: image_tool prints the first of docker, podman and buildah that works here, or explains on standard error.
# shellcheck shell=bash

# Without overlay mounts (a container, a sandbox) buildah and podman need the plain driver.
if [ "$(id -u)" -eq 0 ] && [ -z "${STORAGE_DRIVER:-}" ]; then
  export STORAGE_DRIVER=vfs
fi

image_tool() {
  local tool
  for tool in ${IMAGE_TOOL:-docker podman buildah}; do
    case $tool in
      docker) docker buildx version >/dev/null 2>&1 && docker info >/dev/null 2>&1 && echo docker && return ;;
      *) command -v "$tool" >/dev/null && "$tool" info >/dev/null 2>&1 && echo "$tool" && return ;;
    esac
  done
  echo "an image needs a running docker engine (with buildx), podman or buildah; on Debian: apt-get install buildah" >&2
  return 1
}
