"""The maps from the unbounded numbers that a network learns to unknowns within their bounds (pipeline/problem/marginal.h)."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Callable

import numpy as np

from .errors import ReaderError

KINDS = ("normal", "clipped", "log_normal", "uniform", "truncated_normal", "bounded")
_NORMAL = NormalDist()


def _cdf(v: float) -> float:
    """P(Z <= v) of a standard normal number, exact to rounding for v < 0 too."""
    return 0.5 * math.erfc(-v / math.sqrt(2))


def _quantile(below: float, above: float) -> float:
    """v with P(Z <= v) = below and P(Z > v) = above; the smaller of the two decides."""
    tail = min(below, above)
    if tail <= 0:
        return -math.inf if below <= above else math.inf
    v = _NORMAL.inv_cdf(min(tail, 0.5))
    return v if below <= above else -v


@dataclass(frozen=True)
class Marginal:
    kind: str
    mean: float
    sd: float
    lower: float
    upper: float

    def value(self, v: np.ndarray) -> np.ndarray:
        """Of one unknown, for unbounded numbers; same shape."""
        if self.kind == "normal":
            return self.mean + self.sd * v
        if self.kind == "clipped":
            return np.maximum(v, 0)
        if self.kind == "log_normal":
            offset = np.exp(self.mean + self.sd * v)
            return self.upper - offset if math.isinf(self.lower) else self.lower + offset
        if self.kind == "uniform":
            return (self.lower + (self.upper - self.lower) * _each(_cdf, v)).clip(self.lower, self.upper)
        if self.kind == "bounded":
            return _each(self._bounded, v).clip(self.lower, self.upper)
        return (self.mean + self.sd * _each(self._truncated, v)).clip(self.lower, self.upper)

    def _bounded(self, v: float) -> float:
        """x for x + sd t = v, t = log((x - lower) / (upper - x)): by bisection in t."""
        width = self.upper - self.lower
        low, high = (v - self.upper) / self.sd, (v - self.lower) / self.sd
        while True:
            t = 0.5 * (low + high)
            if t in (low, high):
                return self.lower + width * _share(t)
            if self.lower + width * _share(t) + self.sd * t > v:
                high = t
            else:
                low = t

    def _truncated(self, v: float) -> float:
        """N(0, 1) on [from, to]: its quantile at Phi(v)."""
        begin, end = (self.lower - self.mean) / self.sd, (self.upper - self.mean) / self.sd
        mass = _cdf(-begin) - _cdf(-end) if begin > 0 else _cdf(end) - _cdf(begin)
        return min(max(_quantile(_cdf(begin) + _cdf(v) * mass, _cdf(-end) + _cdf(-v) * mass), begin), end)


def _share(t: float) -> float:
    return 1 / (1 + math.exp(-t)) if t >= 0 else math.exp(t) / (1 + math.exp(t))


def _each(function: Callable[[float], float], values: np.ndarray) -> np.ndarray:
    return np.array([function(value) for value in np.ravel(values)]).reshape(np.shape(values))


def read_marginals(text: str, path: object) -> list[Marginal]:
    """From a checkpoint's metadata: JSON, one entry an unknown, null for a bound that is not there."""
    marginals = []
    for entry in json.loads(text):
        if entry["kind"] not in KINDS:
            raise ReaderError(f"{path}: coordinates of kind {entry['kind']}; this reader knows {', '.join(KINDS)}")
        lower, upper = (infinite if entry[name] is None else entry[name] for name, infinite in (("lower", -math.inf), ("upper", math.inf)))
        marginals.append(Marginal(entry["kind"], entry["mean"], entry["sd"], lower, upper))
    return marginals
