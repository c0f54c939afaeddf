#!/usr/bin/python3
"""Makes committed results again: without names, or with --list, lists every one with its cost and its commands; `all` makes all of them.

Builds first, then runs each result's commands and copies what is committed. A result that this version of the sources has made is
skipped, so that after an interruption the same command goes on; studies repeat no finished stage of their folder in runs/ either.
--fresh removes that folder first, so that everything is computed by this version. A result that needs a folder which is not there is
left out of `all`. Tables in README.md are rewritten by the commands; numbers in its sentences are not.

    scripts/remake_results.py --list
    scripts/remake_results.py quickstart densities
    scripts/remake_results.py all --fresh           # a night on two cores
"""

import argparse
import hashlib
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from studies import older
from studies.committed import RESULTS
from studies.machine import ROOT


class RemakeError(Exception):
    """A command that failed, or lacks what it needs, or did not leave what is committed."""


def sources_version(root: Path) -> str:
    """The last commit that changed more than results and pages, and what is not committed of that."""
    paths = ("--", ".", ":!results", ":!*.md")

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words, *paths], cwd=root, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RemakeError(f"git {words[0]}: {done.stderr.strip()}; expected a clone of the project")
        return done.stdout

    changes = git("diff", "HEAD")
    return git("log", "-1", "--format=%h").strip() + ("-" + hashlib.sha256(changes.encode()).hexdigest()[:8] if changes else "")


class Journal:
    """What has been begun and finished, by which version of the sources: a file of runs/remake for each result."""

    def __init__(self, root: Path, version: str):
        self.folder, self.version = root / "runs" / "remake", version

    def read(self, name: str) -> dict:
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def write(self, name: str, **entry) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.json"
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"version": self.version, **entry}) + "\n", encoding="utf-8")
        temporary.replace(path)

    def state(self, name: str) -> str:
        entry = self.read(name)
        if not entry:
            return "not made here"
        if entry["version"] != self.version:
            return f"made by {entry['version']}" if entry["finished"] else "not made here"
        return "made by this version" if entry["finished"] else "interrupted"


def run(command: str, root: Path) -> None:
    print(f"+ {command}", flush=True)
    status = subprocess.run(shlex.split(command), cwd=root, check=False).returncode
    if status != 0:
        raise RemakeError(f"`{command}`: exit status {status}")


def copy(result, root: Path) -> None:
    for target, source in result.copies.items():
        if not (root / source).is_file():
            raise RemakeError(f"{source}: expected this file after `{result.commands[-1]}`")
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / source, root / target)


def remake(name: str, result, root: Path, journal: Journal, fresh: bool) -> None:
    begun = journal.read(name)
    goes_on = begun.get("version") == journal.version and not begun["finished"] and begun.get("fresh", False)
    if fresh and result.runs and not goes_on and (root / result.runs).exists():
        shutil.rmtree(root / result.runs)
    journal.write(name, finished=False, fresh=fresh)
    for command in result.commands:
        run(command, root)
    copy(result, root)
    older.record(name, root / "results" / "versions.json")
    journal.write(name, finished=True, fresh=fresh)


def to_make(results: dict, asked: list[str], root: Path, journal: Journal, again: bool) -> list[str]:
    """Names of what is to be made of what was asked for; says why the others are not."""
    left = []
    for name in results if "all" in asked else dict.fromkeys(asked):
        needs = results[name].needs
        if journal.state(name) == "made by this version" and not again:
            print(f"{name}: made by this version already (--again repeats it)")
        elif not needs or (root / needs).is_dir():
            left.append(name)
        elif name in asked:
            raise RemakeError(f"{name}: {needs}: no such folder; `{results[name].commands[0].split()[0]} --help` says what it holds")
        else:
            print(f"{name}: left out, as there is no folder {needs}")
    return left


def listing(results: dict, journal: Journal) -> str:
    lines = []
    for name, result in results.items():
        needs = f"; needs the folder {result.needs}" if result.needs else ""
        lines += [f"{name}: {result.minutes} min, {journal.state(name)}; {', '.join(result.files)}{needs}",
                  *(f"    {command}" for command in result.commands)]
    total = sum(result.minutes for result in results.values()) / 60
    return "\n".join([*lines, f"all: {total:.0f} h. Costs are rough, on two cores."])


def main(results: dict = RESULTS, root: Path = ROOT) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help=f"all, or any of {', '.join(results)}")
    parser.add_argument("--list", action="store_true", help="only print the list, as without names")
    parser.add_argument("--again", action="store_true", help="also what this version has made")
    parser.add_argument("--fresh", action="store_true", help="remove a result's folder in runs/ before it is made")
    parser.add_argument("--dry-run", action="store_true", help="only print the commands")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.name if name not in (*results, "all")]
    if unknown:
        parser.error(f"no result named {', '.join(unknown)}; there are {', '.join(results)}, and all")
    try:
        journal = Journal(root, sources_version(root))
        if arguments.list or not arguments.name:
            print(listing(results, journal))
            return
        left = to_make(results, arguments.name, root, journal, arguments.again)
        packages = list(dict.fromkeys(package for name in left for package in results[name].packages))
        setup = [f"scripts/install_packages.sh {' '.join(packages)}", "scripts/build.sh"] if left else []
        if arguments.dry_run:
            print("\n".join([*setup, *(command for name in left for command in results[name].commands)]))
            return
        for command in setup:
            run(command, root)
        for name in left:
            remake(name, results[name], root, journal, arguments.fresh)
            print(f"{name}: {', '.join(results[name].files)}", flush=True)
    except (RemakeError, OSError) as error:
        sys.exit(f"remake_results.py: {error}")


if __name__ == "__main__":
    main()
