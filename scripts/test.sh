#!/bin/bash
# test.sh [OPTION...]: build everything and run all tests. Options go to ctest, e.g. -L unit, -R sampler, -LE slow.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/scripts/install_packages.sh" build test paper
# Without them a test of three BLAS libraries is skipped, or fails in continuous integration.
"$root/scripts/unpack_packages.sh" "$root/build-packages" unpacked || echo "Going on without them." >&2
"$root/scripts/build.sh"
# MPI tests run more ranks than cores and, in containers, as root.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Two tests at a time, as most use one core; threads that wait leave theirs to the other.
export OMP_WAIT_POLICY=passive
cd "$root"
exec ctest --preset "${PRESET:-release}" --parallel 2 "$@"
