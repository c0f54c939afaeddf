"""A trained network, from model.pt: the score and samples of p(unknowns | measurement), in NumPy."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Callable

import numpy as np

from .archive import read_archive
from .errors import ReaderError
from .gaussian import ClippedResponse, GaussianConditional, JointMoments, UnclippedConditional
from .marginals import Marginal, read_marginals
from .network import Network, ResidualNetwork
from .process import Process

FORMAT, VERSIONS = "scorefem diffusion checkpoint", (4, 5)
_SMALLEST_ANGLE = 1e-3  # angles below this one look alike to gaussian_residual
_FAR = 5.0  # standard deviations that it can see


class Conditioned(ABC):
    """The model for one measurement. States are in the model's own coordinates, [rows, unknowns]; to_physical() leads from them."""

    def __init__(self, model: Model):
        self.process, self.n_unknowns = model.process, model.n_unknowns
        self._clip, self._marginals = model.options["positive"] == "true", model.marginals

    @abstractmethod
    def score(self, x: np.ndarray, t: float) -> np.ndarray:
        """Gradient of log p(x_t | measurement) at time t of the process, 0 < t <= 1; same shape as x."""

    @abstractmethod
    def flow(self, w: np.ndarray, theta: float) -> np.ndarray:
        """F of the probability-flow ODE dw/dtheta = -F: w = x_t / sqrt(m^2 + s^2), tan(theta) = s / m; same shape as w."""

    @property
    @abstractmethod
    def initial_angle(self) -> float:
        """theta from which samples start, where w is N(0, sin^2(theta) I)."""

    @property
    def smallest_angle(self) -> float:
        """theta down to which a sampler's steps should be equal in log tan(theta); 0: equal steps of theta serve best."""
        return 0.0

    @abstractmethod
    def initial_stddev(self, t: float) -> float:
        """Standard deviation of the Gaussian from which x_t starts at time t."""

    @abstractmethod
    def _unscaled(self, state: np.ndarray) -> np.ndarray:
        """From the model's coordinates to those that it was trained with."""

    def to_physical(self, state: np.ndarray) -> np.ndarray:
        """From coordinates at t = 0 to the unknowns in their own units, within their bounds."""
        learnt = self._unscaled(state)
        if self._clip:
            learnt = np.maximum(learnt, 0)
        if not self._marginals:
            return learnt
        return np.stack([marginal.value(column) for marginal, column in zip(self._marginals, learnt.T)], axis=1)

    def sample(self, n: int, seed: int | None = None, steps: int = 32) -> np.ndarray:
        """Posterior samples [n, unknowns]."""
        return self.sample_from(np.random.default_rng(seed).standard_normal((n, self.n_unknowns)), steps)

    def sample_from(self, normals: np.ndarray, steps: int = 32) -> np.ndarray:
        """The samples that standard normal numbers [n, unknowns] lead to: the probability flow to theta = 0 by a third-order Runge-Kutta
        method (Ralston 1962). With starting_normals(), those of the program's sampler angle_rk3 (for an unclipped prior, whose
        Gaussian it follows no other way)."""
        begin, last = self.initial_angle, self.smallest_angle
        nodes = np.linspace(begin, 0, steps + 1)
        if last > 0 and steps > 1:
            nodes = np.append(np.arctan(np.geomspace(math.tan(begin), math.tan(last), steps)), 0.0)
        w = math.sin(begin) * normals
        for here, there in zip(nodes.tolist(), nodes.tolist()[1:]):
            step = here - there
            first = self.flow(w, here)
            second = self.flow(w + 0.5 * step * first, here - 0.5 * step)
            third = self.flow(w + 0.75 * step * second, here - 0.75 * step)
            w = w + step / 9 * (2 * first + 3 * second + 4 * third)
        return self.to_physical(w)


class _ScoreMlp(Conditioned):
    """The paper's model: the network's output is the score, in coordinates that run from 0 to 1 over the training part."""

    def __init__(self, model: Model, measurement: np.ndarray, on: np.ndarray):
        super().__init__(model)
        self._network = model.network
        self._minimum, self._range = model.buffers["inferred_minimum"], model.buffers["inferred_range"]
        scaled = (np.where(on, measurement, 0.0) - model.buffers["measured_minimum"]) / model.buffers["measured_range"]
        self._features = scaled
        if model.options["masked"] == "true":
            self._features = np.concatenate([np.where(on, scaled, -1.0), on])

    def score(self, x: np.ndarray, t: float) -> np.ndarray:
        angle = 2 * math.pi * t
        constant = np.concatenate([self._features, [t - 0.5, math.cos(angle), math.sin(angle), -math.cos(2 * angle)]])
        return self._network(np.hstack([x, np.tile(constant, (len(x), 1))]))

    def flow(self, w: np.ndarray, theta: float) -> np.ndarray:
        ratio = math.tan(theta)
        t = self.process.time_of_ratio(ratio)
        radius = math.hypot(self.process.mean(t), self.process.stddev(t))
        return ratio * (radius * self.score(radius * w, t) + w)

    @property
    def initial_angle(self) -> float:
        start = self.process.start_time
        return math.atan2(self.process.stddev(start), self.process.mean(start))

    @property
    def smallest_angle(self) -> float:
        return math.atan2(max(self.process.stddev(0.0), 1e-4), self.process.mean(0.0))

    def initial_stddev(self, t: float) -> float:
        return self.process.stddev(t)

    def _unscaled(self, state: np.ndarray) -> np.ndarray:
        return state * self._range + self._minimum


