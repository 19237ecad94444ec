# Sourced: what a program is linked with. Needs Debian's packages of the compilers, and the NuGet packages of a build.
# shellcheck shell=bash disable=SC2034

# package_of FILE: the package of Debian that has a file.
package_of() {
  local file package
  file=$(readlink -f "$1")
  package=$(dpkg-query -S "$file" 2>/dev/null | sed -nE '1s/(:.*)?: .*//p')
  [ -n "$package" ] || { echo "components: no package of Debian has $1" >&2; return 1; }
  echo "$package"
}

# components x64|arm64: sets glibc_package, gcc_package (libgcc's unwinder), glibc_version, gcc_version (those of the packages),
# dotnet_version and dotnet_folder.
components() {
  local glibc=/usr/aarch64-linux-gnu/lib/libc.a gcc=aarch64-linux-gnu-gcc
  if [ "$1" = x64 ] || [ "$(uname -m)" = aarch64 ]; then
    glibc=$(gcc -print-file-name=libc.a)
    gcc=gcc
  fi
  glibc_package=$(package_of "$glibc")
  gcc_package=$(package_of "$("$gcc" -print-file-name=libgcc_eh.a)")
  glibc_version=$(dpkg-query -W -f '${Version}' "$glibc_package")
  gcc_version=$(dpkg-query -W -f '${Version}' "$gcc_package")

  # The version that the SDK chooses for a build. It starts without the ICU library, and prints nothing else, as under make.
  dotnet_version=$(DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 dotnet msbuild epollsrv.csproj -nologo -getProperty:BundledNETCoreAppPackageVersion)
  dotnet_folder=${NUGET_PACKAGES:-$HOME/.nuget/packages}/microsoft.netcore.app.runtime.nativeaot.linux-$1/$dotnet_version
  [ -f "$dotnet_folder/LICENSE.TXT" ] || { echo "components: $dotnet_folder is missing: was the program built here?" >&2; return 1; }
}
