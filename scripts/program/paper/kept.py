"""The small part of an output folder of `scorefem reproduce` from which its figures, table and claims are drawn: the same files under
the same names, with the rows and the digits that are looked at. Megabytes stand for gigabytes, so that it can be committed."""

import json
import os
import shutil
from pathlib import Path

import h5py
import numpy as np

from paper import catalogue as paper
from plotting import densities, gallery

_SAMPLES = 250  # of a posterior that is drawn as a case
_BUDGET_FILE = "budget.json"
_DIGITS = 4  # decimal ones, of the densities' samples: a histogram's bin is a hundred times as wide


def _write(target, name, values, **options):
    """A dataset in single precision, or as it is if it holds integers or texts."""
    if values.dtype.kind == "f":
        values = values.astype(np.float32)
    compressed = {"compression": "gzip", "compression_opts": 9, "shuffle": True} if values.ndim else {}
    return target.create_dataset(name, data=values, **{**compressed, **options})


def _copy(source, target, name, rows=None, **options):
    if name in source:
        dataset = _write(target, name, source[name][:rows] if rows else source[name][()], **options)
        dataset.attrs.update(source[name].attrs)


def _keep_dataset(source, target):
    """Layouts, the fields and measurements of the first cases, all test unknowns (an uninformed answer's error needs them), and the
    standard deviation of the training observations in place of these."""
    target.attrs.update(source.attrs)
    for name in ("unknowns", "observations"):
        source.copy(name, target)
    for name in ("field_x", "field_y"):
        _copy(source, target, name)
    # Single precision in a figure; the first test samples are found by their numbers, so that no row before them may be left out.
    rows = max(gallery.N_CASES, len(source["test/field"]) if "test/field" in source else 0)
    _copy(source, target, "test/unknowns")
    for name in ("observations", "noise", "mask", "field"):
        _copy(source, target, f"test/{name}", rows)
    target.attrs["training_observations_std"] = np.nanstd(source["train/observations"][()])
    if "train/mask" in source:
        _write(target, "train/mask", source["train/mask"][()].astype(np.uint8))


def _keep_cases(source, target):
    """A posterior's, a reference's or a closed form's first cases."""
    target.attrs.update({name: value for name, value in source.attrs.items() if np.size(value) < 100})
    for name in ("truth", "measurement", "mean", "standard_deviation", "converged"):
        _copy(source, target, name, gallery.N_CASES)
    if "samples" in source:
        _write(target, "samples", source["samples"][: gallery.N_CASES, :_SAMPLES])


def _keep_density_samples(source, target):
    for name, values in source.items():
        target.create_dataset(name, data=values[()].astype(np.float32), scaleoffset=_DIGITS, compression="gzip", shuffle=True)


def _keep_reference(source, target):
    for name in source:
        options = {"scaleoffset": _DIGITS} if name.startswith("x_") else {}
        _write(target, name, source[name][()], **options)


def _hdf5(keep, source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(target.name + ".tmp")
    with h5py.File(source, "r") as one, h5py.File(temporary, "w") as other:
        keep(one, other)
    temporary.replace(target)


def _file(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _keep_run(source, target, with_cases):
    for name in ("metrics.csv", "summary.json"):
        _file(source / name, target / name)
    if not with_cases:
        return
    exact = json.loads((source / "summary.json").read_text(encoding="utf-8")).get("exact")
    for name in ("posterior.h5", "reference.h5" if exact == "reference" else "gaussian_posterior.h5"):
        _hdf5(_keep_cases, source / name, target / name)


def keep(source, target, catalogue):
    """Copies what is finished of folder `source` to `target`, over what is there; returns the names of the runs."""
    problems = {paper.problem(study) for study in catalogue.studies}
    for problem in sorted(problems):
        name = f"data/{problem}/dataset.h5"
        if (source / name).is_file():
            _hdf5(_keep_dataset, source / name, target / name)
    cases = {figure["study"] for figure in catalogue.figures.values() if figure["kind"] == "posterior_cases"}
    kept = []
    for metrics in sorted((source / "posteriors").glob("*/*/*/metrics.csv")):
        folder = metrics.parent.relative_to(source)
        study, noise, sampler = folder.parts[1:]
        if not (source / folder / "summary.json").is_file():
            continue
        with_cases = study in cases and (noise, sampler) == (catalogue.case_noise, "ode")
        _keep_run(source / folder, target / folder, with_cases)
        if with_cases:
            link = target / folder / "dataset.h5"
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(target / paper.dataset(study), link.parent))
        kept.append("/".join(folder.parts[1:]))
    if (source / paper.DENSITIES).is_file():
        _keep_densities(source / "densities", target / "densities")
        kept.append("densities")
    target.mkdir(parents=True, exist_ok=True)
    (target / _BUDGET_FILE).write_text(json.dumps({"budget": catalogue.budget}) + "\n", encoding="utf-8")
    return kept


def budget_of(folder):
    """Which a kept folder was made with; None for any other folder."""
    path = folder / _BUDGET_FILE
    return json.loads(path.read_text(encoding="utf-8"))["budget"] if path.is_file() else None


def _keep_densities(source, target):
    table, _ = densities.read_table(source)
    for name in ("table2.json", "table2.md", "table2.csv"):
        if (source / name).is_file():
            _file(source / name, target / name)
    for density in densities.DENSITIES:
        _hdf5(_keep_reference, source / f"reference_{density}.h5", target / f"reference_{density}.h5")
        for process in densities.PROCESSES:
            name = f"samples/{density}_{process}_{table['seeds'][0]}.h5"
            _hdf5(_keep_density_samples, source / name, target / name)


def size_mb(folder):
    """Of all files below it; links count nothing."""
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink()) / 1e6
