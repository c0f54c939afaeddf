#!/bin/bash
# build_stage.sh PREFIX: the first stage of an image: builds the program and installs it to PREFIX, with what the last stage
# needs to install the packages of its shared libraries (their names have the libraries' versions in them).
set -euo pipefail
prefix=${1:?usage: build_stage.sh PREFIX}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scripts/install_packages.sh build
[ -f build/build.ninja ] || cmake --preset release -DSCOREFEM_BUILD_TESTS=OFF >/dev/null
scripts/build.sh scorefem
# Not the libraries and headers: an image runs the program.
cmake --install build --prefix "$prefix" --component program --strip

# The packages of the libraries that the program names, not of those behind them, which come as dependencies.
libraries() {
  local name path
  for name in $(objdump -p "$prefix/bin/scorefem" | awk '$1 == "NEEDED" { print $2 }'); do
    path=$(ldd "$prefix/bin/scorefem" | awk -v name="$name" '$1 == name { print $3 }')
    [ -n "$path" ] || continue
    path=$(realpath "$path")
    # A package may know the path without /usr, from before the folders were merged.
    { dpkg-query -S "$path" 2>/dev/null || dpkg-query -S "${path#/usr}"; } | sed 's/:.*//'
  done | sort -u
}
scripts=$prefix/share/scorefem/scripts
mkdir -p "$scripts/packages"
libraries >"$scripts/packages/libraries.txt"
cp scripts/packages/run.txt "$scripts/packages"
cp scripts/install_packages.sh "$scripts"
