"""`training.window`: pairs that are not in memory are learnt from all the same, with less of it."""
import subprocess
import sys
import unittest

import h5py
import numpy as np

from program import PROGRAM
from pairs_import import SMALL, Import, gaussian_posterior, linear_pairs

#: Runs a command and prints the most memory that it had, in KiB.
MEASURED = "import os, sys; pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)]); " \
           "_, status, usage = os.wait4(pid, 0); sys.stdout.write(str(usage.ru_maxrss)); sys.exit(os.waitstatus_to_exitcode(status))"
WINDOW = ["--set", "training.window=500"]


class Window(Import):
    def sampled(self, *settings):
        self.assert_done(self.command("sample", *SMALL, *settings))
        with h5py.File(self.run_folder / "posterior.h5") as file:
            return file["samples"][:].astype(float), file["measurement"][:]

    def test_a_posterior_that_is_known_from_pairs_in_order(self):
        theta, x = linear_pairs(4000, 1)
        order = np.argsort(theta[:, 0])  # what a window of neighbours would never learn
        self.assert_done(self.bring_in(self.npz("p.npz", theta[order], x[order]), test=[self.npz("t.npz", *linear_pairs(100, 2))]))
        self.assert_done(self.command("train", *SMALL, *WINDOW))
        samples, measured = self.sampled(*WINDOW)
        mean, sd = gaussian_posterior(measured)
        self.assertLess(np.abs((samples.mean(axis=1) - mean) / sd).mean(), 0.1)
        np.testing.assert_allclose(samples.std(axis=1).mean(axis=0), sd, rtol=0.1)
        self.assertEqual([name for name in self.written() if ".pairs" in name], [])
        changed = self.command("train", *SMALL, "--dry-run")
        self.assertNotIn("window", changed.stdout)
        self.assertIn("window: 500", self.command("train", *SMALL, *WINDOW, "--dry-run").stdout)
        self.assert_refused(self.command("train", "--set", "training.window=0.5"), "training.window", "expected a number >= 1")
        self.assert_refused(self.command("train", "--set", "training.window=1.5"), "training.window", "whole number")
        self.assert_refused(self.command("train", "--set", "training.window=1e20"), "training.window", "at most 9e15")

    def test_pairs_larger_than_the_memory(self):
        """200,000 pairs of 10 + 150 numbers are 256 MB: with windows the peak is lower by much of that, and in memory nothing is there twice."""
        settings = ["--set", "model={width: 8, hidden_layers: 1}", "--set", "training.epochs=1", "--set", "training.batch_size=1000", "--threads", "1"]
        random = np.random.default_rng(1)
        np.savez(self.folder / "p.npz", theta=random.standard_normal((200000, 10)), x=random.standard_normal((200000, 150)))
        self.assert_done(self.bring_in(self.folder / "p.npz"))

        def peak(*more):
            """MB, of a process whose parent is small: what its parent held counts too."""
            command = [PROGRAM, "train", self.config, "--output", self.run_folder, *settings, "--force", *more]
            done = subprocess.run([sys.executable, "-S", "-c", MEASURED, *map(str, command)], capture_output=True, text=True, timeout=240, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            return int(done.stdout) / 1024

        windows = peak("--set", "training.window=10000")
        above = peak() - windows
        self.assertGreater(above, 80)
        self.assertLess(above, 1.5 * 256)


if __name__ == "__main__":
    unittest.main()
