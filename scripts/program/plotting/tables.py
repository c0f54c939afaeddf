"""Reads the numbers that the pipeline's stages leave as text: CSV tables and summary.json.

Each reader names the file and what it should have held when something is missing.
"""

import csv
import itertools
import json
import math

import numpy as np

from plotting.run_files import OutputError, require_file


def _number(text):
    return float(text) if text.strip() else math.nan


def _read_columns(folder, name, stage, columns):
    """A CSV file with a header, comments above it: names of its columns in order, and their fields as text. `columns` must be there."""
    path = require_file(folder, name, stage)
    with open(path, newline="", encoding="utf-8") as stream:
        header, *rows = list(csv.reader(itertools.dropwhile(lambda line: line.startswith("#"), stream))) or [[]]
    if not rows:
        raise OutputError(f"{path}: expected rows below a header with the columns {', '.join(columns)}")
    missing = [column for column in columns if column not in header]
    if missing:
        raise OutputError(f"{path}: expected the columns {', '.join(missing)}")
    short = [number for number, row in enumerate(rows, start=1) if len(row) != len(header)]
    if short:
        raise OutputError(f"{path}: row {short[0]} has {len(rows[short[0] - 1])} fields, expected {len(header)}")
    return path, header, list(zip(*rows))


def _numbers(path, name, values):
    """Empty fields read as NaN."""
    try:
        return np.array([_number(value) for value in values])
    except ValueError as error:
        raise OutputError(f"{path}: column '{name}' is not numeric ({error})") from error


def _read_table(folder, name, stage, columns, texts=()):
    """Column name -> array, or list for the columns in `texts`. `columns` must be there; others are read too."""
    path, header, values = _read_columns(folder, name, stage, columns)
    return {one: list(column) if one in texts else _numbers(path, one, column) for one, column in zip(header, values)}


LABELS = ("group", "name")
METRICS = ("relative_error", "posterior_std", "prior_std", "coverage_1sd", "coverage_2sd")
EXACT_METRICS = ("exact_relative_error", "exact_std")
GAUSSIAN_METRICS = ("gaussian_relative_error", "gaussian_std")


def read_metrics(folder):
    """metrics.csv, one entry per unknown; without the exact posterior's columns where no closed form is known."""
    table = _read_table(folder, "metrics.csv", "evaluate", (*LABELS, *METRICS, *EXACT_METRICS, *GAUSSIAN_METRICS), LABELS)
    return {name: values for name, values in table.items() if name in (*LABELS, *METRICS) or not np.isnan(values).all()}


def read_by_sensors(folder):
    """by_sensors.csv, one entry per group of measurements by the number of observations that are there."""
    return _read_table(folder, "by_sensors.csv", "evaluate", ("sensors_from", "sensors_to", "measurements"))


def read_coverage(folder):
    """coverage.csv, one entry per level of a central interval; `exact` is NaN where it is not known."""
    return _read_table(folder, "coverage.csv", "evaluate", ("level", "learnt", "low", "high", "exact", "gaussian"))


def read_ranks(folder):
    """calibration.csv: differences of empirical distribution functions, by point, with their bands; `unknowns` [n, points] are
    those of the unknowns, whatever they are called."""
    around = ("point", "low", "high"), ("tarp", "tarp_low", "tarp_high"), ("predictive", "predictive_low", "predictive_high")
    path, header, values = _read_columns(folder, "calibration.csv", "evaluate", (*around[0], *around[1]))
    last = 6 if tuple(header[-6:]) == around[1] + around[2] else 3
    table = {"unknowns": np.array([_numbers(path, *column) for column in zip(header[3:-last], values[3:-last])])}
    for name, column in zip(header[:3] + header[-last:], values[:3] + values[-last:]):
        table[name] = _numbers(path, name, column)
    return table


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
