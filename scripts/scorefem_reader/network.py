"""The networks of checkpoints, in NumPy."""

from __future__ import annotations

import numpy as np

from .archive import Module

# diffusion/network/residual_network.cc
_FREQUENCIES = np.geomspace(0.1, 4.0, 16)  # of log tan(theta)
_SMALLEST_ANGLE = 1e-3
_NORM_EPSILON = 1e-5
_ANGLE_COLUMNS = 3  # cosine, sine, and one that is not used


def _silu(x: np.ndarray) -> np.ndarray:
    return x * 0.5 * (1 + np.tanh(0.5 * x))


_ACTIVATIONS = {"relu": lambda x: np.maximum(x, 0), "silu": _silu}


class Network:
    """Layers of weights with an activation between them."""

    def __init__(self, weights: Module, activation: str):
        n_layers = len(weights.attributes) // 2
        self.layers = [(weights[f"weight_{i}"].astype(float), weights[f"bias_{i}"].astype(float)) for i in range(n_layers)]
        self.activation = activation

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """[rows, inputs] -> [rows, outputs]."""
        for weight, bias in self.layers[:-1]:
            inputs = _ACTIVATIONS[self.activation](inputs @ weight.T + bias)
        weight, bias = self.layers[-1]
        return inputs @ weight.T + bias


class ResidualNetwork:
    """Residual blocks whose scales, shifts and gates depend on an angle and a measurement (diffusion/network/residual_network.h).

    `n_before` columns of the input are state, the next `n_features` those of the measurement, then come those of the angle and the rest
    of the state.
    """

    def __init__(self, weights: Module, n_blocks: int, n_before: int, n_features: int):
        self._weights = {name: value.astype(float) for name, value in weights.attributes.items()}
        self._n_blocks, self._n_before, self._n_features = n_blocks, n_before, n_features

    def _affine(self, name: str, x: np.ndarray) -> np.ndarray:
        return x @ self._weights[f"{name}_weight"].T + self._weights[f"{name}_bias"]

    def _modulated(self, x: np.ndarray, modulation: np.ndarray) -> np.ndarray:
        width = x.shape[1]
        normal = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + _NORM_EPSILON)
        return normal * (1 + modulation[:, :width]) + modulation[:, width:2 * width]

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """[rows, inputs] -> [rows, outputs]."""
        angle = self._n_before + self._n_features
        cosine, sine = (np.maximum(inputs[:, [angle + k]], _SMALLEST_ANGLE) for k in range(2))
        phase = np.log(sine / cosine) * _FREQUENCIES
        embedding = np.hstack([inputs[:, self._n_before:angle], np.sin(phase), np.cos(phase)])
        for name in ("embedding_0", "embedding_1"):
            embedding = _silu(self._affine(name, embedding))
        h = self._affine("input", np.delete(inputs, np.s_[self._n_before:angle + _ANGLE_COLUMNS], axis=1))
        for i in range(self._n_blocks):
            modulation = self._affine(f"block_{i}_modulation", embedding)
            inner = _silu(self._affine(f"block_{i}_inner", self._modulated(h, modulation)))
            h = h + modulation[:, 2 * h.shape[1]:] * self._affine(f"block_{i}_outer", inner)
        return self._affine("output", self._modulated(h, self._affine("output_modulation", embedding)))
