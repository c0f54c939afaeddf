"""Writes a small output folder as the pipeline would leave it: a linear-Gaussian problem solved exactly.

The "learnt" posterior is the exact one made 20 % too wide, so that learnt and exact can be told apart.
"""

import csv
import json
from pathlib import Path

import h5py
import numpy as np

import small_problems

NOISE_STD = 1.0
CONFIGURATION = "study: small\nseed: 1\nnoise: {relative: 0.05}  # <b>&\n"


def _field(unknowns, x, y):
    """A smooth plume from both walls: not a solution, but of its shape."""
    profile = [np.interp(x, np.linspace(0, 7, len(wall)), np.cumsum(wall)) for wall in np.array_split(unknowns, 2)]
    return np.outer(np.exp(-1.5 * y), profile[0]) + np.outer(np.exp(-1.5 * (2 - y)), profile[1])


def _write_dataset(path, rng, problem, unknowns, clean, mask, fields):
    with h5py.File(path, "w") as file:
        file.attrs["type"], file.attrs["format_version"] = "scorefem dataset", 2
        file.attrs["scorefem_version"], file.attrs["git_hash"] = "0.1.0", "0123456789ab"
        file.attrs["discretisation_error"] = 1e-4
        for part, rows in (("train", slice(12, None)), ("test", slice(0, 12))):
            group = file.create_group(part)
            group["unknowns"] = unknowns[rows]
            group["observations"] = clean[rows]
            group["noise"] = rng.standard_normal(clean[rows].shape)
            if not mask.all():
                group["mask"] = mask[rows].astype(float)
        if fields:
            x, y = np.linspace(0, 8.5, 86), np.linspace(0, 2, 21)
            file["test/field"] = np.array([_field(sample, x, y) for sample in unknowns[:fields]])
            file["test/field"].attrs["unit"] = problem.observations.units[0]
            file["field_x"], file["field_y"] = x, y
            file["field_x"].attrs["unit"] = file["field_y"].attrs["unit"] = "length"
        problem.unknowns.write(file, "unknowns")
        problem.observations.write(file, "observations")


def _posterior(problem, measurement):
    """Exact mean and covariance given the observations that are there."""
    on, covariance = np.isfinite(measurement), problem.covariance
    g = problem.response[on]
    gain = np.linalg.solve(g @ covariance @ g.T + NOISE_STD**2 * np.eye(on.sum()), g @ covariance).T
    return 2 + gain @ (measurement[on] - g.sum(axis=1) * 2.0), covariance - gain @ g @ covariance


def _write_metrics(path, layout, columns):
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["group", "name", *columns])
        for i, (group, name) in enumerate(zip(layout.groups, layout.names)):
            writer.writerow([group, name, *(repr(float(values[i])) for values in columns.values())])


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
    """columns: a dictionary, or a list of names and values where a name may stand twice."""
    names, values = zip(*(columns.items() if isinstance(columns, dict) else columns))
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows([repr(float(value)) for value in row] for row in zip(*values))


def _write_calibration(folder, layout, samples, truth, exact):
    """Ranks and coverage of the samples; the bands are only of the right shape."""
    ranks = (samples < truth[:, None]).mean(axis=1)
    points = np.arange(1, 40) / 40
    difference = (ranks[:, :, None] < points).mean(axis=0) - points
    band = 3 * np.sqrt(points * (1 - points) / len(truth))
    columns = [("point", points), ("low", -band), ("high", band), *zip(layout.names, difference)]
    for position, name in enumerate(("tarp", "predictive")):
        columns += [(name, difference[position]), (f"{name}_low", -0.8 * band), (f"{name}_high", 0.8 * band)]
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
          "detects": "sd 20 % too small", "pass": band[0] <= statistic <= band[1],
          "verdict": "PASS" if band[0] <= statistic <= band[1] else "FAIL",
          "exact": {"statistic": sum(band) / 2, "band": band, "pass": True, "verdict": "PASS", "detects": "sd 20 % too small"}}
         for name, statistic, band in (("coverage_1sd", 0.7714, [0.61, 0.76]), ("coverage_2sd", 0.98, [0.92, 0.99]),
                                       ("sbc", 0.0005, [0.01, 1]), ("tarp", 0.02, [0.01, 1]),
                                       ("predictive", 0.003, [0.01, 1]))]


