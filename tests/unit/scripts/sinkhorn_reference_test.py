"""The stored transport costs that sinkhorn_test.cc is compared with are those of POT, as it is installed here.

    /usr/bin/python3 sinkhorn_reference_test.py STUDIES_FOLDER
"""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

SCRIPTS = Path(sys.argv.pop(1))
sys.path.insert(0, str(SCRIPTS))

import make_sinkhorn_reference as reference  # noqa: E402


class SinkhornReference(unittest.TestCase):
    def test_stored_costs_are_those_of_pot(self):
        x, y, costs = (np.loadtxt(reference.DATA / f"sinkhorn_{name}.csv", delimiter=",") for name in ("x", "y", "cost"))
        self.assertEqual(tuple(costs[:, 0]), reference.REGULARISATIONS)
        for regularisation, cost in costs:
            self.assertAlmostEqual(reference.transport_cost(x, y, regularisation), cost, delta=1e-9)

    def test_help_of_what_writes_committed_files_writes_nothing(self):
        for script in ("make_sinkhorn_reference.py", "quickstart_table.py"):
            with tempfile.TemporaryDirectory() as folder:  # outside the project, whose files it must not touch
                shutil.copytree(SCRIPTS, Path(folder) / "scripts" / "studies")
                result = subprocess.run([sys.executable, Path(folder) / "scripts" / "studies" / script, "--help"], capture_output=True,
                                        text=True, timeout=120, check=False)
            self.assertEqual(result.returncode, 0, result.stderr)  # there is no tests/data, no README.md
            self.assertIn("usage:", result.stdout)


if __name__ == "__main__":
    unittest.main()
