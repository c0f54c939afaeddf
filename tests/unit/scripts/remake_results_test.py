"""remake_results.py on two small results in a repository of their own, and its list against what is committed;
usage: remake_results_test.py SCRIPTS_DIR."""

import contextlib
import functools
import io
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import yaml

SCRIPTS = Path(sys.argv.pop(1))
sys.path.insert(0, str(SCRIPTS))
import benchmark_training_memory  # noqa: E402  (the path comes first)
import remake_results  # noqa: E402
from studies import older  # noqa: E402
from studies.committed import BY_HAND, NOT_YET, RESULTS, Result  # noqa: E402

ROOT = SCRIPTS.parent
# The first leaves a run, from which a table is copied; the second fails as long as there is no file `allowed`.
SMALL = {
    "first": Result(("results/first/table.csv",), ("bash -c 'mkdir -p runs/first && date +%N >>runs/first/table.csv'",), 1, "runs/first",
                    {"results/first/table.csv": "runs/first/table.csv"}),
    "second": Result(("results/second.md",), ("bash -c 'echo begun >>log'", "bash -c 'test -e allowed && echo 2 >results/second.md'"), 2),
}


class TheList(unittest.TestCase):
    def test_every_committed_file_has_one_command(self):
        committed = [str(path.relative_to(ROOT)) for path in (ROOT / "results").rglob("*") if path.is_file()]
        committed = [name for name in committed if name not in BY_HAND]
        self.assertGreater(len(committed), 100)
        for name in committed:
            owners = [key for key, result in RESULTS.items()
                      if any(name == file or (file.endswith("/") and name.startswith(file)) for file in result.files)]
            # The three studies of posteriors share one table.
            expected = 3 if name == "results/posterior/table.md" else 1
            self.assertEqual(len(owners), expected, f"{name}: {owners}")

    def test_nothing_is_listed_that_is_not_there(self):
        for result in RESULTS.values():
            for name in (*result.files, *(word for command in result.commands for word in command.split()
                                          if word.startswith(("scripts/", "inputs/")))):
                self.assertEqual((ROOT / name).exists(), name not in NOT_YET, name)
        for name in BY_HAND:
            self.assertTrue((ROOT / name).is_file(), name)

    def test_every_benchmark_is_listed_and_starts(self):
        commands = [word for result in RESULTS.values() for command in result.commands for word in command.split()]
        for path in (ROOT / "scripts").glob("benchmark_*.py"):
            self.assertIn(f"scripts/{path.name}", commands)
            subprocess.run([path, "--help"], check=True, stdout=subprocess.DEVNULL)

    def test_a_needed_folder_is_that_of_the_command(self):
        for name, result in RESULTS.items():
            outside = [word for command in result.commands for word in command.split() if word.startswith("../")]
            of_machine = result.needs.startswith("/")
            self.assertEqual(outside, [result.needs] if result.needs and not of_machine else [], name)

    def test_the_studies_settings_are_those_of_the_committed_tables(self):
        """densities*/table2.md holds the configuration that it was made with."""
        for name in ("densities", "densities_paper"):
            text = (ROOT / "results" / name / "table2.md").read_text(encoding="utf-8")
            configuration = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])
            for setting in RESULTS[name].commands[0].split(" --set ")[1:]:
                key, value = setting.split("=")
                found = functools.reduce(lambda part, word: part[word], key.split("."), configuration)
                self.assertEqual(float(found), float(value), setting)

    def test_training_under_a_limit_fails_for_memory_or_not_at_all(self):
        def run(text, status):
            return benchmark_training_memory.Run(["/bin/sh", "-c", f"echo {text} >&2; exit {status}"], 512)
        self.assertEqual(run("", 0).within_limit(), "yes")
        self.assertEqual(run("scorefem: std::bad_alloc", 1).within_limit(), "no, out of memory")
        self.assertEqual(run("DefaultCPUAllocator: can not allocate memory", 1).within_limit(), "no, out of memory")
        with self.assertRaisesRegex(SystemExit, "status 2: no such key"):
            run("no such key", 2).within_limit()


