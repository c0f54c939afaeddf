"""The program under test, a folder for its output, and shorthands that every test of the command line uses."""
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ["SCOREFEM_PROGRAM"]
CONFIG = str(HERE / "tiny.yaml")
HAS_CUDA = pathlib.Path("/dev/nvidia0").exists()


def wait_until(condition, seconds=60):
    """Waits for something that another process does; fails when it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"nothing happened within {seconds} s")
        time.sleep(0.01)


def full_disk(n_bytes):
    """For preexec_fn: no file can grow beyond so many bytes, as where the disk is full."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    return limit


class ProgramTest(unittest.TestCase):
    """One temporary folder for each test."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="scorefem-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.run_folder = self.folder / "run"

    def scorefem(self, *arguments, **options):
        options.setdefault("errors", "replace")
        return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=240, check=False,
                              **options)

    def stage(self, command, *arguments):
        """One stage of the tiny study, in the test's folder."""
        return self.scorefem(command, CONFIG, "--output", self.run_folder, *arguments)

    def assert_failed(self, result, *words):
        """Exit status 1, and a message on standard error that holds all the words."""
        self.assertEqual(result.returncode, 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def assert_done(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)

    def assert_refused(self, result, *words):
        """Exit status 2, and a message on standard error that holds all the words."""
        self.assertEqual(result.returncode, 2, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def written(self):
        """Names of all files below the test's folder."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path
