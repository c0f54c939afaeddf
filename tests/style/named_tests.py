#!/usr/bin/env python3
"""Every test that tests/README.md names exists: in its tables' second column and in the paragraph below them.

A name in backticks is one of: Suite.Name or Suite of GoogleTest (`Suite.Name...` for all that begin so; the name alone after another of
its suite); test_name or Class of a Python file, which is named before it; such a file, without _test.py; a path below tests/ or the project.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "tests" / "README.md"
GOOGLE = re.compile(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST)\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
PYTHON = re.compile(r"^\s*(?:def|class) (\w+)", re.MULTILINE)


class Tests:
    """What there is."""

    def __init__(self, folder):
        self.google = {}  # suite -> names
        for file in folder.rglob("*_test.cc"):
            for suite, name in GOOGLE.findall(file.read_text(encoding="utf-8")):
                self.google.setdefault(suite, set()).add(name)
        self.python = {}  # file without _test.py, or as ctest calls it -> names
        for file in folder.rglob("*_test.py"):
            names = set(PYTHON.findall(file.read_text(encoding="utf-8")))
            name, parent = file.stem[:-len("_test")], file.parent.name
            for key in (name, file.stem, f"{parent}_{name}", f"{parent}/{name}"):
                self.python.setdefault(key, set()).update(names)
        self.style = {f"style_{file.stem}" for file in (folder / "style").iterdir()}

    def has_google(self, suite, name):
        found = self.google.get(suite, set())
        return any(each.startswith(name[:-3]) for each in found) if name.endswith("...") else name in found


def missing(cell, tests):
    """Names in backticks that nothing bears."""
    suite = file = ""
    absent = []
    for word in re.findall(r"`([^`]+)`", cell):
        before, _, after = word.partition(".")
        if "/" in word and word not in tests.python:
            found = (PAGE.parent / word).exists() or (ROOT / word).exists()
        elif after and before[0].isupper():
            suite, found = before, tests.has_google(before, after)
        elif word in tests.python or word in tests.style:
            file, found = word, True
        elif word[0].isupper():
            found = word in tests.google or word in tests.python.get(file, ()) or tests.has_google(suite, word)
        else:
            found = word in tests.python.get(file, ())
            found = found or (not file and any(word in names for names in tests.python.values()))
        if not found:
            absent.append(word)
    return absent


def main():
    page, tests = PAGE.read_text(encoding="utf-8"), Tests(PAGE.parent)
    part = page[page.index("## Which test holds what"):]
    tables, paragraph = part.split("### Tests that could not fail")
    cells = [line.split("|")[2] for line in tables.splitlines() if line.startswith("|") and not line.startswith(("|---", "| fault "))]
    # Of the paragraph, each name with the file that stands beside it.
    cells += re.split(r", (?=`)", paragraph)
    errors = [word for cell in cells for word in missing(cell, tests)]
    # It would notice a name that is wrong.
    for cell in ("`run_safety`: `test_nothing`", "`RandomDataset.Nothing`", "`Nothing`", "`run`: `test_unused_options_of_petsc_are_reported`"):
        if not missing(cell, tests):
            errors.append(f"(this check does not notice {cell})")
    if len(cells) < 50:
        errors.append(f"(only {len(cells)} rows were found)")
    if errors:
        sys.exit(f"{PAGE.relative_to(ROOT)} names tests that do not exist:\n" + "\n".join(errors))
    print(f"{sum(len(re.findall('`', cell)) // 2 for cell in cells)} names")


if __name__ == "__main__":
    main()
