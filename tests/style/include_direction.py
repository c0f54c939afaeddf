"""include_direction.py ROOT: who may include whom, and how large a file may be.

Checks the product's sources: each folder includes only those below it (TABLE), the modules do not see each other but
for the pipeline, which sees both; the modules' READMEs list these folders in this order; no two units include each
other, directly or around corners; a file's namespaces are those of its place; no type has one name twice in a
namespace; no file has more than MOST_LINES lines, nor has one of the Python that users run or import.
"""
import re
import sys
from collections import defaultdict
from pathlib import Path

MOST_LINES = 300

# What each folder may include besides itself. The order is that of the data.
TABLE = {
    "diffusion": {
        "numerics": [],
        "options": ["numerics"],
        "network": ["numerics", "options"],
        "model": ["numerics", "options", "network"],
        "training": ["numerics", "options", "network", "model"],
        "sampling": ["numerics", "options", "network", "model"],
        "comparison": ["numerics", "options", "network", "training"],
    },
    "pipeline": {
        "base": [],
        "configuration": ["base"],
        "problem": ["base", "configuration"],
        "study": ["base", "configuration", "problem"],
        "dataset": ["base", "configuration", "problem", "study"],
        "importing": ["base", "configuration", "problem", "study", "dataset"],
        "training": ["base", "configuration", "problem", "study", "dataset"],
        "posterior": ["base", "configuration", "problem", "study", "dataset", "training"],
        "truth": ["base", "configuration", "problem", "study", "dataset"],
        "calibration": ["base", "configuration", "problem", "study", "dataset"],
        "report": ["base", "configuration", "problem", "study", "dataset", "training", "posterior", "truth", "calibration"],
        "certificate": ["base", "configuration", "problem", "study", "dataset", "training", "posterior", "truth",
                        "calibration"],
        "densities": ["base", "configuration", "study", "training"],
        "serving": ["base", "configuration", "problem", "study", "dataset", "training", "posterior", "truth"],
        "exporting": ["base", "problem", "study", "dataset", "posterior"],
        "checking": ["base", "problem", "study", "dataset", "training", "posterior"],
        "commands": ["base", "configuration", "problem", "study", "dataset", "importing", "training", "posterior",
                     "truth", "calibration", "certificate", "report", "densities", "serving", "exporting",
                     "checking"],
    },
}
MODULES = {"solver": [], "diffusion": [], "pipeline": ["solver", "diffusion"]}
PYTHON = ("program", "scorefem_reader")  # of scripts/
INCLUDE = re.compile(r'^#include "((solver|diffusion|pipeline)/[^"]+)"', re.M)
TYPE = re.compile(r"^(?:class|struct|enum class) (?:\[\[nodiscard\]\] )?(\w+)(?: final)?(?: :[^;]*)? \{", re.M)
NAMESPACE = re.compile(r"^namespace (scorefem[\w:]*) \{", re.M)
ROW = re.compile(r"^\| \[(\w+)\]\(\1\) \|", re.M)  # of a README's table of folders


def sources(root):
    for module in MODULES:
        for path in sorted((root / module).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield path.relative_to(root), path.read_text()


def python_sources(root):
    for part in PYTHON:
        for path in sorted((root / "scripts" / part).rglob("*.py")):
            yield path.relative_to(root), path.read_text()


def folder(path):
    """The folder below the module; empty for a file at its top."""
    parts = Path(path).parts
    return parts[1] if len(parts) > 2 else ""


def wrong_directions(files):
    for path, text in files:
        module = path.parts[0]
        for included, other in INCLUDE.findall(text):
            if other != module and other not in MODULES[module]:
                yield f"{path} includes {included}: {module}/ sees no other module of these"
            if other != module or module not in TABLE:
                continue
            here, there = folder(path), folder(included)
            if here == "" or here == there or there == "":
                continue  # the program itself may include everything; generated headers
            if here not in TABLE[module]:
                yield f"{path}: the folder {module}/{here} is not in the table of this test"
            elif there not in TABLE[module][here]:
                yield f"{path} includes {included}: {here} may include {', '.join(TABLE[module][here]) or 'nothing'}"


def unlisted_folders(root):
    """The README's reader takes its order for that of the includes."""
    for module, folders in TABLE.items():
        found = ROW.findall((root / module / "README.md").read_text())
        if found != list(folders):
            yield f"{module}/README.md lists {', '.join(found)}; expected {', '.join(folders)}"


def wrong_namespaces(files):
    """The pipeline has a namespace for each folder, the other modules one."""
    for path, text in files:
        module = path.parts[0]
        expected = f"scorefem::{folder(path) if module == 'pipeline' else module}"
        for found in NAMESPACE.findall(text):
            if found != expected and not found.startswith(f"{expected}::"):
                yield f"{path} opens namespace {found}; expected {expected}"


def circles(files):
    """Units (a header with its source) that include each other."""
    includes = defaultdict(set)
    for path, text in files:
        unit = str(path.with_suffix(""))
        includes[unit] |= {str(Path(name).with_suffix("")) for name, _ in INCLUDE.findall(text)} - {unit}
    state = {}

    def visit(unit, trail):
        state[unit] = "open"
        for other in sorted(includes.get(unit, ())):
            if state.get(other) == "open":
                yield " -> ".join(trail[trail.index(other):] + [other])
            elif other not in state:
                yield from visit(other, trail + [other])
        state[unit] = "done"

    for unit in sorted(includes):
        if unit not in state:
            yield from (f"circle of includes: {circle}" for circle in visit(unit, [unit]))


def repeated_types(files):
    seen = {}
    for path, text in files:
        if path.suffix != ".h":
            continue
        spaces = NAMESPACE.findall(text)
        for name in TYPE.findall(text):
            key = (spaces[0] if spaces else "", name)
            if key in seen:
                yield f"{'::'.join(key)} is defined in {seen[key]} and in {path}"
            seen[key] = path


def too_long(files):
    for path, text in files:
        lines = text.count("\n")
        if lines > MOST_LINES:
            yield f"{path} has {lines} lines; expected at most {MOST_LINES}"


def main():
    root = Path(sys.argv[1])
    files, scripts = list(sources(root)), list(python_sources(root))
    assert len(files) > 100 and len(scripts) > 30, "the sources are not where this test expects them"
    faults = [fault for check in (wrong_directions, wrong_namespaces, circles, repeated_types, too_long) for fault in check(files)]
    faults += [*unlisted_folders(root), *too_long(scripts)]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
