"""Reads the files that the pipeline's stages leave in an output folder.

Each reader names the file and what it should have held when something is missing.
"""

import csv
import json
import math
from pathlib import Path

import h5py
import numpy as np


class OutputError(Exception):
    """A file of the output folder is missing or does not hold what was expected."""


def require_file(folder, name, stage):
    """The path of folder/name; `stage` is the subcommand that writes it."""
    path = Path(folder) / name
    if not path.is_file():
        raise OutputError(f"{path}: no such file (expected from `scorefem {stage}`)")
    return path


class Hdf5:
    """A read-only HDF5 file whose lookups fail with the file's name and the dataset that was expected."""

    def __init__(self, path):
        self.path = path
        try:
            self._file = h5py.File(path, "r")
        except OSError as error:
            raise OutputError(f"{path}: not a readable HDF5 file ({error})") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def __contains__(self, name):
        return name in self._file

    def array(self, name, rank, first=None):
        """Dataset `name` of that rank as float64; only its `first` rows if given."""
        if name not in self._file:
            raise OutputError(f"{self.path}: expected a dataset '{name}'")
        dataset = self._file[name]
        if dataset.ndim != rank:
            raise OutputError(f"{self.path}: dataset '{name}' has shape {dataset.shape}, expected {rank} axes")
        return np.asarray(dataset[:first] if first else dataset[()], dtype=float)

    def text(self, attribute):
        """An attribute of the root, as text."""
        if attribute not in self._file.attrs:
            raise OutputError(f"{self.path}: expected an attribute '{attribute}'")
        value = self._file.attrs[attribute]
        return value.decode() if isinstance(value, bytes) else str(value)


class Geometry:
    """The channel, its flux segments and its sensors, from dataset.h5. All lengths share one unit.

    segments: [n_segments, 3] wall (0 lower, 1 upper), x_begin, x_end; sensors: [n_sensors, 2] x, y;
    field_x, field_y: the fields' grid, which runs from end to end; length, height: of the channel.
    """

    def __init__(self, data):
        self.segments = data.array("segments", 2)
        self.sensors = data.array("sensors", 2)
        self.field_x = data.array("field_x", 1)
        self.field_y = data.array("field_y", 1)
        self.length = self.field_x[-1]
        self.height = self.field_y[-1]

    def wall(self, index):
        """Positions in the flux vector of the segments on wall 0 (lower) or 1 (upper), from left to right."""
        return np.flatnonzero(self.segments[:, 0] == index)

    def edges(self, index):
        """x of the ends of that wall's segments, [segments on the wall + 1]."""
        segments = self.segments[self.wall(index)]
        return np.append(segments[:, 1], segments[-1, 2])


def read_geometry(folder):
    with Hdf5(require_file(folder, "dataset.h5", "generate")) as data:
        return Geometry(data)


def has_fields(folder):
    """Whether the run stored concentration fields (data.fields > 0), and with them the channel's extent."""
    with Hdf5(require_file(folder, "dataset.h5", "generate")) as data:
        return "test/field" in data


def read_fields(folder, count):
    """The first test samples that have a stored field: flux [n, n_segments], field [n, ny, nx], n <= count."""
    with Hdf5(require_file(folder, "dataset.h5", "generate")) as data:
        fields = data.array("test/field", 3, first=count)
        return data.array("test/flux", 2, first=len(fields)), fields


def read_instances(folder, count, relative_noise):
    """The first test samples with a stored field, as a sensor sees them at that relative noise level: flux
    [n, n_segments], field [n, ny, nx], measurement [n, n_sensors] (NaN: off). See dataset_format.md."""
    flux, fields = read_fields(folder, count)
    with Hdf5(require_file(folder, "dataset.h5", "generate")) as data:
        noise_std = relative_noise * np.nanstd(data.array("train/concentration", 2))
        clean, noise, mask = (data.array(f"test/{name}", 2, first=len(fields)) for name in ("concentration", "noise", "mask"))
    return flux, fields, np.where(mask > 0, clean + noise_std * noise, np.nan)


def read_provenance(folder):
    """Version and commit of the program that made a data set."""
    with Hdf5(require_file(folder, "dataset.h5", "generate")) as data:
        return data.text("scorefem_version"), data.text("git_hash")