class Remake(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name in ("build.sh", "install_packages.sh"):
            self.write(f"scripts/{name}", f"#!/bin/bash\necho {name} $* >>../setup.log\n").chmod(0o755)
        self.write("results/page.md", "by hand\n")
        self.write(".gitignore", "/runs/\n/log\n/allowed\n/setup.log\n")
        for name in ("build.sh", "install_packages.sh"):
            path = self.root / "scripts" / name
            path.write_text(path.read_text().replace("../setup.log", str(self.root / "setup.log")))
        self.git("init", "-q")
        self.commit()

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def git(self, *words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words], cwd=self.root, check=True, capture_output=True)

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")

    def remake(self, *arguments, fails=""):
        """What it prints; `fails`: a word of its last message."""
        text = io.StringIO()
        with mock.patch.object(sys, "argv", ["remake_results.py", *arguments]), contextlib.redirect_stdout(text), \
                contextlib.redirect_stderr(text):
            if fails:
                with self.assertRaises(SystemExit) as end:
                    remake_results.main(SMALL, self.root)
                self.assertIn(fails, f"{end.exception.code}{text.getvalue()}")
            else:
                remake_results.main(SMALL, self.root)
        return text.getvalue()

    def lines(self, name):
        path = self.root / name
        return path.read_text().splitlines() if path.is_file() else []

    def test_goes_on_after_a_failure_and_repeats_nothing(self):
        self.remake("all", fails="exit status 1")
        self.assertEqual(len(self.lines("results/first/table.csv")), 1)
        self.assertIn("first: 1 min, made by this version", self.remake())
        self.assertIn("second: 2 min, interrupted", self.remake())
        (self.root / "allowed").touch()
        self.assertIn("first: made by this version already", self.remake("all"))
        self.assertEqual(self.lines("results/second.md"), ["2"])
        self.assertEqual(len(self.lines("runs/first/table.csv")), 1)
        self.assertEqual(self.lines("log"), ["begun", "begun"])
        before = self.lines("setup.log")
        self.remake("all")
        self.assertEqual(self.lines("setup.log"), before, "nothing to do: nothing is built")

    def test_committing_results_is_no_new_version_but_a_change_of_sources_is(self):
        self.remake("first")
        self.commit()
        self.assertIn("first: 1 min, made by this version", self.remake())
        self.write("source.cc", "int x;\n")
        self.commit()
        self.assertRegex(self.remake(), "first: 1 min, made by [0-9a-f]{7}")
        self.remake("first")
        self.assertEqual(len(self.lines("runs/first/table.csv")), 2)
        self.write("source.cc", "int y;\n")  # not committed
        self.assertNotIn("first: 1 min, made by this version", self.remake())

    def test_says_of_which_versions_a_result_is(self):
        path = self.write("results/versions.json", '{"first": {"model": 0}, "third": {"model": 0}}')
        (self.root / "allowed").touch()
        self.remake("all")
        versions = json.loads(path.read_text())
        self.assertEqual(versions["third"], {"model": 0})
        self.assertEqual(versions["first"].items() & older.program_versions().items(), versions["first"].items())
        self.assertIn("posterior", versions["first"])
        self.assertNotIn("second", versions)

    def test_fresh_removes_the_run_once(self):
        self.remake("first")
        self.remake("first", "--again", "--fresh")
        self.assertEqual(len(self.lines("runs/first/table.csv")), 1)
        self.write("runs/remake/first.json", self.lines("runs/remake/first.json")[0].replace('"finished": true', '"finished": false'))
        self.remake("first", "--fresh")  # as after an interruption: what is there is kept
        self.assertEqual(len(self.lines("runs/first/table.csv")), 2)

    def test_fresh_does_not_keep_what_it_cannot_remove(self):
        self.remake("first")
        (self.root / "runs/first").rename(self.root / "elsewhere")
        (self.root / "runs/first").symlink_to(self.root / "elsewhere")
        self.remake("first", "--again", "--fresh", fails="symbolic link")
        self.assertEqual(len(self.lines("elsewhere/table.csv")), 1)

    def test_list_makes_nothing(self):
        self.assertEqual(self.remake("--list"), self.remake())
        self.assertEqual(self.remake("--list", "first"), self.remake())
        self.assertEqual(self.lines("setup.log"), [])

    def test_what_needs_a_folder_that_is_not_there(self):
        (self.root / "allowed").touch()
        outside = Result(("results/third.md",), ("cp data/third.md results/third.md",), 1, needs="data")
        with mock.patch.dict(SMALL, {"third": outside}):
            self.assertIn("results/third.md; needs the folder data", self.remake("--list"))
            self.remake("first", "third", fails="third: data: no such folder")
            self.assertEqual(self.lines("setup.log"), [], "known before anything is built")
            self.assertIn("third: left out, as there is no folder data", self.remake("all"))
            self.assertEqual(self.lines("results/second.md"), ["2"])
            self.remake("all", "third", fails="third: data: no such folder")
            self.write("data/third.md", "3\n")
            self.remake("all")
            self.assertEqual(self.lines("results/third.md"), ["3"])

    def test_names_and_missing_files(self):
        self.remake("frist", fails="frist")
        self.assertEqual(self.lines("setup.log"), [])
        self.assertIn("scripts/build.sh\nbash", self.remake("first", "--dry-run"))
        self.assertEqual(self.lines("setup.log"), [])
        with mock.patch.dict(SMALL, {"first": Result(("results/a",), ("true",), 1, "runs/a", {"results/a": "runs/a/a"})}):
            self.remake("first", fails="runs/a/a")


if __name__ == "__main__":
    unittest.main()
