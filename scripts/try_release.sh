#!/bin/bash
# try_release.sh RELEASE [STEP [OPTION...]]: builds ScoreFEM and runs its tests in a chroot of a Debian release
# (bookworm, trixie, sid), with that release's packages. To be run by whoever changes a dependency. Needs root and
# debootstrap; the first run fetches 2 GB of packages and takes half an hour longer than later ones.
#
# STEP   packages, build, test or shell: install and stop, build, build and test (default), or an interactive shell.
#        Options go to ctest (test) or ninja (build), e.g. try_release.sh trixie test -L unit -j 2
#
# Tried is what git tracks, with changes not yet committed; new files have to be added first (git add).
# The chroots stay under SCOREFEM_RELEASES (default: /var/tmp/scorefem-releases), each with a compiler cache: later
# runs compile what changed. Packages come from where the machine's own apt takes them, or SCOREFEM_MIRROR.
set -euo pipefail
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 2; }
[ $# -ge 1 ] || usage
release=$1 step=${2:-test}
shift $(($# > 1 ? 2 : 1))
case $release in '' | -* | */*) usage ;; esac
case $step in packages | build | test | shell) ;; *) usage ;; esac
[ "$(id -u)" -eq 0 ] || { echo "try_release.sh: a chroot needs root" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "try_release.sh: debootstrap is missing (apt-get install debootstrap)" >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
chroot=${SCOREFEM_RELEASES:-/var/tmp/scorefem-releases}/$release

if [ ! -e "$chroot/bootstrapped" ]; then
  mirror=${SCOREFEM_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 2>/dev/null | head -n 1 || true)}
  mkdir -p "$chroot"
  debootstrap --variant=minbase "$release" "$chroot" "${mirror:-http://deb.debian.org/debian/}"
  # A proxy, or a mirror that stands still, is set up in the machine's own apt.
  apt-config dump Acquire | grep -E '^Acquire::(Check-|http|Languages)' >"$chroot/etc/apt/apt.conf.d/90machine" || true
  touch "$chroot/bootstrapped"
fi
cp --dereference /etc/resolv.conf "$chroot/etc/resolv.conf"

# The tracked files as they are now, as a commit that no branch of this repository knows.
commit=$(git -C "$root" stash create)
[ -d "$chroot/scorefem/.git" ] || git init --quiet "$chroot/scorefem"
git -C "$root" push --quiet --force "$chroot/scorefem" "${commit:-HEAD}:refs/heads/tried"
git -C "$chroot/scorefem" checkout --quiet --force --detach tried

# In the chroot: as a user would, from a bare system.
case $step in
  packages) command='scripts/install_packages.sh build test paper' ;;
  build) command='scripts/build.sh "$@"' ;;
  test) command='scripts/test.sh "$@" </dev/null' ;;
  shell) command='exec bash' ;;
esac
# Mounts and processes of their own end with the script.
export chroot command
exec unshare --mount --pid --fork --kill-child bash -c '
  set -e
  mount -t proc proc "$chroot/proc"
  mount --rbind /dev "$chroot/dev"
  mount -t tmpfs tmpfs "$chroot/tmp"
  exec chroot "$chroot" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    ${TERM:+"TERM=$TERM"} ${JOBS:+"JOBS=$JOBS"} ${PRESET:+"PRESET=$PRESET"} \
    ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
    bash -c "cd /scorefem && $command" bash "$@"
' bash "$@"
