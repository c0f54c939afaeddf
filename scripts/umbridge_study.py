#!/usr/bin/python3
"""A simulator in Python, learnt over UM-Bridge, and answered by a Markov chain of another program through `scorefem serve`.

    scripts/umbridge_study.py [--output runs/umbridge] [--results results/umbridge] [--set a.b.c=value ...]

Starts inputs/umbridge_simulator.py, runs inputs/umbridge.yaml, then serves the run: for the first test measurements the posterior is
known by quadrature; beside it stand the samples of `scorefem sample`, those of the served `sampler`, and, for the first one, emcee's
ensemble of chains (Debian's python3-emcee), which knows nothing but the served `posterior`. Writes table.csv, table.md and posterior.png.
"""

import argparse
import csv
import http.client
import json
import pathlib
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import emcee
import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "inputs"), str(ROOT / "scripts" / "program")]

import umbridge_simulator as simulator  # noqa: E402

CONFIG = ROOT / "inputs" / "umbridge.yaml"
NOISE = 2.0  # noise.absolute
PRIOR_MEAN, PRIOR_SD = np.array([-0.9, -2.0]), np.array([0.35, 0.35])  # of the logarithms
NAMES = ("infection", "removal")
FEWEST_STEPS = 200


@contextmanager
def background(*command):
    """A program until the end of the block; the first line that it prints with an address."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if "http://" in line:
                yield next(word for word in line.split() if word.startswith("http://"))
                return
        raise RuntimeError(f"{command[0]} ended before it listened")
    finally:
        process.terminate()
        process.communicate(timeout=60)


class Client:
    """A model of an UM-Bridge server, for many threads: a connection for each."""

    def __init__(self, url, name):
        self.address = url.removeprefix("http://")
        self.name = name
        self.of_thread = threading.local()

    def __call__(self, values, **config):
        if not hasattr(self.of_thread, "connection"):
            self.of_thread.connection = http.client.HTTPConnection(self.address, timeout=600)
        body = json.dumps({"name": self.name, "input": [list(map(float, values))], "config": config})
        self.of_thread.connection.request("POST", "/Evaluate", body, {"Content-Type": "application/json"})
        answer = json.loads(self.of_thread.connection.getresponse().read())
        if "error" in answer:
            raise RuntimeError(answer["error"]["message"])
        return np.array(answer["output"])


def log_density(logs, measurement):
    """Of the logarithms of the rates [2, ...], up to a constant."""
    predicted = np.array(simulator.infected(*np.exp(logs), 4))
    misfit = (predicted - measurement.reshape((-1,) + (1,) * (logs.ndim - 1))) / NOISE
    shape = (2,) + (1,) * (logs.ndim - 1)
    score = (logs - PRIOR_MEAN.reshape(shape)) / PRIOR_SD.reshape(shape)
    return -0.5 * (misfit**2).sum(0) - 0.5 * (score**2).sum(0)


class Quadrature:
    """The exact posterior on a grid of the rates' logarithms."""

    def __init__(self, measurement):
        centre, reach = PRIOR_MEAN, 5 * PRIOR_SD
        for points in (151, 201, 301):  # closer each time
            axes = [np.linspace(c - r, c + r, points) for c, r in zip(centre, reach)]
            self.logs = np.array(np.meshgrid(*axes, indexing="ij"))
            density = log_density(self.logs, measurement)
            self.weight = np.exp(density - density.max())
            self.weight /= self.weight.sum()
            centre = (self.weight * self.logs).sum((1, 2))
            deviation = np.sqrt((self.weight * (self.logs - centre[:, None, None])**2).sum((1, 2)))
            reach = np.maximum(7 * deviation, 2 * (axes[0][1] - axes[0][0]))
        rates = np.exp(self.logs)
        self.mean = (self.weight * rates).sum((1, 2))
        self.sd = np.sqrt((self.weight * (rates - self.mean[:, None, None])**2).sum((1, 2)))


