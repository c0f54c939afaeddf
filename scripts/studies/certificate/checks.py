"""The share of wrong measurements, and of right ones, that each of the input checks of `infer` notices."""

import json
import sys

import h5py
import numpy as np

from ..machine import machine
from ..wrong_inputs import CHECKS, wrong_inputs
from . import results

BEFORE_SAMPLING = ("distance_p_value", "noise_p_value")
COLUMNS = ("level", "input", "measurements", *(name for check in CHECKS for name in (check, f"{check}_median")), "before_sampling",
           "noticed")
SAMPLES = 100
WARNINGS = ("unlike those of training", "than the noise of training allows")  # of `infer`, before it samples
ONE_BY_ONE = 10  # rows of a batch that the program could not answer


def part(network, n):
    """The CSV of a network's noise level, made if it is not there for just this."""
    path = network.folder / f"checks_{network.level}.csv"
    record = path.with_suffix(".json")
    asked = {"version": network.version, "measurements": n, "settings": network.overrides}
    if not (record.exists() and json.loads(record.read_text())["asked"] == asked
            and results.is_current(path, [network.folder / "model.pt"], COLUMNS)):
        record.unlink(missing_ok=True)
        results.write(path, rows(network, n))
        record.write_text(json.dumps({"asked": asked, "processor": machine()["processor"]}) + "\n")
    return path


def rows(network, n):
    """n of each wrong input, and all right ones."""
    path = network.folder / "check.h5"
    return [row(network.level, name, *p_values(network, values, path)) for name, values in wrong_inputs(network, n, len(network.clean))]


def p_values(network, values, path):
    """Of each check for each measurement; where the sampler could not answer the batch, whether the first rows ended with a warning."""
    if _answers(network, values, path)[0]:
        with h5py.File(path) as file:
            return {check: file[f"misfit/{check}"][:] for check in CHECKS}, []
    return {}, [_answers(network, measurement, path)[1] for measurement in values[:ONE_BY_ONE]]


def _answers(network, values, path):
    """Whether the sampler could answer, and whether the program warned of the values. Bad input of another kind ends here."""
    _, result = network.infer(values, path, "--set", f"sampling.samples={SAMPLES}", expected=(0, 2))
    warned = any(words in result.stderr for words in WARNINGS)
    if result.returncode != 0 and not warned:
        sys.exit(result.stderr)
    return result.returncode == 0, warned


def row(level, name, found, shown):
    """One of the table, of what p_values() gives."""
    if found:
        flags = {check: found[check] <= bound for check, (bound, _) in CHECKS.items()}
        before, noticed = np.any([flags[check] for check in BEFORE_SAMPLING], 0), np.any(list(flags.values()), 0)
    else:
        flags, before, noticed = dict.fromkeys(CHECKS, [np.nan]), shown, shown
    result = {"level": level, "input": name, "measurements": len(noticed)}
    for check in CHECKS:
        result |= {check: float(np.mean(flags[check])), f"{check}_median": float(np.median(found[check])) if found else np.nan}
    return result | {"before_sampling": float(np.mean(before)), "noticed": float(np.mean(noticed))}
