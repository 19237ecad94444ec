#!/usr/bin/env bash
# Makes the release twice, here and in a clone in another folder, and compares the bytes; then checks what is in it. Also tries
# make install, the manual page and the completions. Ends with "N passed, N failed".
# Usage: scripts/release-test.sh      Needs what make release needs, lintian, mandoc, man, zsh and npm.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/checks.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -nE 's|.*<Version>(.*)</Version>.*|\1|p' Directory.Build.props)
release=$PWD/out/release

# check NAME COMMAND...: it ends with 0.
check() {
  local name=$1 status=0
  shift
  "$@" >"$work/output" 2>&1 </dev/null || status=$?
  verdict "$name" "$status" "$work/output"
}
# refused NAME TEXT COMMAND...: it fails, and its output has the text.
refused() {
  local name=$1 text=$2 status=0
  shift 2
  "$@" >"$work/output" 2>&1 </dev/null || status=$?
  [ "$status" -ne 0 ] && grep -qF -- "$text" "$work/output" && status=0 || status=1
  verdict "$name" "$status" "$work/output"
}

check 'make release' make release "VERSION=$version"
[ -f "$release/SHA256SUMS" ] || { echo "$passed passed, $failed failed"; exit 1; }

# Nothing of the second folder may reach the files: neither its name, nor the user's mask and time zone.
clone=$work/another/folder
git clone --quiet --no-local . "$clone"
refused 'make install does not build' 'out/epollsrv is missing' make -C "$clone" install "DESTDIR=$work/nothing"
check 'make install leaves nothing when it fails' test ! -e "$work/nothing"
check 'make release in another folder' env TZ=Asia/Tokyo bash -c 'umask 077; cd "$1" && make release VERSION="$2"' - "$clone" "$version"
for file in "$release"/*; do
  check "the same bytes: $(basename "$file")" cmp "$file" "$clone/out/release/$(basename "$file")"
done
refused 'a release needs a version' "make release VERSION=$version" "$clone/scripts/release.sh"
refused 'the version is that of Directory.Build.props' "VERSION is 9.9.9, and Directory.Build.props says $version" "$clone/scripts/release.sh" 9.9.9
echo >>"$clone/README.md"
refused 'a release is made of what is committed' 'not committed' "$clone/scripts/release.sh" "$version"
sed -i "s|<Version>.*</Version>|<Version>9.9.9</Version>|" "$clone/Directory.Build.props"
refused 'the version is that of the newest entry of CHANGELOG.md' "CHANGELOG.md is $version" "$clone/scripts/release.sh" 9.9.9

check 'SHA256SUMS' bash -c "cd '$release' && sha256sum --check --strict SHA256SUMS && [ \"\$(wc -l <SHA256SUMS)\" -eq 6 ]"

for architecture in x64 arm64; do
  program=out/epollsrv debian=amd64 emulator=()
  if [ "$architecture" = arm64 ]; then
    program=out/arm64/epollsrv debian=arm64 emulator=(qemu-aarch64-static -cpu cortex-a53)
  fi
  says="epollsrv $version ($(git describe --always --abbrev=12 '--exclude=*'), linux-$architecture, static)"

  root=$work/tar-$architecture
  mkdir "$root"
  tar -xzf "$release/epollsrv-$version-linux-$architecture.tar.gz" -C "$root" --strip-components=1
  check "$architecture tarball: its files" diff <(cd "$root" && find . -type f | LC_ALL=C sort) <(printf './%s\n' bin/epollsrv lib/systemd/system/epollsrv.{service,socket} \
    share/bash-completion/completions/epollsrv share/doc/epollsrv/{CHANGELOG.md,LICENSE,NOTICES,README.md,epollsrv.conf} share/man/man1/epollsrv.1 share/zsh/site-functions/_epollsrv)
  check "$architecture tarball: its program" cmp "$program" "$root/bin/epollsrv"
  check "$architecture tarball: its unit starts /usr/local/bin/epollsrv" grep -q '^ExecStart=/usr/local/bin/epollsrv serve' "$root/lib/systemd/system/epollsrv.service"
  check "$architecture tarball: no owner, and one time" bash -c "! tar -tvzf '$release/epollsrv-$version-linux-$architecture.tar.gz' --full-time --numeric-owner |
    grep -v ' 0/0 .* $(date -d "@$(git log -1 --format=%ct)" '+%Y-%m-%d %H:%M:%S') '"
  for text in 'GNU LESSER GENERAL PUBLIC LICENSE' 'The GNU C Library, 2.' 'The .NET runtime (Native AOT), [0-9]' 'Copyright (c) .NET Foundation and Contributors' 'License notice for'; do
    check "$architecture tarball: the notices have \"$text\"" grep -q -- "$text" "$root/share/doc/epollsrv/NOTICES"
  done

  package=$release/epollsrv_${version}_$debian.deb
  check "$architecture .deb: lintian" lintian --allow-root --fail-on error,warning "$package"
  root=$work/deb-$architecture
  dpkg-deb -x "$package" "$root"
  check "$architecture .deb: its architecture and version" test "$(dpkg-deb -f "$package" Architecture) $(dpkg-deb -f "$package" Version)" = "$debian $version"
  check "$architecture .deb: its files" diff <(cd "$root" && find . -type f | LC_ALL=C sort) <(printf './%s\n' etc/epollsrv.conf usr/bin/epollsrv usr/lib/systemd/system/epollsrv.{service,socket} \
    usr/share/bash-completion/completions/epollsrv usr/share/doc/epollsrv/{CHANGELOG.md.gz,NOTICES.gz,changelog.gz,copyright} usr/share/lintian/overrides/epollsrv \
    usr/share/man/man1/epollsrv.1.gz usr/share/zsh/vendor-completions/_epollsrv)
  check "$architecture .deb: its program says what it is" test "$("${emulator[@]}" "$root/usr/bin/epollsrv" --version)" = "$says"
  check "$architecture .deb: its program checks itself" "${emulator[@]}" "$root/usr/bin/epollsrv" selfcheck
  check "$architecture .deb: the only configuration file" test "$(dpkg-deb --ctrl-tarfile "$package" | tar -xO ./conffiles)" = /etc/epollsrv.conf
done

sbom=$release/epollsrv-$version.spdx.json
check 'SBOM: what is linked into each program' test "$(jq -r '.relationships[] | select(.relationshipType == "STATIC_LINK") | .spdxElementId + " " + .relatedSpdxElement' "$sbom" | sed 's/SPDXRef-//g' | tr '\n' ,)" = \
  'epollsrv-x64 glibc-x64,epollsrv-x64 dotnet-runtime-x64,epollsrv-x64 libgcc-x64,epollsrv-arm64 glibc-arm64,epollsrv-arm64 dotnet-runtime-arm64,epollsrv-arm64 libgcc-arm64,'
check 'SBOM: every package has a version and a licence' jq -e '[.packages[] | (.versionInfo | test("^[0-9]+\\.[0-9]|^[0-9]+-")) and (.licenseDeclared | length > 2)] | length == 8 and all' "$sbom"
check 'SBOM: the programs are these' test "$(jq -r '.packages[].checksums[0].checksumValue // empty' "$sbom" | tr '\n' ' ')" = "$(sha256sum out/epollsrv out/arm64/epollsrv | cut -d ' ' -f 1 | tr '\n' ' ')"
check 'SBOM: programs of others read it' scripts/sbom-test.sh "$sbom"

mkdir "$work/oci"
tar -xf "$release/epollsrv-$version-oci.tar" -C "$work/oci"
blob() { cat "$work/oci/blobs/${1/://}"; }
index=$(blob "$(jq -r '.manifests[0].digest' "$work/oci/index.json")")
check 'image: both architectures' test "$(jq -r '.manifests[].platform | .os + "/" + .architecture' <<<"$index" | tr '\n' ' ')" = 'linux/amd64 linux/arm64 '
for digest in $(jq -r '.manifests[].digest' <<<"$index"); do
  manifest=$(blob "$digest")
  config=$(blob "$(jq -r .config.digest <<<"$manifest")")
  architecture=$(jq -r .architecture <<<"$config")
  blob "$(jq -r '.layers[0].digest' <<<"$manifest")" >"$work/layer"
  program=out/epollsrv
  [ "$architecture" = amd64 ] || program=out/arm64/epollsrv
  check "image $architecture: its program" bash -c "tar -xzO -f '$work/layer' epollsrv | cmp - $program"
  check "image $architecture: its files" test "$(tar -tzf "$work/layer" | grep -v '/$' | LC_ALL=C sort | tr '\n' ' ')" = 'epollsrv licenses/LICENSE licenses/NOTICES '
  check "image $architecture: its labels" test "$(jq -r '.config.Labels | [."org.opencontainers.image.version", ."org.opencontainers.image.revision"] | join(" ")' <<<"$config")" = "$version $(git rev-parse HEAD)"
done

# make install.
for program in out/epollsrv out/arm64/epollsrv; do
  root=$work/install/$program
  check "make install PROGRAM=$program" make install "PROGRAM=$program" "DESTDIR=$root"
  check "$program is what it installs" cmp "$program" "$root/usr/local/bin/epollsrv"
  echo '# changed' >>"$root/etc/epollsrv.conf"
  check 'make install again' make install "PROGRAM=$program" "DESTDIR=$root"
  check 'it keeps /etc/epollsrv.conf' grep -q '^# changed$' "$root/etc/epollsrv.conf"
  check 'make uninstall' make uninstall "DESTDIR=$root"
  check 'it leaves only /etc/epollsrv.conf' test "$(cd "$root" && find . -type f)" = ./etc/epollsrv.conf
done

# The manual page and the completions.
check 'manual and completions are what --help-all says' scripts/manual.sh --check
check 'mandoc has no complaint' mandoc -T lint -W warning packaging/epollsrv.1
check 'man has no warning' test -z "$(man --warnings -l packaging/epollsrv.1 2>&1 >/dev/null)"
# completed EXPECTED WORD...: what bash offers for the last word.
completed() {
  local expected=$1
  shift
  check "bash completes: epollsrv $*" test "$(bash -c '. packaging/epollsrv.bash; compopt() { :; }; COMP_WORDS=(epollsrv "$@") COMP_CWORD=$#; _epollsrv; echo "${COMPREPLY[*]}"' - "$@")" = "$expected"
}
completed 'serve selfcheck' se
completed '--max-value' serve --max-v
completed '--max-value' --max-v
completed 'oneshot' serve --rearm o
completed 'oneshot' serve --rearm = o
completed 'README.md' serve --config READ
completed 'scripts' serve --data scr
completed 'healthcheck help' help he
completed '' serve --port ''
check 'the completion for zsh is zsh' zsh -n packaging/_epollsrv
check 'zsh finds the completion' zsh -fc 'fpath=($PWD/packaging $fpath); autoload -U compinit && compinit -u -D && [[ $_comps[epollsrv] == _epollsrv ]] && autoload +X _epollsrv'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
