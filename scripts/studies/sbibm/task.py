"""What a task of the benchmark is: a prior, a simulator, and where its observations are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np


class SbibmError(Exception):
    """A name, a file or a command that is not what it has to be."""


class Prior(ABC):
    """Of `dimension` unknowns."""

    dimension: int
    bounds: tuple[float, float] = (-np.inf, np.inf)  # the same for all unknowns of a task

    @abstractmethod
    def sample(self, random: np.random.Generator, n: int) -> np.ndarray:
        """[n, dimension]."""

    @abstractmethod
    def log_density(self, theta: np.ndarray) -> np.ndarray:
        """[n, dimension] -> [n], up to a constant; -inf outside the support."""


class Uniform(Prior):
    def __init__(self, dimension: int, bound: float):
        self.dimension, self.bounds = dimension, (-bound, bound)

    def sample(self, random, n):
        return random.uniform(*self.bounds, (n, self.dimension))

    def log_density(self, theta):
        return np.where((np.abs(theta) <= self.bounds[1]).all(1), 0.0, -np.inf)


class Normal(Prior):
    """Of mean 0, given its precision matrix."""

    def __init__(self, precision: np.ndarray):
        self.dimension, self._precision = len(precision), precision
        self._factor = np.linalg.cholesky(np.linalg.inv(precision))

    def sample(self, random, n):
        return random.standard_normal((n, self.dimension)) @ self._factor.T

    def log_density(self, theta):
        return -0.5 * np.einsum("ni,ij,nj->n", theta, self._precision, theta)


class LogNormal(Prior):
    bounds = (0.0, np.inf)

    def __init__(self, location: list[float], scale: list[float]):
        self.dimension, self._location, self._scale = len(location), np.array(location), np.array(scale)

    def sample(self, random, n):
        return np.exp(self._location + self._scale * random.standard_normal((n, self.dimension)))

    def log_density(self, theta):
        inside = (theta > 0).all(1)
        log_theta = np.log(np.where(theta > 0, theta, 1.0))
        density = -0.5 * (((log_theta - self._location) / self._scale) ** 2).sum(1) - log_theta.sum(1)
        return np.where(inside, density, -np.inf)


class Task(ABC):
    """One of the ten. Arrays of theta are [n, unknowns], of x [n, observations]."""

    name: str
    prior: Prior
    n_observations: int
    folder: str  # of its data; variants share that of the task that they vary
    observation_file = "observation.csv"

    @abstractmethod
    def simulate(self, random: np.random.Generator, theta: np.ndarray) -> np.ndarray:
        """One x for each theta."""

    @abstractmethod
    def log_likelihood(self, theta: np.ndarray, x: np.ndarray) -> np.ndarray:
        """[n] for one x [observations], up to a constant: what references are checked with."""

    def pairs(self, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """theta and x of n simulations; the first ones of more are the same only for the same n."""
        random = np.random.default_rng([seed, n])
        theta = self.prior.sample(random, n)
        return theta, self.simulate(random, theta)


def read_table(path: Path) -> np.ndarray:
    """A table of numbers with a line of names, bzip2 or not, float64 [rows, columns]."""
    if not path.is_file():
        raise SbibmError(f"{path}: no such file; expected the benchmark's data, TASK/N/observation.csv or its repository")
    return np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)


class Data:
    """The benchmark's data of one task: folders TASK/N, or those of a clone of its repository."""

    def __init__(self, root: Path, task: Task):
        clone = root / "sbibm" / "tasks" / task.folder / "files"
        self.task, self.is_clone = task, clone.is_dir()
        self.folder = clone if self.is_clone else root / task.folder

    def _file(self, number: int, name: str) -> Path:
        return self.folder / (f"num_observation_{number}" if self.is_clone else f"{number}") / name

    def observation(self, number: int) -> np.ndarray:
        """[observations], number from 1 on."""
        (x,) = read_table(self._file(number, self.task.observation_file))
        if len(x) != self.task.n_observations:
            raise SbibmError(f"{self._file(number, self.task.observation_file)}: {len(x)} columns; expected {self.task.n_observations}")
        return x

    def reference(self, number: int) -> np.ndarray:
        """Draws of the reference posterior, [10000, unknowns]."""
        return read_table(self._file(number, "reference_posterior_samples.csv.bz2"))

    def true_parameters(self, number: int) -> np.ndarray:
        return read_table(self._file(number, "true_parameters.csv"))[0]

    def with_reference(self) -> list[int]:
        """Numbers of the observations that have a reference posterior, of 1 to 10."""
        return [n for n in range(1, 11) if self._file(n, "reference_posterior_samples.csv.bz2").is_file()]
