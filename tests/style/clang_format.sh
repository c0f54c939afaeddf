#!/bin/bash
# Every C++ file is as clang-format would write it; `clang-format -i FILE` mends one.
set -euo pipefail
find solver diffusion pipeline tests \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 clang-format --dry-run -Werror
