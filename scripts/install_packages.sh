#!/bin/bash
# install_packages.sh LIST...: install those packages of scripts/packages/LIST.txt that are missing.
# Silent and offline when nothing is missing. SCOREFEM_SKIP_PACKAGES=1 takes the system as it is.
set -euo pipefail
[ "${SCOREFEM_SKIP_PACKAGES:-0}" = 1 ] && exit 0
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

wanted=()
for list in "$@"; do
  while read -r name _; do
    case $name in '' | '#'*) ;; *) wanted+=("$name") ;; esac
  done <"$root/scripts/packages/$list.txt"
done

missing=("${wanted[@]}")
if command -v dpkg-query >/dev/null; then
  installed=" $(dpkg-query -W -f='${db:Status-Status}/${Package} ' "${wanted[@]}" 2>/dev/null || true)"
  missing=()
  for name in "${wanted[@]}"; do
    case $installed in *" installed/$name "*) ;; *) missing+=("$name") ;; esac
  done
fi
[ ${#missing[@]} -eq 0 ] && exit 0

# Testing and unstable have no VERSION_ID: their packages have the same names. (The variable is for tests.)
# shellcheck source=/dev/null
system=$(. "${SCOREFEM_OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-${VERSION_CODENAME:-}}") || system=unknown
case $system in
  'debian 12' | 'debian 13') ;;
  'debian '*[a-z]*) echo "Debian 12 is tested, and 13 as far as it compiles; this is $system: going on with the same package names." >&2 ;;
  *)
    cat >&2 <<MESSAGE
ScoreFEM installs its packages by itself on Debian 12 and 13; this is "$system".
Missing, by Debian's names: ${missing[*]}
Either
- use a container of Debian 13 (scripts/containers), which needs no root with Apptainer, or
- install their equivalents yourself (deal.II >= 9.4 with MPI, PETSc and p4est; LibTorch >= 1.13; oneDNN 2 or 3;
  HDF5 built with the same MPI; the others are named in scripts/packages), point CMAKE_PREFIX_PATH at those outside
  the system's paths, and set SCOREFEM_SKIP_PACKAGES=1 to go on without this check.
MESSAGE
    exit 1
    ;;
esac

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Missing packages: ${missing[*]}. Install them as root, or install sudo." >&2; exit 1; }
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} Debian packages (on a fresh machine: several minutes): ${missing[*]}"
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" </dev/null; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ apt update && apt install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
  tail -n 40 "$log" >&2
  echo "Could not install the packages: ${missing[*]} (apt-get's last lines are above)." >&2
  exit 1
}
