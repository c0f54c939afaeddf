"""The closed-form parts of the network gaussian_residual: the joint Gaussian of training pairs, conditioned on one measurement.

Everything is float64. d unknowns, m observations, f features of an observation: itself, and with the centre `quadratic` its pairwise
products as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import ReaderError


def solve_positive(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solves with a covariance that may be singular: scaled to a unit diagonal, and as much is added to that as it takes."""
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    scaled, jitter = scale[:, None] * matrix * scale, 1e-12
    while True:
        try:
            np.linalg.cholesky(scaled + jitter * np.eye(len(matrix)))
            return scale[:, None] * np.linalg.solve(scaled + jitter * np.eye(len(matrix)), scale[:, None] * right)
        except np.linalg.LinAlgError as error:
            if jitter > 1e-3:
                raise ReaderError("the covariance of the measurements is not positive definite") from error
            jitter *= 10


@dataclass(frozen=True)
class JointMoments:
    """Mean and covariance of the unknowns and the features of the noise-free measurement."""

    mean_inferred: np.ndarray  # [d]
    mean_measured: np.ndarray  # [m]
    covariance: np.ndarray  # [d + f, d + f], unknowns first

    @property
    def quadratic(self) -> bool:
        return len(self.covariance) > len(self.mean_inferred) + len(self.mean_measured)

    def _products(self) -> tuple[np.ndarray, np.ndarray]:
        """The two factors of each product, first factor first."""
        return np.triu_indices(len(self.mean_measured))

    def features(self, measurement: np.ndarray, on: np.ndarray, noise_std: float) -> np.ndarray:
        """[f] of a noisy measurement, minus their mean under that noise; 0 where an observation is off."""
        deviation = np.where(on, np.nan_to_num(measurement) - self.mean_measured, 0.0)
        if not self.quadratic:
            return deviation
        i, j = self._products()
        mean = self.measured_covariance[i, j] + np.where(i == j, noise_std**2, 0.0)
        return np.concatenate([deviation, deviation[i] * deviation[j] - np.where(on[i] & on[j], mean, 0.0)])

    @property
    def measured_covariance(self) -> np.ndarray:
        d, m = len(self.mean_inferred), len(self.mean_measured)
        return self.covariance[d:d + m, d:d + m]

    def noisy_covariance(self, noise_std: float) -> np.ndarray:
        """[f, f] of the features of a noisy measurement. For products, with noise of variance v that is independent of y, Isserlis:
        Cov(y_i y_j, y_k y_l) + v (d_ik S_jl + d_jl S_ik + d_il S_jk + d_jk S_il) + v^2 (d_ik d_jl + d_il d_jk)."""
        d, m, v = len(self.mean_inferred), len(self.mean_measured), noise_std**2
        covariance = self.covariance[d:, d:].copy()
        covariance[np.arange(m), np.arange(m)] += v
        if self.quadratic:
            i, j = self._products()
            s, one = self.measured_covariance, np.eye(m)

            def of(matrix: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
                return matrix[np.ix_(row, column)]

            covariance[m:, m:] += v * (of(one, i, i) * of(s, j, j) + of(one, j, j) * of(s, i, i) + of(one, i, j) * of(s, j, i)
                                       + of(one, j, i) * of(s, i, j))
            covariance[m:, m:] += v**2 * (of(one, i, i) * of(one, j, j) + of(one, i, j) * of(one, j, i))
        return covariance

    def features_on(self, on: np.ndarray) -> np.ndarray:
        """Which features are known, [f] of bool."""
        if not self.quadratic:
            return on
        i, j = self._products()
        return np.concatenate([on, on[i] & on[j]])


class GaussianConditional:
    """N(mean, C) of the unknowns given one measurement, with the symmetric root of C and its inverse."""

    def __init__(self, moments: JointMoments, measurement: np.ndarray, on: np.ndarray, noise_std: float):
        d = len(moments.mean_inferred)
        features = moments.features(measurement, on, noise_std)
        known = moments.features_on(on)
        prior, cross = moments.covariance[:d, :d], moments.covariance[d:, :d][known]
        gain = solve_positive(moments.noisy_covariance(noise_std)[np.ix_(known, known)], cross)
        self.mean = moments.mean_inferred + features[known] @ gain
        covariance = prior - cross.T @ gain
        values, vectors = np.linalg.eigh(0.5 * (covariance + covariance.T))
        roots = np.sqrt(np.maximum(values, 1e-12 * np.diag(prior).max()))
        self.root, self.inverse_root = (vectors * roots) @ vectors.T, (vectors / roots) @ vectors.T
        self.stddev = np.linalg.norm(self.root, axis=1)


@dataclass(frozen=True)
class ClippedResponse:
    """Linear fit of the noise-free measurement to the unknowns x of a prior that is clipped at 0: y = offset + max(0, x) matrix + e."""

    offset: np.ndarray  # [m]
    matrix: np.ndarray  # [d, m]
    residual: np.ndarray  # [m, m], covariance of e


class UnclippedConditional:
    """What the posterior would be if the prior were not clipped, in the whitened coordinates of a GaussianConditional, rotated to its
    axes: mean and variance [d]; rotation [d, d]; far: how many standard deviations of its own each unknown is from 0."""

    def __init__(self, moments: JointMoments, response: ClippedResponse, gaussian: GaussianConditional, measurement: np.ndarray,
                 on: np.ndarray, noise_std: float):
        d = len(moments.mean_inferred)
        prior = moments.covariance[:d, :d]
        cross = response.matrix.T @ prior
        measured = (cross @ response.matrix + response.residual)[np.ix_(on, on)] + noise_std**2 * np.eye(on.sum())
        gain = solve_positive(measured, cross[on])
        mean_measured = response.offset + moments.mean_inferred @ response.matrix
        mean = moments.mean_inferred + (measurement[on] - mean_measured[on]) @ gain
        covariance = prior - cross[on].T @ gain
        relative = gaussian.inverse_root @ covariance @ gaussian.inverse_root
        variance, self.rotation = np.linalg.eigh(0.5 * (relative + relative.T))
        self.variance = variance.clip(1e-8, 1e2)
        self.mean = (mean - gaussian.mean) @ gaussian.inverse_root @ self.rotation
        self.far = mean / np.sqrt(np.diag(covariance).clip(0)).clip(1e-12)

    def flow(self, w: np.ndarray, cosine: float, sine: float) -> np.ndarray:
        """F [rows, d] of dw/dtheta = -F for that Gaussian."""
        rate = cosine * (self.variance - 1) / (self.variance * cosine**2 + sine**2)
        return sine * (self.mean + rate * (w @ self.rotation - cosine * self.mean)) @ self.rotation.T
