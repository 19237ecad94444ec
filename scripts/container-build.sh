#!/usr/bin/env bash
# The build stage of the Dockerfile: on Debian or Ubuntu as root, with the .NET SDK 10 on the PATH, makes out/epollsrv.
# CI runs the same script in an empty Debian root (scripts/clean-root-test.sh).
set -euo pipefail
cd "$(dirname "$0")/.."

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends gcc libc6-dev make git
# A copied work tree belongs to somebody else, and git then refuses to tell the commit.
git config --global --add safe.directory "$PWD"
make out/epollsrv
scripts/image-licenses.sh out/epollsrv out/licenses
# For the image: an empty folder where a volume can be mounted.
mkdir -p out/volume/data
chmod 0770 out/volume/data