class Cases:
    """Posteriors of the first measurements: samples [n, n_samples, n_segments], truth [n, n_segments],
    measurement [n, n_sensors] (NaN: off); exact_mean and exact_std [n, n_segments]; has_exact: they are known
    for all of them."""

    def __init__(self, posterior, exact, count):
        self.samples = posterior.array("samples", 3, first=count)
        self.truth = posterior.array("truth", 2, first=count)
        self.measurement = posterior.array("measurement", 2, first=count)
        self.exact_mean = exact.array("mean", 2, first=count)
        self.exact_std = exact.array("standard_deviation", 2, first=count)
        usable = exact.array("converged", 1, first=count) if "converged" in exact else np.ones(len(self.exact_mean))
        self.has_exact = len(self.exact_mean) == len(self.truth) and bool(usable.all() and np.isfinite(self.exact_mean).all())


def _exact_moments(folder):
    """The file with mean and standard deviation of the exact posterior: the reference where it was compared with."""
    if read_summary(folder).get("exact") == "reference":
        return require_file(folder, "reference.h5", "reference")
    return require_file(folder, "gaussian_posterior.h5", "evaluate")


def read_cases(folder, count):
    with Hdf5(require_file(folder, "posterior.h5", "sample")) as posterior, \
         Hdf5(_exact_moments(folder)) as exact:
        return Cases(posterior, exact, count)


def _number(text):
    return float(text) if text.strip() else math.nan


def _read_table(folder, name, stage, columns):
    """A CSV file with a header: column name -> array; the column `wall` stays text. Empty fields read as NaN.

    `columns` must be there; others are read too.
    """
    path = require_file(folder, name, stage)
    with open(path, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    if not rows:
        raise OutputError(f"{path}: expected rows below a header with the columns {', '.join(columns)}")
    missing = [column for column in columns if column not in rows[0]]
    if missing:
        raise OutputError(f"{path}: expected the columns {', '.join(missing)}")
    table = {}
    for column in rows[0]:
        values = [row[column] or "" for row in rows]
        try:
            table[column] = values if column == "wall" else np.array([_number(value) for value in values])
        except ValueError as error:
            raise OutputError(f"{path}: column '{column}' is not numeric ({error})") from error
    return table


METRICS = ("relative_error", "posterior_std", "prior_std", "coverage_1sd", "coverage_2sd")
EXACT_METRICS = ("exact_relative_error", "exact_std")
GAUSSIAN_METRICS = ("gaussian_relative_error", "gaussian_std")


def read_metrics(folder):
    """metrics.csv, one entry per segment; without the exact posterior's columns where no closed form is known."""
    table = _read_table(folder, "metrics.csv", "evaluate", ("wall", "segment", *METRICS, *EXACT_METRICS, *GAUSSIAN_METRICS))
    return {name: values for name, values in table.items() if name == "wall" or not np.isnan(values).all()}


def read_by_sensors(folder):
    """by_sensors.csv, one entry per group of measurements by the number of sensors on."""
    return _read_table(folder, "by_sensors.csv", "evaluate", ("sensors_from", "sensors_to", "measurements"))


def read_coverage(folder):
    """coverage.csv, one entry per level of a central interval; `exact` is NaN where it is not known."""
    return _read_table(folder, "coverage.csv", "evaluate", ("level", "learnt", "low", "high", "exact", "gaussian"))


def read_ranks(folder):
    """calibration.csv: differences of empirical distribution functions, by point, with their bands."""
    return _read_table(folder, "calibration.csv", "evaluate", ("point", "low", "high", "tarp", "tarp_low", "tarp_high"))


def read_training(folder):
    """training.csv, one entry per logged epoch; validation_loss is NaN where it was not evaluated."""
    columns = ("epoch", "training_loss", "validation_loss", "learning_rate")
    return _read_table(folder, "training.csv", "train", columns)


def read_convergence(folder):
    """convergence.csv, one entry per discretisation; error is NaN where a sample had no solution."""
    return _read_table(folder, "convergence.csv", "convergence", ("degree", "unknowns", "sample_seconds", "error"))


def read_summary(folder):
    path = require_file(folder, "summary.json", "evaluate")
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise OutputError(f"{path}: not valid JSON ({error})") from error
    means = summary.get("means") if isinstance(summary, dict) else None
    missing = [name for name in METRICS if name not in (means or {})]
    if missing:
        raise OutputError(f"{path}: expected an object with 'means' of {', '.join(missing)}")
    return summary
