"""dataset.h5 of format 1, which knew the channel alone: what it says in the terms of format 2 (dataset_format.md)."""

from __future__ import annotations

import numpy as np

# Of the arrays in /train and /test.
NAMES = {"unknowns": "flux", "observations": "concentration"}


def unknowns(segments: np.ndarray) -> dict:
    """Layout of the unknowns: segments [n, 3] of wall, begin and end, those of the lower wall first."""
    n = len(segments)
    walls = ["upper" if wall else "lower" for wall in segments[:, 0]]
    return _layout([f"{wall} {i % (n // 2) + 1}" for i, wall in enumerate(walls)], [f"{wall} wall" for wall in walls], "flux",
                   segments[:, 1:].mean(axis=1, keepdims=True))


def observations(sensors: np.ndarray) -> dict:
    """Layout of the observations at sensors [n, 2]."""
    n = len(sensors)
    return _layout([f"sensor {i + 1}" for i in range(n)], [""] * n, "concentration", sensors)


def _layout(names: list[str], groups: list[str], unit: str, positions: np.ndarray) -> dict:
    n = len(names)
    return {"names": tuple(names), "groups": tuple(groups), "units": (unit,) * n, "positions": positions,
            "bounds": np.full((n, 2), (-np.inf, np.inf))}
