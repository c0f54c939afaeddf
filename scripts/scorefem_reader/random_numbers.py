"""The program's random numbers, so that its samples can be computed again one by one.

Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), keyed by the seed; its counter holds what the
numbers are for, an index and a position.
"""

from __future__ import annotations

import numpy as np

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_INITIAL_STATE = 14  # the stream of samplers' starting normals (diffusion/numerics/counter_random.h)


def _philox(counter: list[np.ndarray], key: tuple[int, int]) -> list[np.ndarray]:
    """Ten rounds on 32-bit words that are kept in uint64."""
    c0, c1, c2, c3 = counter
    for step in range(10):
        k0, k1 = (np.uint64((key[i] + step * _WEYL[i]) & 0xFFFFFFFF) for i in (0, 1))
        first, second = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (second >> _HALF) ^ c1 ^ k0, second & _LOW, (first >> _HALF) ^ c3 ^ k1, first & _LOW
    return [c0, c1, c2, c3]


def _uniform(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The centre of one of 2^52 equal cells of (0, 1), from the upper bits of a 64-bit word."""
    return (((low | high << _HALF) >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52


def normals(seed: int, stream: int, indices: np.ndarray, n: int) -> np.ndarray:
    """Standard normals [len(indices), n] by Box and Muller's method; a row depends on its index (below 2^64) alone."""
    blocks = (n + 1) // 2
    index = np.repeat(np.asarray(indices, np.uint64), blocks)
    position = np.tile(np.arange(blocks, dtype=np.uint64), len(indices))
    counter = [position, index & _LOW, index >> _HALF, np.full_like(index, stream)]
    words = _philox(counter, (seed & 0xFFFFFFFF, seed >> 32))
    radius = np.sqrt(-2 * np.log(_uniform(words[0], words[1])))
    angle = 2 * np.pi * _uniform(words[2], words[3])
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return pairs.reshape(len(indices), 2 * blocks)[:, :n]


def starting_normals(seed: int, measurement: int, n_samples: int, n_unknowns: int) -> np.ndarray:
    """What the program's samplers start from, [n_samples, n_unknowns]; measurement: its row in posterior.h5."""
    indices = (np.uint64(measurement) << _HALF) | np.arange(n_samples, dtype=np.uint64)
    return normals(seed, _INITIAL_STATE, indices, n_unknowns)
