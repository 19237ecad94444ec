#!/usr/bin/env bash
# Checks the image: what it holds, its user, its health check, and that it starts only with a password or when told to be open.
# The image is run with chroot, which needs root and no container engine, in a network of its own so that its port is free.
# Usage: scripts/image-test.sh [NAME]      Needs buildah (the image must be in its store), jq, unshare and ip.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/image-tool.sh
. scripts/node.sh

name=${1:-epollsrv}
if [ -z "${IMAGE_TEST_INSIDE:-}" ]; then
  if unshare --net true 2>/dev/null; then
    IMAGE_TEST_INSIDE=1 exec unshare --net "$0" "$@"
  fi
  echo "image-test: no network of its own may be made here; using this machine's port 6379"
else
  ip link set lo up
fi

passed=0
failed=0
# verdict TEXT STATUS
verdict() {
  if [ "$2" -eq 0 ]; then
    echo "image-test: ok: $1"
    passed=$((passed + 1))
  else
    echo "image-test: FAILED: $1"
    failed=$((failed + 1))
  fi
}
# check TEXT COMMAND...
check() {
  local text=$1 status=0
  shift
  "$@" || status=$?
  verdict "$text" "$status"
}

container=$(buildah from --pull-never "localhost/$name")
folder=$(mktemp -d)
node_pid=
clean() {
  [ -z "$node_pid" ] || kill -KILL "$node_pid" 2>/dev/null || true
  umount "$folder/read-only/data" "$folder/read-only" 2>/dev/null || true
  buildah rm "$container" >/dev/null
  rm -rf "$folder"
}
trap clean EXIT
root=$(buildah mount "$container")
config=$(buildah inspect --type container "$container" | jq '.Docker.config')

files=$(cd "$root" && find . -type f -o -type l | LC_ALL=C sort | tr '\n' ' ')
check "the image holds the program, its licences and nothing else (found: $files)" test "$files" = './epollsrv ./licenses/LICENSE ./licenses/NOTICES '
check "the notices name the GNU C Library and .NET" grep -q 'The .NET runtime (Native AOT), [0-9]' "$root/licenses/NOTICES"
labels=$(jq -r '.Labels | keys[]' <<<"$config" | sed -nE 's/^org\.opencontainers\.image\.//p' | LC_ALL=C sort | tr '\n' ' ')
check "its labels ($labels)" test "$labels" = 'description licenses revision title version '
check "/data is an empty folder of its user and of group 0" test "$(stat -c '%F %u:%g %a' "$root/data")" = 'directory 65532:0 770'
user=$(jq -r .User <<<"$config")
check "its user is a number and not 0 ($user)" grep -Eq '^[1-9][0-9]*(:[1-9][0-9]*)?$' <<<"$user"
check "its health check calls the program in exec form" test "$(jq -c .Healthcheck.Test <<<"$config")" = '["CMD","/epollsrv","healthcheck"]'
check "its entry point is the program in exec form" test "$(jq -c .Entrypoint <<<"$config")" = '["/epollsrv"]'
check "it names its port" test "$(jq -c .ExposedPorts <<<"$config")" = '{"6379/tcp":{}}'

# The image's own environment and user, as an engine would give them.
mapfile -t environment < <(jq -r '.Env[]' <<<"$config")
in_image() {
  local settings=()
  while [[ ${1:-} == *=* ]]; do
    settings+=("$1")
    shift
  done
  env -i "${environment[@]}" "${settings[@]}" "$(command -v chroot)" --userspec="$user" "$root" /epollsrv "$@"
}

status=0
timeout 10 env -i "${environment[@]}" "$(command -v chroot)" --userspec="$user" "$root" /epollsrv 2>"$folder/refused" </dev/null || status=$?
sed 's/^/  /' "$folder/refused"
check "without a password it ends with 78 (ended with $status)" test "$status" -eq 78
check "and prints the two docker run lines that work" test "$(grep -c 'docker run' "$folder/refused")" -eq 2

echo secret >"$folder/password"
mkdir -p "$root/run"
install -m 0444 "$folder/password" "$root/run/password"
for settings in EPOLLSRV_OPEN=yes EPOLLSRV_PASSWORD=secret EPOLLSRV_PASSWORD_FILE=/run/password; do
  status=0
  start_node "$folder/log" env -i "${environment[@]}" "$settings" "$(command -v chroot)" --userspec="$user" "$root" /epollsrv || status=$?
  verdict "with $settings it starts" "$status"
  if [ "$status" -eq 0 ]; then
    uid=$(awk '/^Uid:/ { print $2 }' "/proc/$node_pid/status")
    check "as user $uid" test "$uid" = "${user%%:*}"
    check "its health check passes" in_image "$settings" healthcheck
    stop_node
    check "it stops with 0 (ended with $node_status)" test "$node_status" -eq 0
  fi
  status=0
  in_image "$settings" healthcheck >/dev/null 2>&1 || status=$?
  check "its health check fails when it is gone ($status)" test "$status" -ne 0
done

# As docker run --user 12345:0 --read-only -v volume:/data: a new volume has the owner and the mode of the image's folder.
mkdir "$folder/read-only"
mount --bind "$root" "$folder/read-only"
mount -o remount,bind,ro "$folder/read-only"
mount -t tmpfs -o "uid=65532,gid=0,mode=0770" tmpfs "$folder/read-only/data"
for start in first second; do
  status=0
  start_node "$folder/log" env -i "${environment[@]}" EPOLLSRV_OPEN=yes \
    "$(command -v chroot)" --userspec=12345:0 --groups=0 "$folder/read-only" /epollsrv || status=$?
  verdict "as user 12345 of group 0, with a root that cannot be written, it starts ($start time)" "$status"
  [ "$status" -eq 0 ] || continue
  check "as user 12345" test "$(awk '/^Uid:/ { print $2 }' "/proc/$node_pid/status")" = 12345
  if [ "$start" = first ]; then
    exec 9<>/dev/tcp/127.0.0.1/6379
    printf 'SET key value\r\n' >&9
    IFS= read -r -t 10 reply <&9
    exec 9>&-
    check "it takes a key" test "$reply" = $'+OK\r'
  else
    check "its volume has kept the key" grep -q 'loaded 1 keys from /data' "$folder/log"
  fi
  stop_node
  check "it stops with 0 (ended with $node_status)" test "$node_status" -eq 0
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
