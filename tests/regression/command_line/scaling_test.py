"""A problem in other units of the unknowns has the same answers in those units: no number of the program is in a unit."""
import json
import os
import unittest

import h5py
import numpy

from program import CONFIG, ProgramTest

# Powers of two, near 1e-15 and 1e12: all that is computed is scaled without rounding, so that answers agree to the last bit
# where only ratios count. Cholesky and eigenvalue solvers, which scale by themselves, may differ in the last.
EXPONENTS = (-50, 40)
IN_UNITS = ("crps", "std", "posterior_std", "prior_std")  # what a summary gives in the unknowns' unit


class Scaling(ProgramTest):
    def answers(self, exponent, *settings):
        """Samples, references and summary of the study with unknowns of the size 2^exponent."""
        unit = 2.0**exponent
        folder = self.folder / f"run{exponent}"
        scripts = self.folder / "scripts"  # figures are drawn elsewhere
        scripts.mkdir(exist_ok=True)
        (scripts / "report.py").touch()
        setting = [word for text in (f"prior.mean={2 * unit!r}", f"prior.variance={unit * unit!r}", "data.fields=0", *settings)
                   for word in ("--set", text)]
        for command in ("generate", "train", "sample", "reference", "evaluate"):
            self.assert_done(self.scorefem(command, CONFIG, "--output", folder, "--threads", "1", *setting,
                                           env=dict(os.environ, SCOREFEM_SCRIPTS=str(scripts))))
        with h5py.File(folder / "posterior.h5") as posterior, h5py.File(folder / "reference.h5") as reference:
            samples, exact = posterior["samples"][:] / unit, reference["samples"][:] / unit
        return samples, exact, json.loads((folder / "summary.json").read_text())

    def assert_scaled(self, value, expected, unit, name):
        if isinstance(expected, dict):
            self.assertEqual(set(value), set(expected), name)
            for key, entry in expected.items():
                self.assert_scaled(value[key], entry, unit, f"{name}.{key}")
        elif isinstance(expected, list):
            self.assertEqual(len(value), len(expected), name)
            for i, entry in enumerate(expected):
                self.assert_scaled(value[i], entry, unit, f"{name}[{i}]")
        elif isinstance(expected, float):
            scaled = any(word in IN_UNITS or word.endswith(("_crps", "_std")) for word in name.split("."))
            numpy.testing.assert_allclose(value, expected * (unit if scaled else 1), rtol=1e-6, err_msg=name)
        elif not isinstance(expected, str):
            self.assertEqual(value, expected, name)

    def test_answers_are_those_of_the_scaled_problem(self):
        network = "model.network=gaussian_residual"
        reference = ("reference={run: 0, measurements: 4, samples: 50, chains: 4, warmup: 200, iterations: 300, ess: 100, "
                     "rhat: 1.05}")
        samples, exact, summary = self.answers(0, reference, network)
        self.assertEqual(summary["exact"], "reference")
        for exponent in EXPONENTS:
            other_samples, other_exact, other_summary = self.answers(exponent, reference, network)
            numpy.testing.assert_allclose(other_samples, samples, rtol=1e-5, atol=1e-5)
            numpy.testing.assert_allclose(other_exact, exact, rtol=1e-6, atol=1e-6)
            for part in ("means", "comparison", "gates", "standard_errors"):
                self.assert_scaled(other_summary[part], summary[part], 2.0**exponent, part)


if __name__ == "__main__":
    unittest.main()
