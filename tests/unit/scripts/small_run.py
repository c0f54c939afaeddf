"""Writes a small output folder as the pipeline would leave it: a linear-Gaussian problem solved exactly.

The "learnt" posterior is the exact one made 20 % too wide, so that learnt and exact can be told apart.
"""

import csv
import json
from pathlib import Path

import h5py
import numpy as np

PER_WALL = 15
N = 2 * PER_WALL
NOISE_STD = 1.0
CONFIGURATION = "study: small\nseed: 1\nnoise: {relative: 0.05}  # <b>&\n"


def _prior_covariance():
    x = (np.arange(PER_WALL) + 0.5) * 7 / PER_WALL
    midpoints = np.array([(a, y) for y in (0, 2) for a in x])
    squared = ((midpoints[:, None] - midpoints[None]) ** 2).sum(axis=2)
    return np.exp(-squared / 8) + 1e-8 * np.eye(N)


def _field(flux, x, y):
    """A smooth plume from both walls: not a solution, but of its shape."""
    profile = [np.interp(x, np.linspace(0, 7, PER_WALL), np.cumsum(wall)) for wall in (flux[:PER_WALL], flux[PER_WALL:])]
    return np.outer(np.exp(-1.5 * y), profile[0]) + np.outer(np.exp(-1.5 * (2 - y)), profile[1])


def _write_dataset(path, rng, flux, clean, mask, fields):
    with h5py.File(path, "w") as file:
        file.attrs["format_version"] = 1
        file.attrs["scorefem_version"], file.attrs["git_hash"] = "0.1.0", "0123456789ab"
        file.attrs["discretisation_error"] = 1e-4
        for part, rows in (("train", slice(12, None)), ("test", slice(0, 12))):
            group = file.create_group(part)
            group["flux"] = flux[rows]
            group["concentration"] = clean[rows]
            group["noise"] = rng.standard_normal(clean[rows].shape)
            group["mask"] = mask[rows]
        if fields:
            x, y = np.linspace(0, 8.5, 86), np.linspace(0, 2, 21)
            file["test/field"] = np.array([_field(sample, x, y) for sample in flux[:fields]])
            file["field_x"], file["field_y"] = x, y
        file["sensors"] = np.array([(0.5 * (i + 1), row) for row in (0.5, 1.5) for i in range(PER_WALL)])
        ends = np.arange(PER_WALL + 1) * 7 / PER_WALL
        file["segments"] = np.array([(wall, ends[i], ends[i + 1]) for wall in (0, 1) for i in range(PER_WALL)])


def _posterior(response, covariance, measurement):
    """Exact mean and covariance given the sensors that are on."""
    on = np.isfinite(measurement)
    g = response[on]
    gain = np.linalg.solve(g @ covariance @ g.T + NOISE_STD**2 * np.eye(on.sum()), g @ covariance).T
    return 2 + gain @ (measurement[on] - g @ np.full(N, 2.0)), covariance - gain @ g @ covariance


def _write_metrics(path, columns):
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["wall", "segment", *columns])
        for i in range(N):
            wall = "lower" if i < PER_WALL else "upper"
            writer.writerow([wall, i % PER_WALL + 1, *(repr(float(values[i])) for values in columns.values())])


def _write_training(path, rng):
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["epoch", "training_loss", "validation_loss", "learning_rate"])
        for epoch in range(1, 201):
            loss = 8 + 22 / epoch**0.7
            validation = repr(loss * 1.03 + 0.05 * rng.standard_normal()) if epoch % 5 == 0 else ""
            rate = 1e-3 * 0.5 * (1 + np.cos(np.pi * epoch / 200))
            writer.writerow([epoch, repr(loss + 0.2 * rng.standard_normal()), validation, repr(rate)])


def write_small_run(folder, response_csv, masks=True, exact=True, fields=4):
    """Fills `folder`; returns the summary that was written to summary.json."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    response = np.loadtxt(response_csv, delimiter=",")
    covariance = _prior_covariance()
    flux = np.maximum(0, rng.multivariate_normal(np.full(N, 2.0), covariance, size=40))
    clean = flux @ response.T
    mask = rng.uniform(size=clean.shape) < 0.7 if masks else np.ones(clean.shape, bool)
    _write_dataset(folder / "dataset.h5", rng, flux, clean, mask.astype(float), fields)

    measurement = np.where(mask, clean + NOISE_STD * rng.standard_normal(clean.shape), np.nan)[:12]
    truth = flux[:12]
    solved = [_posterior(response, covariance, y) for y in measurement]
    means = np.array([mean for mean, _ in solved])
    stds = np.array([np.sqrt(np.diag(c)) for _, c in solved])
    samples = np.array([rng.multivariate_normal(mean, 1.44 * c, size=200) for mean, c in solved])
    with h5py.File(folder / "posterior.h5", "w") as file:
        file["samples"], file["truth"], file["measurement"] = samples, truth, measurement
        file.attrs["noise_std"] = NOISE_STD
    if not exact:  # as for a problem without a closed form
        means, stds = np.full_like(means, np.nan), np.full_like(stds, np.nan)
    with h5py.File(folder / "gaussian_posterior.h5", "w") as file:
        file["mean"], file["standard_deviation"] = means, stds

    learnt, spread = samples.mean(axis=1), samples.std(axis=1)
    columns = {
        "relative_error": np.abs(learnt - truth).mean(axis=0) / truth.mean(),
        "posterior_std": spread.mean(axis=0),
        "prior_std": flux.std(axis=0),
        "coverage_1sd": (np.abs(learnt - truth) < spread).mean(axis=0),
        "coverage_2sd": (np.abs(learnt - truth) < 2 * spread).mean(axis=0),
        "exact_relative_error": np.abs(means - truth).mean(axis=0) / truth.mean(),
        "exact_std": stds.mean(axis=0),
    }
    _write_metrics(folder / "metrics.csv", columns)
    _write_training(folder / "training.csv", rng)
    summary = {
        "study": "small", "scorefem_version": "0.1.0", "git_hash": "0123456789abcdef", "date": "2024-05-06T07:08:09Z",
        "means": {name: float(values.mean()) if np.isfinite(values).all() else None for name, values in columns.items()},
        "standard_errors": {"relative_error": 0.00123, "exact_relative_error": 0.00117 if exact else None},
        "sizes": {"train": 28, "test": 12, "measurements": 12, "samples": 200, "segments": N, "sensors": N},
        "seeds": {"study": 1},
        "stage_seconds": {"generate": 1.25, "train": 61.5, "sample": 20.75, "evaluate": 0.5},
        "network_evaluations": 123456, "failed_samples": 0, "noise": {"relative": 0.05, "absolute": NOISE_STD},
        "training": {"epochs": 200, "steps": 1800, "parameters": 222238, "final_training_loss": 8.5431,
                     "final_validation_loss": 8.8123},
        "paper": {"train": 9000, "test": 1000, "measurements": 1000, "samples": 1000, "epochs": 10000},
        "configuration": CONFIGURATION,
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return summary
