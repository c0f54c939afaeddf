#!/bin/bash
# final_stage.sh [PREFIX]: the last stage of an image: the packages that the program in PREFIX (default: /usr/local) runs with.
set -euo pipefail
prefix=${1:-/usr/local}
"$prefix/share/scorefem/scripts/install_packages.sh" libraries run
apt-get clean
rm -rf /var/lib/apt/lists/*
scorefem --version
