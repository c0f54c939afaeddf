"""What `infer` wrote for a batch of measurements, NAME.h5, with NAME.json beside it: what was asked for, where, how long it took.

A file is used again only if the same is asked for. Earlier runs left NAME.seconds instead; then the file's own attributes have to fit.
"""

import functools
import json

import h5py
import numpy as np
import yaml


def known(path, asked, rows, checkpoint):
    """{"seconds": ..., "processor": ...} of a file that answers just this; None if it has to be made.

    `asked`: of version, samples, settings and shared (settings that all networks share) what matters; `rows`: the measurements
    [n, observation], NaN where there is none; `checkpoint`: the network, which has to be older.
    """
    record, earlier = path.with_suffix(".json"), path.with_suffix(".seconds")
    if not path.exists() or path.stat().st_mtime < checkpoint.stat().st_mtime:
        return None
    if record.exists():
        found = json.loads(record.read_text())
        fits = all(found["asked"].get(key) == value for key, value in asked.items())
    elif earlier.exists():
        found = {"seconds": float(earlier.read_text()), "processor": None}
        fits = _has_attributes(path, asked)
    else:
        return None
    return {key: found[key] for key in ("seconds", "processor")} if fits and _holds(path, rows) else None


def note(path, asked, seconds, processor):
    temporary = path.with_suffix(".json.tmp")
    temporary.write_text(json.dumps({"asked": asked, "seconds": seconds, "processor": processor}) + "\n")
    temporary.replace(path.with_suffix(".json"))


def made_by(file):
    """The version of the program, as program.version() has it."""
    return f"{_text(file, 'scorefem_version')} ({_text(file, 'git_hash')})"


def configuration(file):
    return yaml.safe_load(_text(file, "configuration"))


def _text(file, name):
    value = file.attrs[name]
    return value.decode() if isinstance(value, bytes) else str(value)


def date(file):
    return _text(file, "date")[:10]


def _holds(path, rows):
    """The same measurements, but for rounding."""
    with h5py.File(path) as file:
        there = file["measurement"][:]
    return there.shape == rows.shape and np.allclose(there, rows, rtol=1e-9, atol=0, equal_nan=True)


def _has_attributes(path, asked):
    with h5py.File(path) as file:
        if made_by(file) != asked["version"] or file["samples"].shape[1] != asked.get("samples", file["samples"].shape[1]):
            return False
        resolved = configuration(file)
    settings = asked.get("settings", asked.get("shared"))
    for key, value in dict(setting.split("=", 1) for setting in settings).items():
        try:
            if functools.reduce(lambda part, name: part[name], key.split("."), resolved) != yaml.safe_load(value):
                return False
        except (KeyError, TypeError):
            return False
    return True
