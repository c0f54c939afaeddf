"""The worked example, shortened: a simulator in Python, learnt over UM-Bridge, served, and sampled by a Markov chain of
another program; all beside the posterior by quadrature."""
import csv
import pathlib
import subprocess
import sys
import unittest

from servers import PROGRAM, ServedTest

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Example(ServedTest):
    def test_too_few_steps_are_refused(self):
        for option in ("--steps", "--cases"):
            done = subprocess.run([sys.executable, str(ROOT / "scripts" / "umbridge_study.py"), option, "0", "--output", str(self.run_folder)],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"{option} 0: expected at least", done.stderr)
            self.assertFalse(self.run_folder.exists())

    def test_learnt_and_sampled_beside_exact(self):
        short = ("data.test=20", "model.width=64", "training.epochs=400", "training.batch_size=400", "sampling.measurements=20",
                 "sampling.samples=1000")
        results = self.folder / "results"
        done = subprocess.run([sys.executable, str(ROOT / "scripts" / "umbridge_study.py"), "--program", PROGRAM, "--output",
                               str(self.run_folder), "--results", str(results), "--cases", "4", "--steps", "300",
                               *(part for value in short for part in ("--set", value))],
                              capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(results / "table.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 2 * (2 * 4 + 1))
        for row in rows:
            error, ratio = float(row["error of the mean / exact sd"]), float(row["sd / exact sd"])
            # The ensemble has some 3,600 draws, of which a tenth counts: standard errors of 0.05 and 0.04. The small
            # network's error is larger.
            bounds = (0.25, 0.2) if row["answer"].startswith("ensemble") else (0.5, 0.4)
            self.assertLess(abs(error), bounds[0], row)
            self.assertLess(abs(ratio - 1), bounds[1], row)
        self.assertGreater((results / "posterior.png").stat().st_size, 10000)


if __name__ == "__main__":
    unittest.main()
