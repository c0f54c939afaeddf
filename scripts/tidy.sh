#!/bin/bash
# tidy.sh [FILE...]: clang-tidy over the given C++ files, or all of them, with the settings of .clang-tidy. Needs a build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${BUILD:-build}
[ -f "$build/compile_commands.json" ] || { echo "$build/compile_commands.json is missing; run scripts/build.sh first" >&2; exit 2; }
# clang cannot read g++'s precompiled headers and does not know all of its options.
commands=$(mktemp -d)
trap 'rm -rf "$commands"' EXIT
sed -E 's/-include [^ ]*cmake_pch\.hxx//g; s/-Winvalid-pch//g; s/-fpch-preprocess//g' "$build/compile_commands.json" >"$commands/compile_commands.json"
if [ $# -eq 0 ]; then
  mapfile -t files < <(git ls-files 'solver/*.cc' 'diffusion/*.cc' 'pipeline/*.cc')
else
  files=("$@")
fi
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "${JOBS:-$(nproc)}" clang-tidy --quiet -p "$commands"
