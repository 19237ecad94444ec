#!/usr/bin/env bash
# Prints the bill of materials of a release in SPDX 2.3 (JSON): epollsrv for each architecture, and what is linked into it statically.
# Usage: SOURCE_DATE_EPOCH=N scripts/sbom.sh VERSION      Needs jq.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/components.sh

version=$1
commit=$(git rev-parse HEAD)

# program ARCHITECTURE FILE: one line of JSON, what the program of an architecture is made of.
program() {
  components "$1"
  jq -n --arg architecture "$1" --arg sum "$(sha256sum "$2" | cut -d ' ' -f 1)" \
    --arg glibc "$glibc_version" --arg glibcPackage "$glibc_package" \
    --arg gcc "$gcc_version" --arg gccPackage "$gcc_package" --arg dotnet "$dotnet_version" '$ARGS.named'
}

{
  program x64 out/epollsrv
  program arm64 out/arm64/epollsrv
} | jq -s --arg version "$version" --arg commit "$commit" --arg created "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" '
  def id($name): "SPDXRef-" + ($name | gsub("[^A-Za-z0-9.-]"; "-"));
  def reference($locator): [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: $locator }];
  def package($name; $version; $license; $supplier; $references):
    { SPDXID: id($name), name: $name, versionInfo: $version, supplier: $supplier, downloadLocation: "NOASSERTION", filesAnalyzed: false,
      licenseConcluded: $license, licenseDeclared: $license, copyrightText: "NOASSERTION", externalRefs: $references };
  def debian($package; $version): reference("pkg:deb/debian/\($package)@\($version | @uri)?distro=bookworm");
  . as $programs | "Organization: Debian" as $debian |
  {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: "epollsrv-\($version)",
    documentNamespace: "https://spdx.org/spdxdocs/epollsrv-\($version)-\($commit)",
    creationInfo: { created: $created, creators: ["Organization: the epollsrv authors", "Tool: scripts/sbom.sh"] },
    packages: [ $programs[] | .architecture as $a |
      (package("epollsrv-\($a)"; $version; "MIT"; "Organization: the epollsrv authors"; reference("pkg:generic/epollsrv@\($version)?arch=\($a)"))
        + { primaryPackagePurpose: "APPLICATION", checksums: [{ algorithm: "SHA256", checksumValue: .sum }], sourceInfo: "built from commit \($commit)" }),
      package("glibc-\($a)"; .glibc; "LGPL-2.1-or-later"; $debian; debian(.glibcPackage; .glibc)),
      package("dotnet-runtime-\($a)"; .dotnet; "MIT"; "Organization: Microsoft";
        reference("pkg:nuget/Microsoft.NETCore.App.Runtime.NativeAOT.linux-\($a)@\(.dotnet)")),
      package("libgcc-\($a)"; .gcc; "GPL-3.0-or-later WITH GCC-exception-3.1"; $debian; debian(.gccPackage; .gcc))
    ],
    relationships: [ $programs[] | .architecture as $a |
      { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: id("epollsrv-\($a)") },
      ("glibc", "dotnet-runtime", "libgcc" |
        { spdxElementId: id("epollsrv-\($a)"), relationshipType: "STATIC_LINK", relatedSpdxElement: id("\(.)-\($a)") })
    ],
    # Optional in SPDX 2.3; the sbom-tool of Microsoft needs it.
    files: []
  }'
