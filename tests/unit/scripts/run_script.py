"""Runs a script as users do."""

import subprocess
import sys


def run(scripts, script, *arguments):
    """`script`: below the folder `scripts`; with what it printed."""
    return subprocess.run([sys.executable, scripts / script, *map(str, arguments)], capture_output=True, text=True, timeout=120)
