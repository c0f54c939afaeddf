"""Reads the HDF5 files that the pipeline's stages leave in an output folder.

Each reader names the file and what it should have held when something is missing.
"""

import copy
import sys
from pathlib import Path

import h5py
import numpy as np

from plotting import style
from plotting.layout import COORDINATES, Layout, with_unit
from plotting.run_files import OutputError, require_file
from plotting.tables import read_summary

sys.path.append(str(Path(__file__).resolve().parents[2]))
from scorefem_reader import format_1  # noqa: E402  (the path comes first)


def _text(value):
    # Paths in it need not be UTF-8.
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "replace")


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

    def rows(self, name):
        """The number of rows of dataset `name`."""
        return self._file[name].shape[0]

    def array(self, name, rank, first=None, rows=None):
        """Dataset `name` of that rank as float64; only its `first` rows, or the `rows` of these increasing numbers, if given."""
        if name not in self._file:
            raise OutputError(f"{self.path}: expected a dataset '{name}'")
        dataset = self._file[name]
        if dataset.ndim != rank:
            raise OutputError(f"{self.path}: dataset '{name}' has shape {dataset.shape}, expected {rank} axes")
        if rows is not None:
            return np.asarray(dataset[rows], dtype=float)
        return np.asarray(dataset[:first] if first else dataset[()], dtype=float)

    def unit(self, name):
        """The attribute `unit` of a dataset."""
        return _text(self._file[name].attrs.get("unit", ""))

    def texts(self, name):
        """Dataset `name`, a list of texts."""
        if name not in self._file:
            raise OutputError(f"{self.path}: expected a dataset '{name}'")
        return [_text(value) for value in self._file[name][()]]

    def layout(self, group):
        """The layout in /unknowns or /observations."""
        positions = self.array(f"{group}/position", 2) if f"{group}/position" in self else None
        texts = [self.texts(f"{group}/{name}") for name in ("name", "group", "unit")]
        style.draw_as_they_are(text for of_all in texts for text in of_all)
        return Layout(*texts, self.array(f"{group}/bounds", 2), positions)

    def text(self, attribute, default=None):
        """An attribute of the root, as text; it has to be there unless a default is given."""
        if attribute not in self._file.attrs:
            if default is not None:
                return default
            raise OutputError(f"{self.path}: expected an attribute '{attribute}'")
        return _text(self._file.attrs[attribute])


class DatasetFile(Hdf5):
    """dataset.h5. Format 1 is read as if it were of format 2."""

    def __init__(self, path):
        super().__init__(path)
        self._is_old = self._file.attrs.get("format_version", 2) == 1

    def array(self, name, rank, first=None, rows=None):
        part, _, values = name.rpartition("/")
        old = part in ("train", "test") and self._is_old
        return super().array(f"{part}/{format_1.NAMES.get(values, values)}" if old else name, rank, first, rows)

    def layout(self, group):
        if not self._is_old:
            return super().layout(group)
        if group == "observations":
            return Layout(**format_1.observations(self.array("sensors", 2)))
        return Layout(**format_1.unknowns(self.array("segments", 2)))


class Domain:
    """The rectangle that fields are stored over, from dataset.h5: x [nx], y [ny], their unit and the field's."""

    def __init__(self, data):
        self.x, self.y = data.array("field_x", 1), data.array("field_y", 1)
        self.length_unit, self.unit = data.unit("field_x"), data.unit("test/field")
        self.length, self.height = self.x[-1], self.y[-1]


class Problem:
    """What a data set is about: layouts of unknowns and observations, the domain if fields are stored, and its configuration."""

    def __init__(self, data):
        self.unknowns, self.observations = data.layout("unknowns"), data.layout("observations")
        self.domain = Domain(data) if "test/field" in data else None
        self.configuration = data.text("configuration", "")

    def coordinate(self, axis):
        """The label of a coordinate: 0, 1 or 2."""
        return with_unit(f"${COORDINATES[axis]}$", self.domain.length_unit if self.domain else "")


def read_problem(folder):
    with DatasetFile(require_file(folder, "dataset.h5", "generate")) as data:
        return Problem(data)


def _solved(data, count):
    """Numbers of the first test samples that have a solution, those that are posed as measurements; where fields are stored, only
    of those that have one."""
    stored = data.rows("test/field") if "test/field" in data else None
    return np.flatnonzero(np.isfinite(data.array("test/observations", 2, first=stored)).all(1))[:count]


def read_fields(folder, count):
    """The first test samples that have a solution: unknowns [n, n_unknowns], field [n, ny, nx], n <= count; no field, None."""
    with DatasetFile(require_file(folder, "dataset.h5", "generate")) as data:
        rows = _solved(data, count)
        fields = data.array("test/field", 3, rows=rows) if "test/field" in data else None
        return data.array("test/unknowns", 2, rows=rows), fields


