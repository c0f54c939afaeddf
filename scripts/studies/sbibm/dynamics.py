"""The tasks whose simulator solves a differential equation, and the integrator for many of them at once."""

from __future__ import annotations

from typing import Callable

import numpy as np

from .task import LogNormal, Task

# Dormand and Prince 5(4); the last row is the solution, and the next step's first slope.
_NODES = (0.2, 0.3, 0.8, 8 / 9, 1.0, 1.0)
_ROWS = ((1 / 5,), (3 / 40, 9 / 40), (44 / 45, -56 / 15, 32 / 9), (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
         (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
         (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84))
_ERROR = (71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)


def solve(velocity: Callable[[np.ndarray, np.ndarray], np.ndarray], parameters: np.ndarray, start: np.ndarray, times: np.ndarray,
          tolerance: float = 1e-6) -> np.ndarray:
    """The states [n, times, d] of n autonomous equations dy/dt = velocity(y [rows, d], parameters [rows, p]), from `start` [d] at
    times[0]; each has its own steps."""
    n = len(parameters)
    result = np.empty((n, len(times), len(start)))
    state = np.tile(np.asarray(start, float), (n, 1))
    result[:, 0] = state
    step = np.full(n, 1e-2)
    with np.errstate(over="ignore", invalid="ignore"):  # a trial step that is much too long: it is not taken
        _solve(velocity, parameters, state, times, tolerance, step, result)
    return result


def _solve(velocity, parameters, state, times, tolerance, step, result):
    """Fills `result` from its second time on; `state` and `step` are those of all equations, and change."""
    for k in range(1, len(times)):
        time, rows = np.full(len(state), times[k - 1]), np.arange(len(state))
        while len(rows):
            left = times[k] - time[rows]
            h = np.minimum(step[rows], left)
            slopes = [velocity(state[rows], parameters[rows])]
            for row in _ROWS:
                trial = state[rows] + h[:, None] * sum(a * slope for a, slope in zip(row, slopes) if a)
                slopes.append(velocity(trial, parameters[rows]))
            error = h[:, None] * sum(e * slope for e, slope in zip(_ERROR, slopes) if e)
            scale = tolerance * (1 + np.maximum(np.abs(state[rows]), np.abs(trial)))
            norm = np.sqrt(((error / scale) ** 2).mean(1))
            norm = np.where(np.isfinite(norm), norm, 1e10)
            good = norm <= 1
            state[rows[good]] = trial[good]
            time[rows[good]] += h[good]
            proposed = h * np.clip(0.9 * np.maximum(norm, 1e-10) ** -0.2, 0.2, 5)
            # A step that was cut short by the time wanted says nothing about the next one.
            step[rows] = np.where(good & (h < step[rows]), np.maximum(step[rows], proposed), proposed)
            rows = rows[~(good & (h >= left))]
        result[:, k] = state


class Sir(Task):
    """Of a million, how many of 1,000 that are tested are infectious, every 17 days."""

    name = folder = "sir"
    prior = LogNormal([np.log(0.4), np.log(0.125)], [0.5, 0.2])
    n_observations = 10
    POPULATION, TESTED = 1e6, 1000

    def infectious(self, theta):
        """Share of the population at the ten times, [n, 10]."""

        def velocity(y, rates):  # log S / N, log I / N
            return np.stack([-rates[:, 0] * np.exp(y[:, 1]), rates[:, 0] * np.exp(y[:, 0]) - rates[:, 1]], axis=1)

        start = np.log([1 - 1 / self.POPULATION, 1 / self.POPULATION])
        return np.exp(solve(velocity, theta, start, 17.0 * np.arange(10))[:, :, 1])

    def simulate(self, random, theta):
        return random.binomial(self.TESTED, self.infectious(theta).clip(0, 1)).astype(float)

    def log_likelihood(self, theta, x):
        share = self.infectious(theta).clip(1e-300, 1 - 1e-12)
        return (x * np.log(share) + (self.TESTED - x) * np.log1p(-share)).sum(1)


class LotkaVolterra(Task):
    """Prey and predators, each seen ten times in 20 days with an error of 10 %."""

    name = folder = "lotka_volterra"
    prior = LogNormal([-0.125, -3, -0.125, -3], [0.5] * 4)
    n_observations = 20

    def log_populations(self, theta):
        """[n, 20]: prey at the ten times, then predators."""

        def velocity(y, rates):
            prey, predators = np.exp(y[:, 0]), np.exp(y[:, 1])
            return np.stack([rates[:, 0] - rates[:, 1] * predators, rates[:, 3] * prey - rates[:, 2]], axis=1)

        states = solve(velocity, theta, np.log([30.0, 1.0]), 2.1 * np.arange(10))
        return np.hstack([states[:, :, 0], states[:, :, 1]])

    def simulate(self, random, theta):
        return np.exp(self.log_populations(theta) + 0.1 * random.standard_normal((len(theta), 20)))

    def log_likelihood(self, theta, x):
        return -0.5 * (((np.log(x) - self.log_populations(theta)) / 0.1) ** 2).sum(1)
