"""How often `infer` warns of right measurements of imported pairs, and what it says of values that are far too small."""
import unittest

import h5py
import numpy as np

from program import ProgramTest

STUDY = """
study: mine
seed: 3
forward: {problem: pairs}
noise: {model: none}
model: {width: 8, hidden_layers: 1}
training: {epochs: 1, batch_size: 100}
sampling: {samples: 10}
"""
CHECKS = {"distance_p_value": 0.001, "noise_p_value": 0.002}


class InputLevel(ProgramTest):
    def setUp(self):
        super().setUp()
        self.random = np.random.default_rng(1)
        self.output = self.folder / "out.h5"

    def pairs(self, n, m, mean=0.0):
        """Three unknowns, m sensors in smooth curves of them, noise of the simulator's own."""
        theta = self.random.standard_normal((n, 3))
        place = np.linspace(0, 1, m)
        curves = np.stack([np.ones(m), place, np.sin(4 * place)])
        return theta, mean + theta @ curves + 0.3 * self.random.standard_normal((n, m))

    def train(self, theta, x):
        """On pairs sorted by the first unknown, in a folder of their own."""
        self.run_folder = self.folder / f"run-{x.shape[0]}-{x.shape[1]}"
        order = np.argsort(theta[:, 0])
        for name, rows in (("pairs.npz", order), ("test.npz", order[:20])):
            np.savez(self.folder / name, theta=theta[rows], x=x[rows])
        self.config = self.write("mine.yaml", STUDY)
        run = ["--output", self.run_folder]
        self.assert_done(self.scorefem("import", self.config, "--pairs", self.folder / "pairs.npz", "--test", self.folder / "test.npz",
                                       *run))
        self.assert_done(self.scorefem("train", self.config, *run))

    def infer(self, rows, *arguments):
        path = self.folder / "measured.csv"
        np.savetxt(path, rows, delimiter=",", fmt="%.17g")
        return self.scorefem("infer", self.config, "--run", self.run_folder, "--measurement", path, "--output", self.output, *arguments)

    def shares(self):
        with h5py.File(self.output) as file:
            return {name: np.mean(file["misfit/" + name][:] <= bound) for name, bound in CHECKS.items()}

    def test_right_measurements_pass(self):
        n_right = 1000
        for n, m in ((5000, 200), (400, 30)):
            with self.subTest(pairs=n, sensors=m):
                self.train(*self.pairs(n, m))
                right = self.pairs(n_right, m)[1]
                result = self.infer(right)
                self.assert_done(result)
                self.assertNotIn("more warnings are not shown", result.stderr)  # ten are; one is expected
                n_held = min(n // 2, 3000)
                for name, share in self.shares().items():
                    level = CHECKS[name]
                    self.assertLess(share, level + 5 * np.sqrt(level / n_right + level / n_held), name)
                result = self.infer(1000 * right[:1], "--strict")
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn("multiplied by 0.001", result.stderr)

    def test_small_values_are_noticed_or_said_not_to_be(self):
        # Pairs that hold their noise, which nothing but the distance looks at: zeros are too near their mean.
        self.train(*self.pairs(5000, 30))
        right = self.pairs(1, 30)[1]
        result = self.infer(right)
        self.assert_done(result)
        self.assertIn("the size of the noise was not checked in 1 of 1", result.stdout + result.stderr)
        self.assertNotIn("far too small", result.stdout + result.stderr)
        result = self.infer(right / 1000, "--strict")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("unlike those of training", result.stderr)
        # One sensor, for which 0 is as good as any.
        self.train(*self.pairs(5000, 1, mean=1.0))
        result = self.infer(np.array([[1.5]]))
        self.assert_done(result)
        self.assertIn("no check can notice values that are far too small", result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