def _training_std(data):
    """Of all training observations; where results were kept without these, as it was stored in their place."""
    if "train/observations" in data:
        return np.nanstd(data.array("train/observations", 2))
    return float(data.text("training_observations_std"))


def read_instances(folder, count, relative_noise):
    """The first test samples with a stored field, as the sensors see them at that relative noise level: unknowns
    [n, n_unknowns], field [n, ny, nx], measurement [n, n_observations] (NaN: off). See dataset_format.md."""
    unknowns, fields = read_fields(folder, count)
    if fields is None:
        raise OutputError(f"{folder}/dataset.h5: expected stored fields (data.fields)")
    with DatasetFile(require_file(folder, "dataset.h5", "generate")) as data:
        rows = _solved(data, count)
        noise_std = relative_noise * _training_std(data)
        clean, noise = (data.array(f"test/{name}", 2, rows=rows) for name in ("observations", "noise"))
        mask = data.array("test/mask", 2, rows=rows) if "test/mask" in data else np.ones_like(clean)
    return unknowns, fields, np.where(mask > 0, clean + noise_std * noise, np.nan)


def read_provenance(folder):
    """Version and commit of the program that made a data set."""
    with DatasetFile(require_file(folder, "dataset.h5", "generate")) as data:
        return data.text("scorefem_version"), data.text("git_hash")


class Cases:
    """Posteriors of the first measurements: samples [n, n_samples, n_unknowns], truth [n, n_unknowns],
    measurement [n, n_observations] (NaN: not there); exact_mean and exact_std [n, n_unknowns]; has_exact: they are
    known for all of them; exact_samples [n, samples, n_unknowns], None where there are none."""

    label = "test case"

    def __init__(self, posterior, exact, count):
        self.samples = posterior.array("samples", 3, first=count)
        self.truth = posterior.array("truth", 2, first=count)
        self.measurement = posterior.array("measurement", 2, first=count)
        self.exact_mean = exact.array("mean", 2, first=count)
        self.exact_std = exact.array("standard_deviation", 2, first=count)
        usable = exact.array("converged", 1, first=count) if "converged" in exact else np.ones(len(self.exact_mean))
        self.has_exact = len(self.exact_mean) == len(self.truth) and bool(usable.all() and np.isfinite(self.exact_mean).all())
        self.exact_samples = exact.array("samples", 3, first=count) if self.has_exact and "samples" in exact else None


MISFIT_CHECKS = ("distance", "noise", "predictive", "repetition")  # of the group /misfit, in the order of `infer`


class OwnPosterior:
    """Posteriors of a file of `infer` or `sample` alone, as Cases, for as many of its measurements; truth: None where it is not known."""

    label = "measurement"
    has_exact, exact_samples = False, None

    def __init__(self, path, count):
        with Hdf5(path) as file:
            self.unknowns, self.observations, self.domain = file.layout("unknowns"), file.layout("observations"), None
            self.samples, self.measurement = file.array("samples", 3, first=count), file.array("measurement", 2, first=count)
            self.truth = file.array("truth", 2, first=count) if "truth" in file else None
            self.count = file.rows("samples")  # in the file
            names = [f"{check}_{what}" for check in MISFIT_CHECKS for what in ("p_value", "warned")]
            rows = {name: file.array(f"misfit/{name}", 1) for name in names if f"misfit/{name}" in file}
            # More rows than measurements: they are one that is repeated, of which the worst row counts.
            self.repeated = any(len(values) != self.count for values in rows.values())
            self.misfit = {name: values if len(values) == self.count else np.array([values.max() if name.endswith("_warned") else values.min()])
                           for name, values in rows.items()}
            self.facts = {name: file.text(name) for name in ("scorefem_version", "git_hash", "date", "configuration")}

    def first(self, count):
        """The first measurements alone."""
        part = copy.copy(self)
        part.samples, part.measurement = self.samples[:count], self.measurement[:count]
        part.truth = None if self.truth is None else self.truth[:count]
        return part

    def coordinate(self, axis):
        """As Problem's: the label of a coordinate."""
        return f"${COORDINATES[axis]}$"


def _exact_moments(folder):
    """The file of the exact posterior: the reference where it was compared with, else the closed form."""
    if read_summary(folder).get("exact") == "reference":
        return require_file(folder, "reference.h5", "reference")
    return require_file(folder, "gaussian_posterior.h5", "evaluate")


def read_cases(folder, count):
    """The first measurements of a run, which are the first test samples."""
    with Hdf5(require_file(folder, "posterior.h5", "sample")) as posterior, \
         Hdf5(_exact_moments(folder)) as exact:
        cases = Cases(posterior, exact, count)
    unknowns, _ = read_fields(folder, count)
    shared = min(len(unknowns), len(cases.truth))
    if not np.allclose(unknowns[:shared], cases.truth[:shared], atol=0):
        raise OutputError("posterior.h5: 'truth' differs from the first test samples of dataset.h5: "
                          "expected the two files to belong to the same run")
    return cases
