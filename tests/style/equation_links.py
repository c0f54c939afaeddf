#!/usr/bin/env python3
"""Links of diffusion/paper_equations.md, [`name`](file#Lnumber), lead to a line of that file which bears the name.

equation_links.py [--fix]: --fix writes the number of the first line that does, or, if there is one, of the first that defines it.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "diffusion" / "paper_equations.md"
LINK = re.compile(r"\[`([^`]+)`\]\(([^)#]+)#L(\d+)\)")
FILE = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def lines_with(name, file):
    """Numbers from 1 of the file's lines with the name; definitions, which begin at the margin, come first."""
    numbered = list(enumerate(file.read_text(encoding="utf-8").splitlines(), 1))
    found = [(line.startswith((" ", "/", "#")), number) for number, line in numbered if name in line]
    return [number for _, number in sorted(found)]


def main():
    text = PAGE.read_text(encoding="utf-8")
    errors = [f"no file {target}" for target in FILE.findall(text) if not (PAGE.parent / target).exists()]

    def check(match):
        name, target, number = match.groups()
        file = PAGE.parent / target
        lines = lines_with(name, file) if file.is_file() else []
        if not lines:
            errors.append(f"{target} has no line with '{name}'")
            return match[0]
        if int(number) not in lines:
            errors.append(f"{target}#L{number} does not have '{name}'; line {lines[0]} does")
        return f"[`{name}`]({target}#L{number if int(number) in lines else lines[0]})"

    fixed = LINK.sub(check, text)
    if "--fix" in sys.argv[1:]:
        PAGE.write_text(fixed, encoding="utf-8")
    elif errors:
        sys.exit(f"{PAGE.relative_to(ROOT)} (tests/style/equation_links.py --fix looks lines up again):\n" + "\n".join(errors))
    print(f"{len(LINK.findall(text))} links")


if __name__ == "__main__":
    main()
