#!/usr/bin/env python3
"""man_page.py PROGRAM PAGE: writes the manual page scorefem(1) from what the program says with --help."""
import re
import subprocess
import sys
import textwrap

WIDTH = 72  # beside the page's margin

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


def folded(line):
    """Lines that fit a terminal, beneath the text that they go on with: of an option or command its description. Commands stay whole."""
    if len(line) <= WIDTH or line.startswith("  scorefem "):
        return line
    start = re.match(r"\s*(?:\S.*?\s{2,}(?=\S))?", line).end()
    return textwrap.fill(line[start:], WIDTH, initial_indent=line[:start], subsequent_indent=" " * min(start, WIDTH // 2),
                         break_long_words=False, break_on_hyphens=False)


def as_it_is(text):
    return ".nf\n" + escaped("\n".join(map(folded, text.strip().splitlines()))) + "\n.fi"


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
