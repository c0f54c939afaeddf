"""Calls of the program."""

import subprocess
import sys

from ..machine import ROOT


def run(program, command, config, *arguments, expected=(0,)):
    """What the program printed and returned; ends here with its message if that is not expected."""
    line = [str(program), command, str(config), *map(str, arguments)]
    result = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode not in expected:
        sys.exit(f"{' '.join(line)}\n{result.stderr}")
    return result


def settings(pairs):
    """a.b.c=value, as arguments."""
    return [word for pair in pairs for word in ("--set", pair)]


def version(program):
    """As "0.1.0 (1d601cf98eee)", which result files hold in two attributes."""
    text = subprocess.run([str(program), "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return text.splitlines()[0].removeprefix("scorefem ")
