#!/bin/bash
# build.sh [TARGET...]: install what is missing (Debian 12 and 13), configure and build; all targets by default.
# PRESET chooses the CMake preset (release, ci, development, sanitize), JOBS the number of parallel compilations.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
preset=${PRESET:-release}
case $preset in release) build=build ;; *) build=build-$preset ;; esac

scripts/install_packages.sh build

# A translation unit with deal.II or LibTorch takes up to 1.5 GB: as many jobs as memory and cores allow.
parallel_jobs() {
  local cores memory_kb limit
  cores=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
  if [ "$limit" != max ] && [ $((limit / 1024)) -lt "$memory_kb" ]; then memory_kb=$((limit / 1024)); fi
  local jobs=$((memory_kb / 1500000))
  if [ "$jobs" -gt "$cores" ]; then jobs=$cores; fi
  if [ "$jobs" -lt 1 ]; then jobs=1; fi
  echo "$jobs"
}

# Ninja reruns CMake when a CMakeLists.txt changed, but does not know the presets.
if [ ! -f "$build/build.ninja" ] || [ CMakePresets.json -nt "$build/build.ninja" ]; then
  echo "Configuring preset $preset in $build/"
  mkdir -p "$build"
  cmake --preset "$preset" >"$build/configure.log" 2>&1 || {
    cat "$build/configure.log" >&2
    echo "Configuring failed (preset $preset)." >&2
    exit 1
  }
  touch "$build/build.ninja"
fi
# Steps that run each time (the commit is looked up) print nothing: neither does a build with nothing to do.
ninja -C "$build" -j "${JOBS:-$(parallel_jobs)}" "$@" |
  { grep --line-buffered -vE '^ninja: (Entering directory|no work to do)|^\[[0-9]+/[0-9]+\] cd ' || true; }