class _GaussianResidual(Conditioned):
    """A network on top of the Gaussian conditional (diffusion/model/gaussian_residual.h): coordinates are whitened by it."""

    def __init__(self, model: Model, measurement: np.ndarray, on: np.ndarray, noise_std: float):
        super().__init__(model)
        self._network, moments = model.network, model.moments
        d, m = len(moments.mean_inferred), len(moments.mean_measured)
        stddev = np.sqrt(np.diag(moments.covariance))
        self._prior_mean, self._prior_stddev = moments.mean_inferred, stddev[:d]
        self._gaussian = gaussian = GaussianConditional(moments, measurement, on, noise_std)
        level = max(noise_std / math.sqrt(np.diag(moments.measured_covariance).mean()), 1e-6)
        features = [(gaussian.mean - self._prior_mean) / self._prior_stddev,
                    np.log(np.maximum(gaussian.stddev / self._prior_stddev, 1e-6)),
                    moments.features(measurement, on, noise_std)[:m] / stddev[d:d + m], on, [0.25 * math.log(level)]]
        self._unclipped_posterior = None
        if model.response is not None:
            self._unclipped_posterior = UnclippedConditional(moments, model.response, gaussian, measurement, on, noise_std)
            features.append(self._unclipped_posterior.far.clip(-_FAR, _FAR))
        self._features = np.concatenate(features)

    def flow(self, w: np.ndarray, theta: float) -> np.ndarray:
        gaussian, cosine, sine = self._gaussian, math.cos(theta), math.sin(theta)
        seen = max(sine, _SMALLEST_ANGLE)
        # w in natural units, and E[x | w] if the posterior were this Gaussian.
        deviation = (w @ gaussian.root) / gaussian.stddev
        estimate = gaussian.mean + cosine * gaussian.stddev * deviation
        constant = np.concatenate([self._features, [cosine, sine, 0.25 * math.log(seen)]])
        inputs = [w, (estimate - self._prior_mean) / self._prior_stddev, np.tile(constant, (len(w), 1))]
        if self._unclipped_posterior is not None:
            unclipped = self._unclipped_posterior.flow(w, cosine, sine).clip(-_FAR, _FAR)
            inputs += [(estimate / (seen * gaussian.stddev)).clip(-_FAR, _FAR), unclipped]
        head = np.split(self._network(np.hstack(inputs)), 4 if self._unclipped_posterior is None else 5, axis=1)
        flow = head[0] + head[1] * w + ((head[2] + head[3] * deviation) / gaussian.stddev) @ gaussian.root
        return flow if self._unclipped_posterior is None else flow + head[4] * unclipped

    def score(self, x: np.ndarray, t: float) -> np.ndarray:
        m, s = self.process.mean(t), self.process.stddev(t)
        radius = math.hypot(m, s)
        return ((m / s) * self.flow(x / radius, math.atan2(s, m)) - x / radius) / radius

    @property
    def initial_angle(self) -> float:
        return math.pi / 2

    def initial_stddev(self, t: float) -> float:
        return math.hypot(self.process.mean(t), self.process.stddev(t))

    def _unscaled(self, state: np.ndarray) -> np.ndarray:
        return self._gaussian.mean + state @ self._gaussian.root


def _bent(value: float, curve: dict[str, Any]) -> float:
    """An observation by its curve (pipeline/dataset/observation_curve.h)."""
    if curve["kind"] == "straight":
        return value
    centre = curve["centre"]
    return float(np.log(value) if value > centre else np.log(centre) + np.arcsinh(value / centre - 1))


