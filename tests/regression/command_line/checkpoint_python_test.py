"""A checkpoint read from Python: the same posterior, sampled by PyTorch and SciPy around its weights."""
import json
import pathlib
import subprocess
import sys
import unittest

import h5py
import numpy
import torch

from program import ProgramTest

SCRIPTS = pathlib.Path(__file__).resolve().parents[3] / "scripts"
SAMPLER = SCRIPTS / "studies/torch_sampling.py"
sys.path.insert(0, str(SCRIPTS))
from scorefem_reader import Model  # noqa: E402  (the path comes first)
from studies.torch_sampling import TorchNetwork  # noqa: E402

N_SAMPLES = 4000


class CheckpointFromPython(ProgramTest):
    def test_posterior_is_the_same(self):
        settings = []
        for setting in ("model.network=gaussian_residual", "model.activation=silu", "model.positive=true", "training.epochs=60",
                        "training.learning_rate=0.003", "training.fresh_noise=true", "training.noise_range=[0.05, 0.5]", "training.patience=12",
                        "sampling.method=angle_heun", "sampling.steps=48", "sampling.measurements=1",
                        f"sampling.samples={N_SAMPLES}"):
            settings += ["--set", setting]
        for command in ("generate", "train", "sample"):
            self.assert_done(self.stage(command, *settings))
        # The program samples with the best weights of a training that looks for them.
        network, best = TorchNetwork(Model(self.run_folder / "model.pt").network), torch.jit.load(self.run_folder / "model.pt").best
        for i, (weight, bias) in enumerate(network.layers):
            self.assertTrue(torch.equal(weight, getattr(best, f"weight_{i}")) and torch.equal(bias, getattr(best, f"bias_{i}")))
        result = subprocess.run([sys.executable, SAMPLER, self.run_folder / "model.pt", self.run_folder / "posterior.h5",
                                 "--samples", str(N_SAMPLES)], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        other = json.loads(result.stdout)
        with h5py.File(self.run_folder / "posterior.h5") as file:
            samples = file["samples"][0].astype(float)
        deviation = samples.std(0, ddof=1)
        # Two independent sets: five standard errors of a difference of means, and of standard deviations (those of a clipped
        # component have heavier tails than a Gaussian: twice as much).
        self.assertLess(numpy.abs((samples.mean(0) - other["mean"][0]) / deviation).max(), 5 * (2 / N_SAMPLES) ** 0.5)
        self.assertLess(numpy.abs(numpy.array(other["standard_deviation"][0]) / deviation - 1).max(), 10 * (1 / N_SAMPLES) ** 0.5)


if __name__ == "__main__":
    unittest.main()
