#!/bin/bash
# try_release.sh RELEASE [STEP [OPTION...]]: builds ScoreFEM and runs its tests in a chroot of a Debian release
# (bookworm, trixie, sid), with that release's packages. To be run by whoever changes a dependency. Needs root and
# debootstrap; the first run fetches and unpacks 900 packages.
#
# STEP   packages   install the packages of build and tests, and stop
#        build      build; options go to ninja: try_release.sh trixie build scorefem
#        test       build and test (the default); options go to ctest: try_release.sh trixie test -L unit -j 2
#        container  the two stages of scripts/containers: build, and run in a bare chroot with what the image would have
#        shell      an interactive shell
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
case $step in packages | build | test | container | shell) ;; *) usage ;; esac
[ "$(id -u)" -eq 0 ] || { echo "try_release.sh: a chroot needs root" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "try_release.sh: debootstrap is missing (apt-get install debootstrap)" >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
releases=${SCOREFEM_RELEASES:-/var/tmp/scorefem-releases}

# bootstrap DIR: a bare system.
bootstrap() {
  local mirror
  if [ ! -e "$1/bootstrapped" ]; then
    mirror=${SCOREFEM_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 2>/dev/null | sed -n 1p)}
    mkdir -p "$1"
    debootstrap --variant=minbase "$release" "$1" "${mirror:-http://deb.debian.org/debian/}"
    # A proxy, or a mirror that stands still, is set up in the machine's own apt.
    apt-config dump Acquire | grep -E '^Acquire::(Check-|http|Languages)' >"$1/etc/apt/apt.conf.d/90machine" || true
    touch "$1/bootstrapped"
  fi
  cp --dereference /etc/resolv.conf "$1/etc/resolv.conf"
}

# inside DIR COMMAND [ARGUMENT...]: a bash command in DIR, without this machine's environment. Mounts and processes of its
# own end with it.
inside() {
  local variables=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8) name
  for name in TERM JOBS PRESET http_proxy https_proxy; do
    if [ -n "${!name:-}" ]; then variables+=("$name=${!name}"); fi
  done
  local dir=$1
  shift
  unshare --mount --pid --fork --kill-child bash -c '
    set -e
    dir=$1
    shift
    mount -t proc proc "$dir/proc"
    mount --rbind /dev "$dir/dev"
    mount -t tmpfs tmpfs "$dir/tmp"
    exec chroot "$dir" /usr/bin/env --ignore-environment "$@"' \
    bash "$dir" "${variables[@]}" bash -c "$@"
}

system=$releases/$release
bootstrap "$system"
# The tracked files as they are now, as a commit that no branch of this repository knows.
commit=$(git -C "$root" stash create)
[ -d "$system/scorefem/.git" ] || git init --quiet "$system/scorefem"
git -C "$root" push --quiet --force "$system/scorefem" "${commit:-HEAD}:refs/heads/tried"
git -C "$system/scorefem" checkout --quiet --force --detach tried

# In the chroot: as a user would, from a bare system.
case $step in
  packages) inside "$system" 'cd /scorefem && scripts/install_packages.sh build test paper' ;;
  build) inside "$system" 'cd /scorefem && scripts/build.sh "$@"' bash "$@" ;;
  test) inside "$system" 'cd /scorefem && scripts/test.sh "$@" </dev/null' bash "$@" ;;
  shell) inside "$system" 'cd /scorefem && exec bash' ;;
  container)
    inside "$system" 'rm -rf /opt/scorefem && /scorefem/scripts/containers/build_stage.sh /opt/scorefem'
    image=$system-image
    rm -rf --one-file-system "$image"
    bootstrap "$image"
    cp -a "$system/opt/scorefem/." "$image/usr/local"
    cp "$root/scripts/containers/final_stage.sh" "$image/root"
    inside "$image" /root/final_stage.sh
    inside "$image" 'cd /root && scorefem run /usr/local/share/scorefem/inputs/quickstart.yaml --output /root/run \
      --set training.epochs=5 --set data.train=500 && ls -l /root/run/report.html'
    echo "the image would have $(du -sm --one-file-system "$image" | cut -f 1) MB"
    ;;
esac