def write_small_run(folder, response_csv, masks=True, exact="closed_form", fields=4):
    """The channel. Fills `folder`; exact: closed_form, reference or None. Returns the summary that was written to summary.json."""
    return write_run(folder, small_problems.channel(response_csv), masks, exact, fields)


def write_run(folder, problem, masks=False, exact="closed_form", fields=0):
    """As write_small_run, for any problem."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    count = len(problem.unknowns.names)
    unknowns = rng.multivariate_normal(np.full(count, 2.0), problem.covariance, size=40)
    unknowns = np.maximum(0, unknowns) if problem.clips else unknowns
    clean = unknowns @ problem.response.T
    mask = rng.uniform(size=clean.shape) < 0.7 if masks else np.ones(clean.shape, bool)
    _write_dataset(folder / "dataset.h5", rng, problem, unknowns, clean, mask, fields)

    measurement = np.where(mask, clean + NOISE_STD * rng.standard_normal(clean.shape), np.nan)[:12]
    truth = unknowns[:12]
    solved = [_posterior(problem, y) for y in measurement]
    means = np.array([mean for mean, _ in solved])
    stds = np.array([np.sqrt(np.diag(c)) for _, c in solved])
    samples = np.array([rng.multivariate_normal(mean, 1.44 * c, size=200) for mean, c in solved])
    with h5py.File(folder / "posterior.h5", "w") as file:
        file["samples"], file["truth"], file["measurement"] = samples, truth, measurement
        file.attrs["noise_std"] = NOISE_STD
    draws = np.array([rng.multivariate_normal(mean, c, size=300) for mean, c in solved[:3]])
    if not exact:  # as for a problem without a closed form
        means, stds = np.full_like(means, np.nan), np.full_like(stds, np.nan)
    with h5py.File(folder / ("reference.h5" if exact == "reference" else "gaussian_posterior.h5"), "w") as file:
        file["mean"], file["standard_deviation"] = means, stds
        if exact:
            file["samples"] = draws

    learnt, spread = samples.mean(axis=1), samples.std(axis=1)
    columns = {
        "relative_error": np.abs(learnt - truth).mean(axis=0) / truth.mean(),
        "posterior_std": spread.mean(axis=0),
        "prior_std": unknowns.std(axis=0),
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
    _write_metrics(folder / "metrics.csv", problem.unknowns, columns)
    _write_calibration(folder, problem.unknowns, samples, truth, exact)
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
        "local_calibration": {"measurements": 12, "permutations": 199, "share_below_0.05": 0.25,
                              "worst": [{"measurement": 7, "p_value": 0.005, "statistic": 0.1234},
                                        {"measurement": 2, "p_value": 0.01, "statistic": 0.0871}]},
        "exact": exact, "gates": GATES, "comparison": _comparison(columns, 12, exact),
        "sizes": {"train": 28, "test": 12, "measurements": 12, "samples": 200, "unknowns": count,
                  "observations": len(problem.observations.names)},
        "seeds": {"study": 1},
        "stage_seconds": {"generate": 1.25, "train": 61.5, "sample": 20.75, "evaluate": 0.5},
        "network_evaluations": 2.5, "failed_samples": 0, "outside_support": 0.0125 if problem.clips else 0.0,
        "discretisation_warning": "the discretisation's error is <large>" if problem.clips else None,
        "noise": {"model": "gaussian", "relative": 0.05, "absolute": NOISE_STD, "text": f"{NOISE_STD:g} (concentration)"},
        "unit": problem.unknowns.units[0] if len(set(problem.unknowns.units)) == 1 else "",
        "training": {"epochs": 200, "steps": 1800, "parameters": 222238, "final_training_loss": 8.5431,
                     "final_validation_loss": 8.8123},
        "configuration": CONFIGURATION,
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return summary