def ensemble(log_posterior, start, n_steps, seed=1):
    """emcee's affine-invariant ensemble: the second half of n_steps steps of all walkers, flat; evaluations run side by side."""
    with ThreadPoolExecutor(len(start) // 2) as pool:
        sampler = emcee.EnsembleSampler(*start.shape, log_posterior, pool=pool)
        sampler.random_state = np.random.RandomState(seed).get_state()
        sampler.run_mcmc(start, n_steps)
    return sampler.get_chain(discard=n_steps // 2, flat=True)


def rows_of(measurement, answer, samples, exact):
    """Rows of the table: an answer beside the exact one."""
    for j, name in enumerate(NAMES):
        mean, sd = samples[:, j].mean(), samples[:, j].std()
        yield [measurement + 1, name, answer, f"{mean:.5f}", f"{sd:.5f}", f"{exact.mean[j]:.5f}", f"{exact.sd[j]:.5f}",
               f"{(mean - exact.mean[j]) / exact.sd[j]:+.3f}", f"{sd / exact.sd[j]:.3f}"]


COLUMNS = ["measurement", "unknown", "answer", "mean", "sd", "exact mean", "exact sd", "error of the mean / exact sd", "sd / exact sd"]


def write_table(folder, rows):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "table.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (COLUMNS, ["---"] * len(COLUMNS), *rows)]
    (folder / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw(folder, exact, measurement, truth, learnt, chain):
    from plotting import style
    style.apply()
    plt = style.plt
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.1))
    curves = np.array(simulator.infected(*learnt[:400].T, 4))
    left.fill_between(simulator.DAYS, *np.quantile(curves, (0.025, 0.975), axis=1), color=style.LEARNT, alpha=0.3, lw=0,
                      label="learnt posterior, 95 %")
    left.plot(simulator.DAYS, simulator.infected(*truth, 4), color=style.TRUTH, label="truth")
    left.plot(simulator.DAYS, measurement, "o", color=style.OFF, label="measured")
    left.set(xlabel="day", ylabel="infected share (%)")
    left.legend()
    order = np.sort(exact.weight.ravel())[::-1]
    levels = [order[np.searchsorted(np.cumsum(order), share)] for share in (0.95, 0.68)]
    right.plot(*learnt[:1500].T, ".", ms=2, color=style.LEARNT, alpha=0.5, label="learnt, samples")
    right.plot(*chain[:: len(chain) // 1500].T, ".", ms=2, color=style.GAUSSIAN, alpha=0.5, label="ensemble MCMC through serve")
    # The density of the logarithms, which the levels belong to, drawn over the rates.
    right.contour(*np.exp(exact.logs), exact.weight, levels=levels, colors=style.EXACT, linewidths=1.2)
    right.plot([], [], color=style.EXACT, label="exact, 68 and 95 %")
    right.plot(*truth, "+", ms=9, color=style.TRUTH, label="truth")
    right.set(xlabel="infection (1/day)", ylabel="removal (1/day)")
    right.legend(markerscale=2)
    style.save(figure, folder, "posterior")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build" / "scorefem")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "runs" / "umbridge")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "results" / "umbridge")
    parser.add_argument("--set", action="append", default=[], metavar="a.b.c=value", help="for scorefem run")
    parser.add_argument("--cases", type=int, default=5, help="measurements in the table")
    parser.add_argument("--steps", type=int, default=1000, help="of the ensemble of 24 walkers; the first half is not used")
    arguments = parser.parse_args()
    if arguments.steps < FEWEST_STEPS:
        parser.error(f"--steps {arguments.steps}: expected at least {FEWEST_STEPS}, of which the ensemble forgets where it started")
    if arguments.cases < 1:
        parser.error(f"--cases {arguments.cases}: expected at least 1")
    with background(sys.executable, ROOT / "inputs" / "umbridge_simulator.py", "--port", "0") as url:
        settings = [part for value in [f"forward.url={url}", *arguments.set] for part in ("--set", value)]
        subprocess.run([arguments.program, "run", CONFIG, "--output", arguments.output, *settings], check=True)
        with h5py.File(arguments.output / "posterior.h5") as file:
            measurements, truths = file["measurement"][: arguments.cases], file["truth"][: arguments.cases]
            samples = file["samples"][: arguments.cases].astype(float)
        measured = arguments.output / "measured.csv"
        np.savetxt(measured, measurements[:1], delimiter=",", fmt="%.17g")
        exact = [Quadrature(measurement) for measurement in measurements]
        rows = []
        with background(arguments.program, "serve", CONFIG, "--run", arguments.output, "--measurement", measured, "--port", "0",
                        *settings) as served:
            start = time.monotonic()
            posterior, sampler = Client(served, "posterior"), Client(served, "sampler")
            random = np.random.default_rng(1)
            walkers = np.exp(PRIOR_MEAN + PRIOR_SD * random.normal(size=(24, 2)))
            chain = ensemble(lambda rates: posterior(rates)[0, 0], walkers, arguments.steps)
            print(f"{24 * (arguments.steps + 1)} evaluations of the served posterior in {time.monotonic() - start:.0f} s")
            for i, measurement in enumerate(measurements):
                rows += rows_of(i, "scorefem sample", samples[i], exact[i])
                rows += rows_of(i, "served sampler", sampler(measurement, samples=2000, seed=100 + i), exact[i])
                if i == 0:
                    rows += rows_of(i, "ensemble through serve", chain, exact[i])
    write_table(arguments.results, rows)
    draw(arguments.results, exact[0], measurements[0], truths[0], samples[0], chain)
    print((arguments.results / "table.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
