#!/bin/bash
# unpack_packages.sh FOLDER LIST...: unpack the packages of scripts/packages/LIST.txt in FOLDER, those that are not there yet, without
# installing them: nothing of the system changes, above all not its alternatives. Needs no root where apt knows its packages.
# Silent and offline when nothing is missing. SCOREFEM_SKIP_PACKAGES=1 takes the system as it is.
set -euo pipefail
[ "${SCOREFEM_SKIP_PACKAGES:-0}" = 1 ] && exit 0
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$1
shift

missing=()
for list in "$@"; do
  while read -r name _; do
    case $name in '' | '#'*) ;; *) [ -e "$folder/$name.unpacked" ] || missing+=("$name") ;; esac
  done <"$root/scripts/packages/$list.txt"
done
[ ${#missing[@]} -eq 0 ] && exit 0

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
archives=$(mktemp -d)
trap 'rm -rf "$archives"' EXIT
download() { (cd "$archives" && apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root download "${missing[@]}" </dev/null) >"$archives/log" 2>&1; }
update() { [ "$(id -u)" -eq 0 ] && apt-get -q -o Acquire::Retries=3 update </dev/null >"$archives/log" 2>&1; }
echo "Unpacking ${#missing[@]} Debian packages in $folder: ${missing[*]}"
download || { update && download; } || {
  tail -n 20 "$archives/log" >&2
  echo "Could not download the packages: ${missing[*]} (apt-get's last lines are above)." >&2
  exit 1
}
for name in "${missing[@]}"; do
  dpkg-deb -x "$archives/$name"_*.deb "$folder"
  touch "$folder/$name.unpacked"
done
