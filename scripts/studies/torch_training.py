#!/usr/bin/python3
"""Times a training step of the paper's network in PyTorch: prints steps per second, medians of ten rounds.

Batch, noise, loss, gradient, Adam and moving average, as in ScoreFEM; the BLAS is whatever the loader finds first.
"""

import statistics
import time

import torch

BATCH, PAIRS, COMPONENTS = 1000, 9000, 30


def network():
    widths = [2 * COMPONENTS + 4, 256, 256, 256, 256, COMPONENTS]
    layers = []
    for n_in, n_out in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def steps(model, count):
    """Runs `count` steps; a generator, so that set-up is not timed."""
    flux, concentration = torch.rand(PAIRS, COMPONENTS), torch.rand(PAIRS, COMPONENTS)
    parameters = list(model.parameters())
    average = [p.detach().clone() for p in parameters]
    optimiser = torch.optim.Adam(parameters, lr=1e-3, foreach=True)
    while True:
        for _ in range(count):
            rows = torch.randperm(PAIRS)[:BATCH]
            t = torch.rand(BATCH, 1)
            s = ((25.0 ** t - 1) / (2 * 1.6094379)).sqrt()
            z = torch.randn(BATCH, COMPONENTS)
            angle = 6.2831853 * t
            embedding = torch.cat([t - 0.5, angle.cos(), angle.sin(), -(2 * angle).cos()], 1)
            score = model(torch.cat([flux[rows] + s * z, concentration[rows], embedding], 1))
            loss = (s * score + z).square().mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                torch._foreach_mul_(average, 0.999)
                torch._foreach_add_(average, parameters, alpha=0.001)
        yield


def main():
    torch.manual_seed(1)
    rounds = steps(network(), 10)
    next(rounds)
    seconds = []
    for _ in range(10):
        begin = time.perf_counter()
        next(rounds)
        seconds.append(time.perf_counter() - begin)
    print(10 / statistics.median(seconds))


if __name__ == "__main__":
    main()
