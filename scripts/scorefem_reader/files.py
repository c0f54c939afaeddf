"""The HDF5 files of a run: dataset.h5 and posterior.h5. Arrays are read when they are asked for, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from . import format_1
from .errors import ReaderError


@dataclass(frozen=True)
class Layout:
    """What the entries of a vector are."""

    names: tuple[str, ...]
    groups: tuple[str, ...]  # what is drawn together; may be empty
    units: tuple[str, ...]
    positions: np.ndarray | None  # [n, 1 to 3], where they have any
    bounds: np.ndarray  # [n, 2], infinite where there is none

    def __len__(self) -> int:
        return len(self.names)

    def of_group(self, group: str) -> np.ndarray:
        """Indices of the group's entries, in order."""
        return np.flatnonzero([name == group for name in self.groups])


class _File:
    """An HDF5 file of one type and of the versions that this reader knows."""

    def __init__(self, path: str | Path, kind: str, versions: tuple[int, ...]):
        self.path = Path(path)
        try:
            self._file = h5py.File(path, "r")
        except OSError as error:
            raise ReaderError(f"{path}: not a readable HDF5 file ({error})") from error
        found = self.attribute("type")
        if found != kind:
            raise ReaderError(f"{path}: type = {found}; expected {kind}")
        self.version = int(self.attribute("format_version"))
        if self.version not in versions:
            raise ReaderError(f"{path}: format version {self.version}; this reader knows {', '.join(map(str, versions))}")

    def close(self) -> None:
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def attribute(self, name: str) -> str | float | int:
        """An attribute of the file, e.g. seed, configuration, scorefem_version, git_hash, date."""
        if name not in self._file.attrs:
            raise ReaderError(f"{self.path}: expected an attribute {name}")
        value = self._file.attrs[name]
        return value.decode() if isinstance(value, bytes) else value.item() if isinstance(value, np.generic) else value

    def array(self, name: str) -> np.ndarray:
        """An array of the file by its name, e.g. /test/field."""
        if name not in self._file or not isinstance(self._file[name], h5py.Dataset):
            raise ReaderError(f"{self.path}: expected an array {name}")
        return self._file[name][()]

    def _texts(self, name: str) -> tuple[str, ...]:
        return tuple(text.decode() if isinstance(text, bytes) else str(text) for text in self.array(name))

    def _layout(self, group: str) -> Layout:
        position = f"{group}/position"
        return Layout(*(self._texts(f"{group}/{name}") for name in ("name", "group", "unit")),
                      self.array(position) if position in self._file else None, self.array(f"{group}/bounds"))


@dataclass(frozen=True)
class Pairs:
    """One part of a data set, one row a sample; rows whose solution failed have NaN observations."""

    unknowns: np.ndarray  # [n, unknowns]
    observations: np.ndarray  # [n, observations], without noise
    noise: np.ndarray  # [n, observations], standard normal; 0 where the simulator has its own randomness
    mask: np.ndarray  # [n, observations], 1 where an observation is on, 0 where it is off

    def __len__(self) -> int:
        return len(self.unknowns)

    def measurements(self, noise_std: float) -> np.ndarray:
        """What the program sees with noise of one level: observations with noise of that standard deviation; NaN where one is off."""
        return np.where(self.mask > 0, self.observations + noise_std * self.noise, np.nan)


class Dataset(_File):
    """dataset.h5 (dataset_format.md)."""

    def __init__(self, path: str | Path):
        super().__init__(path, "scorefem dataset", (1, 2))

    def _pairs(self, part: str) -> Pairs:
        x, y = (self.array(f"/{part}/{format_1.NAMES[name] if self.version == 1 else name}") for name in ("unknowns", "observations"))
        noise, mask = (self.array(f"/{part}/{name}") if f"/{part}/{name}" in self._file else np.full(y.shape, value)
                       for name, value in (("noise", 0.0), ("mask", 1.0)))
        return Pairs(x, y, noise, mask)

    @cached_property
    def train(self) -> Pairs:
        return self._pairs("train")

    @cached_property
    def test(self) -> Pairs:
        return self._pairs("test")

    @cached_property
    def unknowns(self) -> Layout:
        if self.version > 1:
            return self._layout("/unknowns")
        return Layout(**format_1.unknowns(self.array("/segments")))

    @cached_property
    def observations(self) -> Layout:
        if self.version > 1:
            return self._layout("/observations")
        return Layout(**format_1.observations(self.array("/sensors")))


class Posterior(_File):
    """posterior.h5 (posterior_format.md)."""

    def __init__(self, path: str | Path):
        super().__init__(path, "scorefem posterior", (1, 2))
        self.noise_std = float(self.attribute("noise_std"))  # in the noise's standard coordinates: see Model.condition()
        self.seed = int(self.attribute("seed"))

    @cached_property
    def unknowns(self) -> Layout:
        """Files of format 1 do not say: see the run's data set."""
        return self._layout("/unknowns")

    @cached_property
    def observations(self) -> Layout:
        return self._layout("/observations")

    @cached_property
    def samples(self) -> np.ndarray:
        """[measurement, sample, unknown], float32."""
        return self.array("/samples")

    @cached_property
    def measurement(self) -> np.ndarray:
        """[measurement, observation], what was inverted; NaN where an observation is off."""
        return self.array("/measurement")

    @cached_property
    def truth(self) -> np.ndarray | None:
        """[measurement, unknown], where it is known."""
        return self.array("/truth") if "truth" in self._file else None

    def means(self) -> np.ndarray:
        """Posterior means [measurement, unknown]."""
        return self.samples.mean(axis=1, dtype=float)

    def standard_deviations(self) -> np.ndarray:
        """Posterior standard deviations [measurement, unknown]."""
        return self.samples.std(axis=1, ddof=1, dtype=float)
