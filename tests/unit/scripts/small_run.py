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


def _write_columns(path, columns):
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows([repr(float(value)) for value in row] for row in zip(*columns.values()))


def _write_calibration(folder, samples, truth, exact):
    """Ranks and coverage of the samples; the bands are only of the right shape."""
    ranks = (samples < truth[:, None]).mean(axis=1)
    points = np.arange(1, 40) / 40
    difference = (ranks[:, :, None] < points).mean(axis=0) - points
    band = 3 * np.sqrt(points * (1 - points) / len(truth))
    names = [f"{wall}_{i + 1}" for wall in ("lower", "upper") for i in range(PER_WALL)]
    columns = {"point": points, "low": -band, "high": band, **dict(zip(names, difference))}
    for position, name in enumerate(("tarp", "predictive")):
        columns |= {name: difference[position], f"{name}_low": -0.8 * band, f"{name}_high": 0.8 * band}
    _write_columns(folder / "calibration.csv", columns)
    level = np.arange(1, 20) / 20
    share = (abs(ranks[:, :, None] - 0.5) < level / 2).mean(axis=(0, 1))
    _write_columns(folder / "coverage.csv", {
        "level": level, "learnt": share, "low": level - 0.1 * level * (1 - level), "high": level + 0.1 * level * (1 - level),
        "exact": level if exact else np.full_like(level, np.nan), "gaussian": 0.97 * level})


def _comparison(columns, count, exact):
    """Numbers of every measure; some of them made up."""
    def row(learnt, exact_value, gaussian):
        return {"learnt": learnt, "exact": exact_value if exact else None, "gaussian": gaussian}

    mean = {name: float(values.mean()) for name, values in columns.items()}
    table = {"measurements": count, "c2st_against": "truth", "error_ratio": row(1.07, 1.0, 1.01),
             "std_difference": row(0.203, 0.0, -0.011), "energy_score": row(1.234, 1.111, 1.122),
             "sliced_transport": row(0.1234, 0.0567, 0.06), "c2st": {"learnt": 0.63, "exact": None, "gaussian": 0.51},
             "c2st_standard_error": {"learnt": 0.011, "exact": None, "gaussian": 0.012},
             "chi_squared": row(1.52, 1.01, 0.99), "failed_solves": row(3, 0, 0), "central_coverage_1sd": row(0.77, 0.68, 0.66),
             "central_coverage_2sd": row(0.98, 0.95, 0.94), "sbc_p_value": row(0.0005, 0.34, 0.2),
             "tarp_p_value": row(0.02, 0.5, 0.4), "predictive_p_value": row(0.003, 0.6, 0.7)}
    for name, suffix in (("relative_error", "relative_error"), ("posterior_std", "std"), ("crps", "crps")):
        table[name] = row(mean[name], mean[f"exact_{suffix}"], mean[f"gaussian_{suffix}"])
    return table


GATES = [{"name": name, "meaning": f"meaning of {name} <b>", "statistic": statistic, "band": band, "level": 0.01,
          "pass": band[0] <= statistic <= band[1], "exact": {"statistic": sum(band) / 2, "band": band, "pass": True}}
         for name, statistic, band in (("coverage_1sd", 0.7714, [0.61, 0.76]), ("coverage_2sd", 0.98, [0.92, 0.99]),
                                       ("sbc", 0.0005, [0.01, 1]), ("tarp", 0.02, [0.01, 1]),
                                       ("predictive", 0.003, [0.01, 1]))]


def write_small_run(folder, response_csv, masks=True, exact="closed_form", fields=4):
    """Fills `folder`; exact: closed_form, reference or None. Returns the summary that was written to summary.json."""
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
    with h5py.File(folder / ("reference.h5" if exact == "reference" else "gaussian_posterior.h5"), "w") as file:
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
        "gaussian_relative_error": 1.01 * np.abs(learnt - truth).mean(axis=0) / truth.mean(),
        "gaussian_std": 0.9 * spread.mean(axis=0),
        "crps": 0.25 * spread.mean(axis=0),
        "exact_crps": 0.23 * stds.mean(axis=0),
        "gaussian_crps": 0.24 * spread.mean(axis=0),
    }
    _write_metrics(folder / "metrics.csv", columns)
    _write_calibration(folder, samples, truth, exact)
    groups = {"sensors_from": [15, 21], "sensors_to": [20, 28], "measurements": [5, 7]}
    for name in ("relative_error", "posterior_std", "crps", "exact_relative_error", "exact_std", "exact_crps",
                 "gaussian_relative_error", "gaussian_std", "gaussian_crps"):
        groups[name] = [1.1 * columns[name].mean(), 0.9 * columns[name].mean()]
    _write_columns(folder / "by_sensors.csv", groups if masks else {name: values[:1] for name, values in groups.items()})
    _write_training(folder / "training.csv", rng)
    summary = {
        "study": "small", "scorefem_version": "0.1.0", "git_hash": "0123456789abcdef", "date": "2024-05-06T07:08:09Z",
        "means": {name: float(values.mean()) if np.isfinite(values).all() else None for name, values in columns.items()},
        "standard_errors": {"relative_error": 0.00123, "exact_relative_error": 0.00117 if exact else None,
                            "gaussian_relative_error": 0.00119},
        "exact": exact, "gates": GATES, "comparison": _comparison(columns, 12, exact),
        "sizes": {"train": 28, "test": 12, "measurements": 12, "samples": 200, "segments": N, "sensors": N},
        "seeds": {"study": 1},
        "stage_seconds": {"generate": 1.25, "train": 61.5, "sample": 20.75, "evaluate": 0.5},
        "network_evaluations": 2.5, "failed_samples": 0, "noise": {"relative": 0.05, "absolute": NOISE_STD},
        "training": {"epochs": 200, "steps": 1800, "parameters": 222238, "final_training_loss": 8.5431,
                     "final_validation_loss": 8.8123},
        "paper": {"train": 9000, "test": 1000, "measurements": 1000, "samples": 1000, "epochs": 10000},
        "configuration": CONFIGURATION,
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return summary
