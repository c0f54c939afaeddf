#!/bin/bash
# run.sh [CONFIG] [OPTION...]: build what changed, run all stages of CONFIG (default: inputs/quickstart.yaml)
# and name the report. Options go to `scorefem run`, e.g. --set noise.relative=0.1, --output DIR, --force.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
config=$root/inputs/quickstart.yaml
case ${1:-} in '' | -*) ;; *) config=$1; shift ;; esac

preset=${PRESET:-release}
case $preset in release) build=build ;; *) build=build-$preset ;; esac
"$root/scripts/build.sh" scorefem
exec "$root/$build/scorefem" run "$config" "$@"
