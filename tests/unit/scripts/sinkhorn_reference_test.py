"""The stored transport costs that sinkhorn_test.cc is compared with are those of POT, as it is installed here.

    /usr/bin/python3 sinkhorn_reference_test.py STUDIES_FOLDER
"""
import sys
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


if __name__ == "__main__":
    unittest.main()
