"""The tasks whose simulator is a formula; those with a differential equation are in dynamics.py. Numbers as in the benchmark's paper,
appendix T."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .task import Normal, SbibmError, Task, Uniform


class GaussianLinear(Task):
    """x ~ N(theta, 0.1 I)."""

    name = folder = "gaussian_linear"
    prior = Normal(np.eye(10) / 0.1)
    n_observations = 10

    def simulate(self, random, theta):
        return theta + np.sqrt(0.1) * random.standard_normal(theta.shape)

    def log_likelihood(self, theta, x):
        return -0.5 * ((x - theta) ** 2).sum(1) / 0.1


class GaussianLinearUniform(GaussianLinear):
    name = folder = "gaussian_linear_uniform"
    prior = Uniform(10, 1)


class GaussianMixture(Task):
    """x ~ N(theta, I) or N(theta, 0.01 I), each with probability 1/2."""

    name = folder = "gaussian_mixture"
    prior = Uniform(2, 10)
    n_observations = 2

    def simulate(self, random, theta):
        scale = np.where(random.random((len(theta), 1)) < 0.5, 1.0, 0.1)
        return theta + scale * random.standard_normal(theta.shape)

    def log_likelihood(self, theta, x):
        squared = ((x - theta) ** 2).sum(1)
        return np.logaddexp(-0.5 * squared, -0.5 * squared / 0.01 - np.log(0.01))


class TwoMoons(Task):
    """A crescent, moved by theta."""

    name = folder = "two_moons"
    prior = Uniform(2, 1)
    n_observations = 2

    @staticmethod
    def _shift(theta):
        return np.stack([-np.abs(theta[:, 0] + theta[:, 1]), theta[:, 1] - theta[:, 0]], axis=1) / np.sqrt(2)

    def simulate(self, random, theta):
        angle = random.uniform(-np.pi / 2, np.pi / 2, len(theta))
        radius = random.normal(0.1, 0.01, len(theta))
        return np.stack([radius * np.cos(angle) + 0.25, radius * np.sin(angle)], axis=1) + self._shift(theta)

    def log_likelihood(self, theta, x):
        p = x - self._shift(theta) - [0.25, 0]
        radius = np.hypot(p[:, 0], p[:, 1])  # ten sd from 0
        return np.where(p[:, 0] > 0, -0.5 * ((radius - 0.1) / 0.01) ** 2 - np.log(radius), -np.inf)


class Slcp(Task):
    """Simple likelihood, complex posterior: four draws of a Gaussian in the plane whose five parameters are wanted."""

    name = folder = "slcp"
    prior = Uniform(5, 3)
    n_observations = 8

    @staticmethod
    def _covariance(theta):
        """Entries 11, 12 and 22 of S, each [n]."""
        s1, s2 = theta[:, 2] ** 2, theta[:, 3] ** 2
        return s1**2 + 1e-6, np.tanh(theta[:, 4]) * s1 * s2, s2**2 + 1e-6

    def simulate(self, random, theta):
        a, b, c = self._covariance(theta)
        first, second = random.standard_normal((2, len(theta), 4))
        lower = (b / np.sqrt(a))[:, None]
        x = theta[:, :1] + np.sqrt(a)[:, None] * first
        y = theta[:, 1:2] + lower * first + np.sqrt(c[:, None] - lower**2) * second
        return np.stack([x, y], axis=2).reshape(len(theta), 8)

    def log_likelihood(self, theta, x):
        a, b, c = (entry[:, None] for entry in self._covariance(theta))
        determinant = a * c - b * b
        u, v = x[0::2] - theta[:, :1], x[1::2] - theta[:, 1:2]
        return (-0.5 * (c * u * u - 2 * b * u * v + a * v * v) / determinant - 0.5 * np.log(determinant)).sum(1)


class SlcpDistractors(Slcp):
    """The same eight numbers among 92 of a mixture of 20 Student-t distributions."""

    name = "slcp_distractors"
    n_observations = 100
    observation_file = "observation_distractors.csv"

    def __init__(self, root: Path):
        folder = root / self.folder
        if not (folder / "distractors.npz").is_file():
            raise SbibmError(f"{folder}/distractors.npz: no such file; expected weight, df, loc and scale_tril of the distractors")
        mixture = np.load(folder / "distractors.npz")
        self._weight, self._df, self._loc, self._scale = (mixture[name].astype(float) for name in ("weight", "df", "loc", "scale_tril"))
        self.order = np.loadtxt(folder / "permutation.csv", dtype=int)

    def simulate(self, random, theta):
        n = len(theta)
        chosen = random.choice(len(self._weight), n, p=self._weight / self._weight.sum())
        noise = np.empty((n, self._loc.shape[1]))
        for k, (df, loc, scale) in enumerate(zip(self._df, self._loc, self._scale)):
            rows = np.flatnonzero(chosen == k)
            normal = random.standard_normal((len(rows), len(loc))) @ scale.T
            noise[rows] = loc + normal / np.sqrt(random.chisquare(df, (len(rows), 1)) / df)
        return np.hstack([super().simulate(random, theta), noise])[:, self.order]

    def log_likelihood(self, theta, x):
        return super().log_likelihood(theta, x[np.argsort(self.order)[:8]])


def _smoothing_precision() -> np.ndarray:
    """P of the prior of bernoulli_glm: 1/2 for the offset; for the filter F^T F, F = D D + diag(sqrt(i / 9)), D second... first
    differences."""
    difference = np.eye(9) - np.eye(9, k=-1)
    f = difference @ difference + np.diag(np.sqrt(np.arange(9) / 9))
    precision = np.zeros((10, 10))
    precision[0, 0], precision[1:, 1:] = 0.5, f.T @ f
    return precision


class BernoulliGlmRaw(Task):
    """A neuron that fires with probability 1 / (1 + exp(-X theta)) in each of 100 time bins."""

    name, folder = "bernoulli_glm_raw", "bernoulli_glm"
    prior = Normal(_smoothing_precision())
    n_observations = 100
    observation_file = "observation_raw.csv"

    def __init__(self, root: Path):
        path = root / self.folder / "design_matrix.csv"
        if not path.is_file():
            raise SbibmError(f"{path}: no such file; expected the design matrix of the benchmark, [100, 10]")
        self._design = np.loadtxt(path, delimiter=",")

    def simulate(self, random, theta):
        probability = 1 / (1 + np.exp(-theta @ self._design.T))
        return (random.random(probability.shape) < probability).astype(float)

    def _statistics_likelihood(self, theta, statistics):
        return theta @ statistics - np.logaddexp(0, theta @ self._design.T).sum(1)

    def log_likelihood(self, theta, x):
        return self._statistics_likelihood(theta, x @ self._design)


class BernoulliGlm(BernoulliGlmRaw):
    """Its sufficient statistics: number of spikes, and their cross-correlation with the stimulus at nine lags, which is X^T y."""

    name = "bernoulli_glm"
    n_observations = 10
    observation_file = "observation.csv"

    def simulate(self, random, theta):
        return super().simulate(random, theta) @ self._design

    def log_likelihood(self, theta, x):
        return self._statistics_likelihood(theta, x)
