#!/usr/bin/env bash
# Unpacks valkey 8 of Debian's backports under out/valkey/, once; nothing is installed. The tests find its programs there.
# Exit code 75: it cannot be had here; the last line says why. It uses the libraries that redis-server needs as well.
set -euo pipefail
cd "$(dirname "$0")/.."

target=out/valkey
[ ! -x "$target/usr/bin/valkey-server" ] || exit 0

refuse() {
  echo "valkey-server: $1"
  exit 75
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for program in apt-get dpkg-deb; do
  command -v "$program" >/dev/null || refuse "there is no $program here"
done
[ -r "$keyring" ] || refuse "there is no $keyring here (package debian-archive-keyring)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/root"
echo "deb [signed-by=$keyring] http://deb.debian.org/debian bookworm-backports main" >"$work/sources.list"
options=(-q -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$work/lists"
  -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root -o Acquire::Retries=2 -o Acquire::http::Timeout=20)
if ! (cd "$work" && apt-get "${options[@]}" update && apt-get "${options[@]}" download valkey-server valkey-tools) >"$work/log" 2>&1; then
  tail -n 3 "$work/log"
  refuse "the packages valkey-server and valkey-tools of bookworm-backports cannot be fetched from deb.debian.org"
fi
for package in "$work"/*.deb; do
  dpkg-deb -x "$package" "$work/root"
done
"$work/root/usr/bin/valkey-server" --version >/dev/null 2>"$work/log" || refuse "it does not run: $(tail -n 1 "$work/log")"

# In one step: a run that is interrupted leaves nothing.
rm -rf "$target"
mkdir -p out
mv "$work/root" "$target"
