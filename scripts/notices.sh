#!/usr/bin/env bash
# Prints the notices of what is linked into a program beside epollsrv itself: the GNU C Library and the .NET runtime.
# Usage: scripts/notices.sh x64|arm64
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/components.sh

components "$1"
cat <<END
epollsrv is under the licence in the file LICENSE. The program is linked statically with these works:

1. The GNU C Library, ${glibc_version%%-*} (Debian's package $glibc_package $glibc_version), under the GNU Lesser General Public
   License, version 2.1 or later. Some of its functions are replaced by epollsrv's own. To use another version of the library, build
   the program from the sources of this commit, $(git rev-parse HEAD 2>/dev/null || echo unknown), against it: docs/BUILDING.md explains how.
2. The .NET runtime (Native AOT), $dotnet_version, under the MIT licence.
3. The unwinder of GCC's libgcc (Debian's package $gcc_package $gcc_version), under the GNU General Public License,
   version 3, with the GCC Runtime Library Exception, which allows this use without conditions.

The notices of the first two follow.

======== The GNU C Library: copyright and licences ========

END
cat /usr/share/doc/libc6-dev/copyright
printf '\n======== GNU Lesser General Public License, version 2.1 ========\n\n'
cat /usr/share/common-licenses/LGPL-2.1
printf '\n======== The .NET runtime: licence ========\n\n'
tr -d '\r' <"$dotnet_folder/LICENSE.TXT"
printf '\n======== The .NET runtime: third-party notices ========\n\n'
tr -d '\r' <"$dotnet_folder/THIRD-PARTY-NOTICES.TXT"
