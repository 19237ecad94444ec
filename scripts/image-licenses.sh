#!/usr/bin/env bash
# Makes the image's folder of licences: epollsrv's own, and the notices of what is linked into the program.
# Usage: scripts/image-licenses.sh PROGRAM FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

# The machine in the program's header: 183 is arm64.
architecture=x64
[ "$(od -An -t u2 -j 18 -N 2 "$1" | tr -d ' ')" != 183 ] || architecture=arm64
install -D -m 0644 -t "$2" LICENSE
scripts/notices.sh "$architecture" >"$2/NOTICES"