class Model:
    """A checkpoint of `scorefem train` (diffusion/training/checkpoint_format.md), with the weights that the program samples with."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        module = read_archive(path)
        if "format" not in module or module["format"] != FORMAT:
            raise ReaderError(f"{path}: a LibTorch file, but not a checkpoint of ScoreFEM")
        if module["format_version"] not in VERSIONS:
            raise ReaderError(f"{path}: checkpoint format {module['format_version']}; this reader knows {' and '.join(map(str, VERSIONS))}")
        self.options: dict[str, str] = {"layers": "plain", **module["model_options"]}
        self.training_options: dict[str, str] = module["training_options"]
        self.metadata: dict[str, str] = module["metadata"]
        self.n_unknowns, self.n_observations = int(module["n_inferred"]), int(module["n_measured"])
        process: dict[str, str] = module["process_options"]
        self.process = Process(process["family"], **{name: float(text) for name, text in process.items() if name != "family"})
        self.noise_range = tuple(float(module["noise_range"][f"noise_{end}"]) for end in ("minimum", "maximum"))
        self.marginals: list[Marginal] = read_marginals(self.metadata.get("coordinates", "[]"), path)
        #: Of pairs whose observations may be missing: what is seen in the place of each, and which are missing together; the
        #: curves by which observations are seen.
        self.encoding: dict[str, list] | None = json.loads(self.metadata.get("observation_encoding", "null"))
        if self.encoding is not None:
            self.n_observations = len(self.encoding["fill"])
        self.finished = bool(module["counters"][6])
        self.buffers: dict[str, np.ndarray] = module["buffers"].attributes
        self._require("network", "mlp", "gaussian_residual")
        self._require("activation", "relu", "silu")
        self._require("layers", "plain", "residual")
        weights = "best" if self.finished and "best" in module else "averaged" if "averaged" in module else "parameters"
        self.network: Callable[[np.ndarray], np.ndarray]
        if self.options["layers"] == "residual":
            # Behind w and the estimate come the features of the measurement, then those of the angle.
            clipped = self.options["positive"] == "true"
            n_features = (3 if clipped else 2) * self.n_unknowns + 2 * int(module["n_measured"]) + 1
            self.network = ResidualNetwork(module[weights], int(self.options["hidden_layers"]), 2 * self.n_unknowns, n_features)
        else:
            self.network = Network(module[weights], self.options["activation"])
        self.moments: Any = None
        self.response: ClippedResponse | None = None
        if self.options["network"] == "gaussian_residual":
            self.moments = JointMoments(*(self.buffers[name] for name in ("mean_inferred", "mean_measured", "covariance")))
            if self.options["positive"] == "true":
                self.response = ClippedResponse(*(self.buffers[f"response_{name}"] for name in ("offset", "matrix", "residual")))

    def _require(self, option: str, *known: str) -> None:
        if self.options.get(option) not in known:
            raise ReaderError(f"{self.path}: {option} = {self.options.get(option)}; this reader knows {', '.join(known)}")

    def _encoded(self, values: np.ndarray) -> np.ndarray:
        """What the network sees of a measurement with missing observations (pipeline/dataset/observation_encoding.h)."""
        there = ~np.isnan(values)
        ever_missing = np.isin(np.arange(len(values)), [j for group in self.encoding["together"] for j in group])
        if not (there | ever_missing).all():
            raise ReaderError(f"observation {np.argmin(there | ever_missing)} is missing; {self.path} was trained with it always there")
        if any(len(set(there[group])) > 1 for group in self.encoding["together"]):
            raise ReaderError(f"observations {self.encoding['together']} of {self.path} are missing together or not at all")
        if "curves" in self.encoding:
            values = np.array([_bent(value, curve) for value, curve in zip(values, self.encoding["curves"])])
        indicators = [float(there[group[0]]) for group in self.encoding["together"]]
        return np.concatenate([np.where(there, values, self.encoding["standard_fill"]), indicators])

    def condition(self, measurement: np.ndarray, noise_std: float) -> Conditioned:
        """The model for one measurement [observations], NaN where an observation is off, and the noise's standard deviation.

        Both are in the noise's standard coordinates, in which it is the same for all observations. These are the observations' own
        units for noise of one level, and without any that is known (noise_std = 0). With a standard deviation for each observation,
        give the measurement over these and noise_std = 1; with a covariance L L^T, L^-1 times the measurement and 1. Of a model with
        an `encoding` the noise is in what it was trained with: noise_std = 0."""
        values = np.asarray(measurement, float)
        if values.shape != (self.n_observations,):
            raise ReaderError(f"measurement of shape {values.shape}; {self.path} has {self.n_observations} observations")
        if self.encoding is not None:
            values = self._encoded(values)
        on = ~np.isnan(values)
        if self.options["masked"] != "true" and not on.all():
            raise ReaderError(f"{len(on) - on.sum()} of {len(on)} observations are off; {self.path} was trained without masks")
        low, high = self.noise_range
        if not low * (1 - 1e-3) <= noise_std <= high * (1 + 1e-3):
            raise ReaderError(f"noise_std = {noise_std}; {self.path} was trained for [{low}, {high}]")
        if self.options["network"] == "mlp":
            return _ScoreMlp(self, values, on)
        return _GaussianResidual(self, values, on, noise_std)
