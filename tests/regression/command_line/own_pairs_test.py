"""The worked example of inputs/own_pairs.md, shortened: CSV with bounds and missing values, beside the posterior on a grid."""
import csv
import subprocess
import sys
import unittest
from pathlib import Path

import h5py

from program import PROGRAM, ProgramTest

ROOT = Path(__file__).resolve().parents[3]
SHORT = ("model={width: 48, hidden_layers: 2}", "training={epochs: 40, batch_size: 200}", "sampling={measurements: 50, samples: 1000}")


class OwnPairs(ProgramTest):
    def test_learnt_beside_exact(self):
        results = self.folder / "results"
        done = subprocess.run([sys.executable, str(ROOT / "scripts" / "studies" / "own_pairs.py"), "all", str(self.run_folder), "--pairs", "20000",
                               "--program", PROGRAM, "--results", str(results), *(word for value in SHORT for word in ("--set", value))],
                              capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(results / "table.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["blood samples"] for row in rows], ["5", "5", "3", "3", "1", "1"])
        for row in rows:
            # The prior's standard deviations are 1.1 to 7 times the posteriors': an answer that does not see the measurement, or
            # takes a missing one for a value, is far outside.
            self.assertLess(abs(float(row["error of the mean / exact sd"])), 0.4, row)
            self.assertLess(abs(float(row["sd / exact sd"]) - 1), 0.25, row)
        self.assertGreater((results / "posteriors.png").stat().st_size, 10000)
        with h5py.File(self.run_folder / "patients.h5") as file:
            samples, bounds = file["samples"][:], file["unknowns/bounds"][:]
        self.assertTrue(((samples >= bounds[:, 0]) & (samples <= bounds[:, 1])).all())


if __name__ == "__main__":
    unittest.main()
