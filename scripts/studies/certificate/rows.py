"""A row of numbers for each measurement: how far its learnt and its corrected posterior are from the exact one."""

import h5py
import numpy as np

from ..two_samples import nothing_to_tell, resampled, two_sample_test
from . import measures

_DISTANCE = ("distance", "distance_null", "sd_ratio", "z", "z2", "sd_z", "sd_z2", "surely", "c2st")
LEARNT = ("measurement", "converged", "exact_error", "learnt_error", *(f"learnt_{name}" for name in _DISTANCE), "learnt_seconds",
          "reference_seconds")
CORRECTED = ("khat", "effective", "trustworthy", "corrected_error", *(f"corrected_{name}" for name in _DISTANCE), "corrected_c2st_null",
             "corrected_noticed", "corrected_seconds")


def columns(correctable):
    return LEARNT + (CORRECTED if correctable else ())


def rows(files, seconds, truth, scale):
    """Of the files {"learnt", "reference", "corrected"}; without the last, only what does not need it. Numbers that need an exact posterior
    are NaN where its chains did not converge.

    `seconds`: of each file's batch; `truth` [measurement, unknown]; `scale`: the mean unknown
    """
    with h5py.File(files["learnt"]) as learnt, h5py.File(files["reference"]) as exact:
        weights = h5py.File(files["corrected"]) if "corrected" in files else None
        try:
            return [_row(i, learnt, exact["reference"], weights and weights["corrected"], truth[i], scale)
                    | {f"{name}_seconds": value / len(truth) for name, value in seconds.items()} for i in range(len(truth))]
        finally:
            if weights:
                weights.close()


def _row(i, learnt, reference, corrected, truth, scale):
    own = learnt["samples"][i].astype(float)
    row = dict.fromkeys(columns(corrected is not None), np.nan)
    row |= {"measurement": i + 1, "converged": int(reference["converged"][i]), "learnt_error": abs(own.mean(0) - truth).mean() / scale}
    if corrected is not None:
        row |= {"khat": corrected["khat"][i], "effective": corrected["effective_draws"][i], "trustworthy": int(corrected["trustworthy"][i]),
                "corrected_error": abs(corrected["mean"][i] - truth).mean() / scale}
    if not row["converged"]:
        return row
    draws = reference["samples"][i]
    exact = measures.chains(*(reference[name][i] for name in ("mean", "standard_deviation")), draws,
                            *(reference[name][i] for name in ("ess_bulk", "ess_tail")))
    row["exact_error"] = abs(exact.mean - truth).mean() / scale
    row |= _compared("learnt", own, None, exact, draws)
    row["learnt_c2st"] = two_sample_test(own[:len(draws)], draws[:len(own)])
    if corrected is not None:
        weighted, weights = corrected["weighted"][i], corrected["weights"][i]
        row |= _compared("corrected", weighted, weights, exact, draws)
        resample = resampled(weighted, weights, len(draws))
        row |= {"corrected_c2st": two_sample_test(resample, draws), "corrected_c2st_null": nothing_to_tell(resample, draws)}
    return row


def _compared(name, draws, weights, exact, exact_draws):
    answer = measures.plain(draws) if weights is None else measures.weighted(draws, weights)
    found = measures.distance(answer, exact, draws, weights, exact_draws)
    varies = exact.sd > 0
    row = {"distance": found.largest, "distance_null": found.null, "sd_ratio": np.median(answer.sd[varies] / exact.sd[varies]),
           "z": found.z, "z2": found.z2, "sd_z": found.sd_z, "sd_z2": found.sd_z2,
           "surely": found.surely} | ({} if weights is None else {"noticed": found.noticed})
    return {f"{name}_{key}": value for key, value in row.items()}
