"""`cmake --install`: the program from another folder than it was installed to, and a program of one's own."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
CMAKE = os.environ["SCOREFEM_CMAKE"]
STUDY = HERE.parent / "command_line" / "tiny.yaml"


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="scorefem-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        first = cls.folder / "first"
        cls.run_checked(CMAKE, "--install", os.environ["SCOREFEM_BUILD"], "--prefix", first)
        cls.prefix = first.rename(cls.folder / "moved")  # nothing in it may know where it was
        cls.program = cls.prefix / "bin" / "scorefem"
        cls.scripts = cls.prefix / "share" / "scorefem" / "scripts"

    @classmethod
    def run_checked(cls, *command, **options):
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600, check=False,
                                cwd=cls.folder, **options)
        if result.returncode != 0:
            raise AssertionError(f"{command}: status {result.returncode}\n{result.stdout}{result.stderr}")
        return result.stdout

    def test_program_runs_a_study_with_its_own_scripts(self):
        """The copy of the report's script says so, which the sources' would not."""
        report = self.scripts / "program" / "report.py"
        text = report.read_text(encoding="utf-8")
        self.addCleanup(report.write_text, text, encoding="utf-8")
        report.write_text(text + "\nprint('the installed script')\n", encoding="utf-8")
        printed = self.run_checked(self.program, "run", STUDY, "--output", self.folder / "run")
        self.assertIn("the installed script", printed)
        self.assertTrue((self.folder / "run" / "report.html").is_file())

    def test_inputs_and_catalogue_of_the_paper_are_installed(self):
        self.assertIn("fig07", self.run_checked(self.program, "reproduce", "--list"))
        self.run_checked(self.program, "run", self.prefix / "share" / "scorefem" / "inputs" / "quickstart.yaml", "--dry-run")

    def test_pages_lead_to_what_is_installed(self):
        """Links of all pages; and paths that inputs name, but for those "of the sources"."""
        root = self.prefix / "share" / "scorefem"
        pages = list(root.rglob("*.md"))
        links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))]
        self.assertIn("own_pairs.yaml", [link for _, link in links])
        dead = [f"{page.name}: {link}" for page, link in links if "://" not in link and not (page.parent / link).exists()]
        self.assertEqual(dead, [])
        for page in (path for path in (root / "inputs").rglob("*") if path.is_file()):
            for name in re.findall(r"\b(?:scripts|inputs|results)/[\w/]*\.\w+\b(?! of the sources)", page.read_text(encoding="utf-8")):
                self.assertTrue((root / name).exists(), f"{page.name} names {name}")

    def test_manual_page_has_every_command(self):
        page = (self.prefix / "share" / "man" / "man1" / "scorefem.1").read_text(encoding="utf-8")
        for name in ("RUN", "GENERATE", "TRAIN", "SAMPLE", "EVALUATE", "REPRODUCE"):
            self.assertIn(f'.SH "SCOREFEM {name}"', page)
        self.assertIn("\\-\\-set", page)
        as_it_is = "\n".join(re.findall(r"^\.nf\n(.*?)^\.fi$", page, re.MULTILINE | re.DOTALL)).replace("\\-", "-")
        self.assertIn("--set", as_it_is)
        self.assertEqual([line for line in as_it_is.splitlines() if len(line) > 72 and not line.startswith("  scorefem ")], [])

    def test_no_byte_code_and_no_precompiled_header_is_installed(self):
        unwanted = [str(path) for path in self.prefix.rglob("*") if path.name in ("__pycache__", "precompiled.h")]
        self.assertEqual(unwanted, [])

    def test_own_program_builds_against_the_package(self):
        build = self.folder / "consumer"
        flags = os.environ["SCOREFEM_CONSUMER_FLAGS"].split()
        self.run_checked(CMAKE, "-S", HERE / "consumer", "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}", *flags)
        self.run_checked(CMAKE, "--build", build)
        ratio = float(self.run_checked(build / "consumer"))  # of responses to a flux and to twice that
        self.assertAlmostEqual(ratio, 2.0, places=5)


if __name__ == "__main__":
    unittest.main()
