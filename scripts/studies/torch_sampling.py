#!/usr/bin/python3
"""Samples posteriors with SciPy's RK45 around a ScoreFEM checkpoint: scorefem_reader's model, its network evaluated by PyTorch.

The equation is dw/dtheta = -F from the initial angle to 0 (diffusion/model/gaussian_residual.h), one measurement after the other. Prints
JSON: time, samples, evaluations of the network for a sample, mean and standard deviation of each measurement's samples.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from scipy.integrate import solve_ivp

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from scorefem_reader import Model, Posterior, ReaderError  # noqa: E402  (the path comes first)
from scorefem_reader.network import Network  # noqa: E402


class TorchNetwork:
    """The reader's network of plain layers in float32, on PyTorch."""

    def __init__(self, network):
        self.layers = [(torch.tensor(weight).float(), torch.tensor(bias).float()) for weight, bias in network.layers]
        self._activation = {"relu": torch.relu, "silu": torch.nn.functional.silu}[network.activation]
        self.evaluations = 0

    @torch.no_grad()
    def __call__(self, inputs):
        """[rows, inputs] -> [rows, outputs], float64."""
        self.evaluations += 1
        hidden = torch.from_numpy(inputs).float()
        for weight, bias in self.layers[:-1]:
            hidden = self._activation(torch.nn.functional.linear(hidden, weight, bias))
        return torch.nn.functional.linear(hidden, *self.layers[-1]).double().numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="model.pt of a run")
    parser.add_argument("posterior", help="posterior.h5 of the same run: its first measurements are sampled")
    parser.add_argument("--measurements", type=int, default=1)
    parser.add_argument("--samples", type=int, default=1000, help="of each")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="relative and absolute, of RK45")
    arguments = parser.parse_args()
    try:
        model, posterior = Model(arguments.model), Posterior(arguments.posterior)
        if not isinstance(model.network, Network):
            raise ReaderError(f"{arguments.model}: layers = {model.options['layers']}; expected plain")
        model.network = network = TorchNetwork(model.network)
        answers = [model.condition(measurement, posterior.noise_std) for measurement in posterior.measurement[:arguments.measurements]]
    except ReaderError as error:
        sys.exit(f"torch_sampling.py: {error}")
    seconds, means, deviations = 0.0, [], []
    for answer in answers:
        begin_angle = answer.initial_angle
        start = np.sin(begin_angle) * np.random.default_rng(1).standard_normal((arguments.samples, model.n_unknowns))
        answer.flow(start, 1.0)  # not timed
        begin = time.perf_counter()
        solution = solve_ivp(lambda theta, w: -answer.flow(w.reshape(start.shape), theta).ravel(), (begin_angle, 0.0), start.ravel(),
                             method="RK45", rtol=arguments.tolerance, atol=arguments.tolerance, t_eval=[0.0])
        seconds += time.perf_counter() - begin
        samples = answer.to_physical(solution.y[:, -1].reshape(start.shape))
        means.append(samples.mean(0).tolist())
        deviations.append(samples.std(0, ddof=1).tolist())
    evaluations = network.evaluations / len(answers) - 1  # without the untimed one
    print(json.dumps({"seconds": seconds, "samples": arguments.samples * len(answers), "evaluations": evaluations, "mean": means,
                      "standard_deviation": deviations}))


if __name__ == "__main__":
    main()
