"""What the program says of itself: versions and completion."""

import re
import subprocess
import unittest

from program import CONFIG, ProgramTest


class AboutTheProgram(ProgramTest):
    def test_versions(self):
        done = self.scorefem("--version")
        self.assert_done(done)
        self.assertRegex(done.stdout, r"^scorefem \d+\.\d+\.\d+ \(\w")
        for library in ("deal.II", "PETSc", "LibTorch", "oneDNN", "HDF5", "cpp-httplib"):
            self.assertRegex(done.stdout, rf"(?m)^  {re.escape(library)} v?\d+\.\d+")

    def complete(self, *words):
        """What bash offers for the last word."""
        script = self.write("scorefem.bash", self.scorefem("--completion", "bash").stdout)
        quoted = " ".join(f"'{word}'" for word in words)
        ask = f"source {script}; COMP_WORDS=(scorefem {quoted}); COMP_CWORD={len(words)}; _scorefem; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, cwd=self.folder, check=True)
        return done.stdout.split()

    def test_completion(self):
        self.write("mine.yaml", "")
        self.assertEqual(set(self.complete("e")), {"evaluate", "export"})
        self.assertEqual(self.complete("train", "--thr"), ["--threads"])
        self.assertEqual(self.complete("export", "--format", "n"), ["netcdf"])
        self.assertEqual(self.complete("run", "mi"), ["mine.yaml"])
        self.assertEqual(self.scorefem("--completion", "tcsh").returncode, 2)
        self.assertEqual(self.scorefem().returncode, 2)
        self.assertEqual(self.scorefem("train", CONFIG, "sample", CONFIG).returncode, 2)


if __name__ == "__main__":
    unittest.main()
