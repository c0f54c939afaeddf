#!/bin/bash
# Every C++ file is as clang-format 14 would write it; `clang-format -i FILE` mends one. Other versions lay out some
# lines otherwise: with them the test is skipped (status 77).
set -euo pipefail
program=$(command -v clang-format-14 || command -v clang-format)
version=$("$program" --version)
case $version in
  *' version 14.'*) ;;
  *) echo "skipped: the layout is that of clang-format 14; this is $version"; exit 77 ;;
esac
find solver diffusion pipeline tests \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 "$program" --dry-run -Werror
