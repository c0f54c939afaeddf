"""Measurements that are wrong in twenty ways, and right ones, for scripts/certificate_study.py."""

import subprocess

import numpy as np

from studies.machine import ROOT

# Arrays of the group /misfit: the greatest p-value that `infer` warns of, and a name. The noise's is two-sided: twice that of its side.
CHECKS = {"distance_p_value": (0.001, "distance from training"), "noise_p_value": (0.002, "size of the noise"),
          "predictive_p_value": (0.0005, "posterior prediction")}


def _observed(network, n, *settings):
    """Noise-free observations of the first test unknowns by another model."""
    flux, output = network.folder / "flux.csv", network.folder / "observed.csv"
    np.savetxt(flux, network.truth[:n], delimiter=",", fmt="%.17g")
    words = [word for setting in (*network.overrides, *settings) for word in ("--set", setting)]
    subprocess.run([network.program, "observe", network.config, "--flux", flux, "--output", output, *words], cwd=ROOT, check=True,
                   capture_output=True)
    return np.loadtxt(output, delimiter=",", ndmin=2)


def differs(wrong, right):
    """Whether a row has a value that the right one has not there: with masks, a change may leave what is there as it was."""
    return (~np.isnan(wrong) & (wrong != right)).any(axis=1)


def wrong_inputs(network, n, n_right):
    """Names and measurements [rows, observations]; the first are `n_right` right ones, then up to n of each wrong kind: those that it
    makes wrong."""
    right = network.measured(n_right)
    yield "right", right
    for name, values in _wrong(network, right[:n]):
        changed = values[differs(values, right[:n])]
        if len(changed):
            yield name, changed


def _wrong(network, y):
    n, half = len(y), y.shape[1] // 2
    clean, noise = network.clean[:n], network.level * network.unit * network.normals[:n]

    def with_(column, value):
        wrong = y.copy()
        wrong[:, column] = value
        return wrong

    def masked(values):
        return np.where(np.isnan(y), np.nan, values)

    def other(**changes):
        return masked(_observed(network, n, *(f"forward.{key}={value}" for key, value in changes.items())) + noise)

    def rows_swapped():
        return np.hstack((y[:, half:], y[:, :half]))

    def rows_reversed():
        return np.hstack((y[:, half - 1::-1], y[:, :half - 1:-1]))

    yield "1,000 times too large", 1000 * y
    yield "1,000 times too small", y / 1000
    yield "10 times too large", 10 * y
    yield "10 times too small", y / 10
    yield "other sign", -y
    yield "10 % too large", 1.1 * y
    yield "offset of a sd of training", y + network.unit
    yield "reverse order", y[:, ::-1]
    yield "both rows in reverse order", rows_reversed()
    yield "rows of sensors swapped", rows_swapped()
    yield "two neighbours swapped", y[:, [0, 2, 1, *range(3, y.shape[1])]]
    yield "shifted by one sensor", np.roll(y, 1, axis=1)
    yield "one sensor -9999", with_(3, -9999)
    yield "one sensor 0", with_(3, 0)
    yield "one sensor stuck at its neighbour's value", with_(3, y[:, 4])
    yield "half of the sensors 0", with_(slice(0, None, 2), 0)
    yield "diffusivity halved", other(diffusivity=network.diffusivity / 2)
    yield "flow twice as fast", other(peak_velocity=network.peak_velocity * 2)
    yield "noise three times as large", masked(clean + 3 * noise)
    yield "without noise", masked(clean)
