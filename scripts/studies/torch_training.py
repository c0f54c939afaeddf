#!/usr/bin/python3
"""Times a training step of the paper's network in PyTorch: prints steps per second, medians of ten rounds.

Batch, noise, loss, gradient, Adam and moving average, as in ScoreFEM. On the CPU the BLAS is whatever the loader finds first. On a
GPU everything stays there and Adam is PyTorch's fused one; --compile compiles the step as far as the gradient.
"""

import argparse
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


def loss_of(model, flux, concentration, t, z):
    s = ((25.0 ** t - 1) / (2 * 1.6094379)).sqrt()
    angle = 6.2831853 * t
    embedding = torch.cat([t - 0.5, angle.cos(), angle.sin(), -(2 * angle).cos()], 1)
    score = model(torch.cat([flux + s * z, concentration, embedding], 1))
    return (s * score + z).square().mean()


def steps(count, device, compile_mode):
    """Runs `count` steps; a generator, so that set-up is not timed."""
    model = network().to(device)
    flux, concentration = torch.rand(PAIRS, COMPONENTS, device=device), torch.rand(PAIRS, COMPONENTS, device=device)
    parameters = list(model.parameters())
    average = [p.detach().clone() for p in parameters]
    optimiser = torch.optim.Adam(parameters, lr=1e-3, **({"fused": True} if device == "cuda" else {"foreach": True}))
    loss_function = torch.compile(loss_of, mode=compile_mode) if compile_mode else loss_of
    while True:
        for _ in range(count):
            rows = torch.randperm(PAIRS, device=device)[:BATCH]
            t = torch.rand(BATCH, 1, device=device)
            z = torch.randn(BATCH, COMPONENTS, device=device)
            loss = loss_function(model, flux[rows], concentration[rows], t, z)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                torch._foreach_mul_(average, 0.999)
                torch._foreach_add_(average, parameters, alpha=0.001)
        if device == "cuda":
            torch.cuda.synchronize()
        yield


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--compile", choices=("default", "reduce-overhead", "max-autotune"), help="torch.compile's mode (default: eager)")
    parser.add_argument("--steps", type=int, default=10, help="of a round (default 10)")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    rounds = steps(arguments.steps, arguments.device, arguments.compile)
    for _ in range(2):
        next(rounds)
    seconds = []
    for _ in range(10):
        begin = time.perf_counter()
        next(rounds)
        seconds.append(time.perf_counter() - begin)
    print(arguments.steps / statistics.median(seconds))


if __name__ == "__main__":
    main()
