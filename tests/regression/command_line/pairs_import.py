"""What the tests of `import` share: small linear pairs whose posterior is known."""

import h5py
import numpy as np

from program import ProgramTest

MINIMAL = """
study: mine
seed: 3
forward: {problem: pairs}
noise: {model: none}
"""
#: What makes a run take seconds.
SMALL = ["--set", "model={width: 32, hidden_layers: 2}", "--set", "training.epochs=60", "--set", "training.batch_size=200",
         "--set", "sampling.measurements=40", "--set", "sampling.samples=400"]
RESPONSE = np.array([[1.0, 0.5], [0.0, 1.0], [1.0, -1.0]])
NOISE = 0.5

def linear_pairs(n, seed, unknowns=None):
    """theta ~ N(0, I), x = G theta + noise of the simulator's own."""
    random = np.random.default_rng(seed)
    theta = random.standard_normal((n, 2)) if unknowns is None else unknowns
    return theta, theta @ RESPONSE.T + NOISE * random.standard_normal((n, 3))

def gaussian_posterior(x, columns=(0, 1, 2)):
    """Mean [n, 2] and standard deviation [2] of theta, given some columns of x."""
    response = RESPONSE[list(columns)]
    covariance = np.linalg.inv(np.eye(2) + response.T @ response / NOISE**2)
    return x[:, list(columns)] @ response @ covariance / NOISE**2, np.sqrt(np.diag(covariance))

class Import(ProgramTest):
    def setUp(self):
        super().setUp()
        self.config = self.write("mine.yaml", MINIMAL)

    def command(self, name, *arguments):
        return self.scorefem(name, self.config, "--output", self.run_folder, *arguments)

    def bring_in(self, *files, test=()):
        return self.command("import", "--pairs", *files, *(["--test", *test] if test else []))

    def dataset(self):
        return h5py.File(self.run_folder / "dataset.h5")

    def attribute(self, name):
        with self.dataset() as file:
            return np.bytes_(file.attrs[name]).decode()

    def npz(self, name, theta, x, **more):
        np.savez(self.folder / name, theta=theta, x=x, **more)
        return self.folder / name

    def csv(self, name, header, rows):
        return self.write(name, "\n".join([header, *(",".join("" if v != v else repr(float(v)) for v in row) for row in rows)]) + "\n")
