#!/usr/bin/env python3
"""man_page.py PROGRAM PAGE: writes the manual page scorefem(1) from what the program says with --help."""
import re
import subprocess
import sys

ENVIRONMENT = """\
.TP
.B SCOREFEM_SCRIPTS
Folder of the scripts that make figures and reports; default: beside the program, in share/scorefem/scripts/program.
.TP
.B OMP_NUM_THREADS
is not read: see
.BR \\-\\-threads ."""


def asked(program, *words):
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout


def escaped(text):
    """Text as roff shows it unchanged."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def as_it_is(text):
    return f".nf\n{escaped(text.strip())}\n.fi"


def commands(text):
    """Names of the commands, from the list that ends the program's help."""
    after = text.split("Subcommands:" if "Subcommands:" in text else "SUBCOMMANDS:", 1)[1]
    return re.findall(r"^  ([a-z]+)\s", after, flags=re.MULTILINE)


def page(program):
    text = asked(program, "--help")
    version = asked(program, "--version").split()[1]
    summary = text.strip().splitlines()[0].split(": ", 1)[1]
    sections = [f'.TH SCOREFEM 1 "" "ScoreFEM {version}" "User commands"',
                f".SH NAME\nscorefem \\- {escaped(summary)}",
                ".SH SYNOPSIS\n.B scorefem\n.I COMMAND CONFIG\n[options]",
                f".SH DESCRIPTION\n{as_it_is(text)}"]
    for name in commands(text):
        sections.append(f'.SH "SCOREFEM {name.upper()}"\n{as_it_is(asked(program, name, "--help"))}')
    sections.append(f".SH ENVIRONMENT\n{ENVIRONMENT}")
    return "\n".join(sections) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(page(sys.argv[1]))
