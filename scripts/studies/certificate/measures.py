"""How far an answer is from the exact posterior of a measurement, and how much of that is Monte-Carlo error: arrays in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LARGEST_Z = 4.5  # standard errors; of 30 right means one is beyond it in 1 of 5,000 measurements, if errors are normal
FEWEST = 50  # effective draws off the bound: of fewer, errors are not normal enough
TOLERANCE = 0.2  # exact standard deviations
SURE = 3  # standard errors that are allowed for before a mean counts as beyond TOLERANCE


@dataclass(frozen=True)
class Summary:
    """Means and standard deviations of the unknowns, and the standard errors of both [unknown]."""

    mean: np.ndarray
    sd: np.ndarray
    mean_error: np.ndarray
    sd_error: np.ndarray
    effective: np.ndarray | float  # draws


def weighted(draws, weights):
    """Of independent draws [n, unknown] with weights [n] of sum 1. The errors are those of a ratio estimate: sum w^2 (x - mean)^2."""
    mean = weights @ draws
    squares = (draws - mean) ** 2
    variance = weights @ squares
    sd = np.sqrt(variance)
    of_variance = np.sqrt(weights**2 @ (squares - variance) ** 2)
    return Summary(mean, sd, np.sqrt(weights**2 @ squares), of_variance / (2 * _positive(sd)), 1 / (weights**2).sum())


def plain(draws):
    """Of independent draws."""
    return weighted(draws, np.full(len(draws), 1 / len(draws)))


def chains(mean, sd, draws, ess_bulk, ess_tail):
    """Of Markov chains: means and sds of all their draws, of which some are kept; effective sample sizes for each unknown."""
    ess, both = np.maximum(ess_bulk, 1), np.maximum(np.minimum(ess_bulk, ess_tail), 1)
    kurtosis = ((draws - draws.mean(0)) ** 4).mean(0) / _positive(draws.std(0)) ** 4
    return Summary(mean, sd, sd / np.sqrt(ess), sd * np.sqrt(np.maximum(kurtosis - 1, 0) / (4 * both)), ess)


def _positive(values):
    return np.where(values > 0, values, 1)


def off_bound(draws):
    """Share of the draws of each unknown [unknown] that are not at its commonest value: a clipped one stands at 0 in many."""
    lowest, highest = draws.min(0), draws.max(0)
    return 1 - np.maximum((draws == lowest).mean(0), (draws == highest).mean(0))


@dataclass(frozen=True)
class Distance:
    """Between an answer and the exact posterior. NaN where nothing could be judged."""

    z: float  # largest of the means, in standard errors
    z2: float  # mean square of these: 1 for a right answer
    sd_z: float  # the same of the standard deviations
    sd_z2: float
    largest: float  # of the means, in exact sds
    null: float  # of that for a right answer with as many draws, at the median
    noticed: float  # mean that would be beyond LARGEST_Z, in exact sds, at the median over unknowns
    surely: float  # the greatest distance that a mean surely has: less SURE standard errors


def distance(answer, exact, answer_draws, weights, exact_draws):
    """Of an answer (Summary, draws, weights or None for equal ones) from the exact one."""
    varies = exact.sd > 0
    if not varies.any():
        return Distance(*(np.nan,) * 8)
    judged = varies & (np.minimum(answer.effective, exact.effective) * off_bound(exact_draws) >= FEWEST)
    error = np.hypot(answer.mean_error, exact.mean_error)
    # An answer whose draws happen to be all at a bound seems to have no error at all.
    wide = np.hypot(np.maximum(answer.mean_error, exact.sd / np.sqrt(answer.effective)), exact.mean_error)
    off, spread = abs(answer.mean - exact.mean)[varies], exact.sd[varies]
    z, sd_z = (_z(difference, sigma)[judged] for difference, sigma in (
        (answer.mean - exact.mean, error), (answer.sd - exact.sd, np.hypot(answer.sd_error, exact.sd_error))))
    nothing = not judged.any()
    return Distance(*((np.nan,) * 4 if nothing else (abs(z).max(), (z**2).mean(), abs(sd_z).max(), (sd_z**2).mean())),
                    (off / spread).max(), null_distance(answer_draws, weights, exact_draws, exact, varies),
                    np.nan if nothing else np.median(LARGEST_Z * error[judged] / exact.sd[judged]),
                    ((off - SURE * wide[varies]) / spread).max())


def _z(difference, error):
    return difference / np.where(error > 0, error, np.inf)


def null_distance(draws, weights, exact_draws, exact, varies, repeats=400):
    """Median of the largest distance of a mean, in exact sds, if nothing but chance sets them apart.

    By the multiplier bootstrap, which keeps the unknowns' correlations: each draw's deviation times its weight times a normal number. For
    equal weights the deviations are those of the exact draws: what a perfect answer of as many draws would show.
    """
    random = np.random.default_rng(1)
    deviations = (exact_draws - exact_draws.mean(0))[:, varies]
    if weights is None:
        scale = 1 / np.sqrt(len(exact_draws) * len(draws))
        error = random.standard_normal((repeats, len(exact_draws))) @ deviations * scale
    else:
        error = random.standard_normal((repeats, len(draws))) @ ((draws - weights @ draws)[:, varies] * weights[:, None])
    of_chains = random.standard_normal((repeats, len(exact_draws))) @ deviations / np.sqrt(len(exact_draws) * exact.effective[varies])
    return np.median((abs(error + of_chains) / exact.sd[varies]).max(1))


def upper_limit(k, n, level=0.95):
    """Of a share of which k of n were found, one-sided (Clopper and Pearson): 3 / n, nearly, if none was."""
    if n == 0 or k >= n:
        return 1.0
    low, high = k / n, 1.0
    for _ in range(60):
        share = (low + high) / 2
        low, high = (share, high) if _at_most(k, n, share) > 1 - level else (low, share)
    return high


def _at_most(k, n, share):
    """Probability of at most k of n."""
    term = (1 - share) ** n
    total = term
    for i in range(k):
        term *= (n - i) / (i + 1) * share / (1 - share)
        total += term
    return total
