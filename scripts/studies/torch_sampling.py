#!/usr/bin/python3
"""Samples posteriors with SciPy's RK45 around a ScoreFEM checkpoint in PyTorch.

The network is the default one (gaussian_residual with a linear centre, for a clipped prior); the equation is dw/dtheta = -F from
pi/2 to 0 (diffusion/model/gaussian_residual.h), one measurement after the other. Prints JSON: time, samples, evaluations of the network
for a sample, mean and standard deviation of each measurement's samples.
"""

import argparse
import json
import time

import h5py
import numpy as np
import torch
from scipy.integrate import solve_ivp

SMALLEST_ANGLE = 1e-3
FAR = 5


def symmetric_roots(matrix, largest):
    """Root and inverse root; variances below what arithmetic can tell from `largest` are raised to that."""
    values, vectors = np.linalg.eigh(matrix)
    roots = np.sqrt(values.clip(1e-12 * largest))
    return (vectors * roots) @ vectors.T, (vectors / roots) @ vectors.T


class Network:
    """F(w, theta) for one measurement, from a checkpoint (diffusion/training/checkpoint_format.md). All sensors are on."""

    def __init__(self, path, measurement, noise):
        archive = torch.jit.load(path, map_location="cpu")
        children = dict(archive.named_children())
        options = dict(archive.model_options)
        if options["network"] != "gaussian_residual" or options["centre"] != "linear" or options["activation"] != "silu" \
                or options["positive"] != "true":
            raise SystemExit(f"{path}: expected a positive gaussian_residual network with silu and a linear centre, not {options}")
        weights = dict(children.get("averaged", children["parameters"]).named_buffers())
        self.layers = [(weights[f"weight_{i}"], weights[f"bias_{i}"]) for i in range(len(weights) // 2)]
        moments = {name: value.numpy() for name, value in children["buffers"].named_buffers()}
        d, joint = archive.n_inferred, moments["covariance"]
        prior, cross, measured = joint[:d, :d], joint[d:, :d], joint[d:, d:]
        gain = np.linalg.solve(measured + noise ** 2 * np.eye(len(measured)), cross)
        deviation = measurement - moments["mean_measured"]
        self.mean = moments["mean_inferred"] + deviation @ gain
        self.root, inverse_root = symmetric_roots(prior - cross.T @ gain, np.diag(prior).max())
        stddev = np.linalg.norm(self.root, axis=1)
        self.prior_mean, self.prior_stddev = moments["mean_inferred"], np.sqrt(np.diag(prior))
        level = 0.25 * np.log(noise / np.sqrt(np.diag(measured).mean()))
        features = [(self.mean - self.prior_mean) / self.prior_stddev, np.log(stddev / self.prior_stddev),
                    deviation / np.sqrt(np.diag(measured)), np.ones(len(measured)), [level]]
        # Without clipping (diffusion/model/unclipped_conditional.h).
        response = moments["response_matrix"]
        cross = response.T @ prior
        gain = np.linalg.solve(cross @ response + moments["response_residual"] + noise ** 2 * np.eye(len(cross)), cross)
        mean = self.prior_mean + (measurement - moments["response_offset"] - self.prior_mean @ response) @ gain
        covariance = prior - cross.T @ gain
        features.append((mean / np.sqrt(np.diag(covariance).clip(1e-24))).clip(-FAR, FAR))
        variance, rotation = np.linalg.eigh(inverse_root @ covariance @ inverse_root)
        self.tensors = [torch.tensor(value, dtype=torch.float32) for value in
                        (self.mean, self.root, stddev, self.prior_mean, self.prior_stddev, np.concatenate(features))]
        self.unclipped = [torch.tensor(value, dtype=torch.float32) for value in
                          ((mean - self.mean) @ inverse_root @ rotation, variance.clip(1e-8, 1e2), rotation)]
        self.evaluations = 0

    def unclipped_flow(self, state, cosine, sine):
        mean, variance, rotation = self.unclipped
        rate = cosine * (variance - 1) / (variance * cosine ** 2 + sine ** 2)
        flow = sine * (mean + rate * (state @ rotation - cosine * mean))
        return (flow @ rotation.T).clamp(-FAR, FAR)

    @torch.no_grad()
    def __call__(self, w, theta):
        """w [rows, d] float64; F of the same shape."""
        self.evaluations += 1
        mean, root, stddev, prior_mean, prior_stddev, features = self.tensors
        state = torch.from_numpy(w).float()
        sine = max(np.sin(theta), SMALLEST_ANGLE)
        deviation = (state @ root) / stddev
        estimate = mean + float(np.cos(theta)) * stddev * deviation
        angle = torch.tensor([np.cos(theta), np.sin(theta), 0.25 * np.log(sine)], dtype=torch.float32)
        constant = torch.cat([features, angle]).expand(len(state), -1)
        unclipped = self.unclipped_flow(state, float(np.cos(theta)), float(np.sin(theta)))
        hidden = torch.cat([state, (estimate - prior_mean) / prior_stddev, constant,
                            (estimate / (sine * stddev)).clamp(-FAR, FAR), unclipped], 1)
        for weight, bias in self.layers[:-1]:
            hidden = torch.nn.functional.silu(torch.nn.functional.linear(hidden, weight, bias))
        shift, gain, natural_shift, natural_gain, weight = torch.nn.functional.linear(hidden, *self.layers[-1]).chunk(5, 1)
        natural = (natural_shift + natural_gain * deviation) / stddev
        return (shift + gain * state + natural @ root + weight * unclipped).double().numpy()

    def to_flux(self, w):
        return np.maximum(self.mean + w @ self.root, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="model.pt of a run")
    parser.add_argument("posterior", help="posterior.h5 of the same run: its first measurements are sampled")
    parser.add_argument("--measurements", type=int, default=1)
    parser.add_argument("--samples", type=int, default=1000, help="of each")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="relative and absolute, of RK45")
    arguments = parser.parse_args()
    with h5py.File(arguments.posterior) as file:
        measurements, noise = file["measurement"][:arguments.measurements], file.attrs["noise_std"]
    seconds, evaluations, means, deviations = 0.0, 0, [], []
    for measurement in measurements:
        network = Network(arguments.model, measurement, noise)
        start = np.random.default_rng(1).standard_normal((arguments.samples, len(network.mean)))
        network(start, 1.0)  # not timed
        network.evaluations = 0
        begin = time.perf_counter()
        solution = solve_ivp(lambda theta, w: -network(w.reshape(start.shape), theta).ravel(), (np.pi / 2, 0.0), start.ravel(),
                             method="RK45", rtol=arguments.tolerance, atol=arguments.tolerance, t_eval=[0.0])
        seconds += time.perf_counter() - begin
        evaluations += network.evaluations
        flux = network.to_flux(solution.y[:, -1].reshape(start.shape))
        means.append(flux.mean(0).tolist())
        deviations.append(flux.std(0, ddof=1).tolist())
    print(json.dumps({"seconds": seconds, "samples": arguments.samples * len(measurements), "evaluations": evaluations / len(measurements),
                      "mean": means, "standard_deviation": deviations}))


if __name__ == "__main__":
    main()
