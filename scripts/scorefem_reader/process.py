"""The forward processes x_t = m(t) x_0 + s(t) z, z ~ N(0, I), t in [0, 1] (the paper, sections 2 and 4)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .errors import ReaderError

FAMILIES = ("ve_geometric", "ve_linear", "vp", "vp_straight")


@dataclass(frozen=True)
class Process:
    """b and g^2 of dp/dt = (b/2) div(x p) + (g^2/2) lap p, and the kernel's m and s that follow from them."""

    family: str
    amplitude: float = 5.0  # a of ve_geometric: g^2 = a^(2t)
    s_min: float = 0.01  # ve_linear: s = s_min + t (s_max - s_min)
    s_max: float = 5.0
    b_min: float = 0.001  # vp: b = b_min + t (b_max - b_min)
    b_max: float = 15.0
    k: float = 2.0  # vp, vp_straight: s^k = 1 - m^k

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ReaderError(f"process.family = {self.family}: expected one of {', '.join(FAMILIES)}")

    def mean(self, t: float) -> float:
        """m(t)."""
        return 1.0 if self.family.startswith("ve") else math.exp(-0.5 * self._integrated_drift(t))

    def stddev(self, t: float) -> float:
        """s(t)."""
        if self.family == "ve_geometric":
            rate = 2 * math.log(self.amplitude)
            return math.sqrt(math.expm1(rate * t) / rate)
        if self.family == "ve_linear":
            return self.s_min + t * (self.s_max - self.s_min)
        return (-math.expm1(-0.5 * self.k * self._integrated_drift(t))) ** (1 / self.k)

    def drift(self, t: float) -> float:
        """b(t)."""
        if self.family.startswith("ve"):
            return 0.0
        return self.b_min + t * (self.b_max - self.b_min) if self.family == "vp" else 2 / (1 - t)

    def diffusion_squared(self, t: float) -> float:
        """g^2(t)."""
        if self.family == "ve_geometric":
            return self.amplitude ** (2 * t)
        if self.family == "ve_linear":
            return 2 * self.stddev(t) * (self.s_max - self.s_min)
        return self.drift(t) * (-math.expm1(-0.5 * self.k * self._integrated_drift(t))) ** ((2 - self.k) / self.k)

    def time_of_ratio(self, ratio: float) -> float:
        """The t at which s / m = ratio, between 0 and 1."""
        if self.family == "ve_geometric":
            rate = 2 * math.log(self.amplitude)
            t = math.log1p(rate * ratio * ratio) / rate
        elif self.family == "ve_linear":
            t = (ratio - self.s_min) / (self.s_max - self.s_min)
        else:
            # (1 + ratio^k)^(-1/k) = m = exp(-B/2), in the form that does not overflow.
            log_ratio = math.log(ratio) if ratio > 0 else -math.inf
            power = self.k * log_ratio
            integral = 2 / self.k * (power if power > 700 else math.log1p(math.exp(power)))
            if self.family == "vp":
                slope = self.b_max - self.b_min
                t = 2 * integral / (self.b_min + math.sqrt(self.b_min**2 + 2 * slope * integral)) if integral > 0 else 0.0
            else:
                t = -math.expm1(-0.5 * integral)
        return min(max(t, 0.0), 1.0)

    @property
    def start_time(self) -> float:
        """Where samplers start: 1, or just below it where b(1) is infinite."""
        return 1 - 1e-3 if self.family == "vp_straight" else 1.0

    def _integrated_drift(self, t: float) -> float:
        if self.family == "vp":
            return t * (self.b_min + 0.5 * (self.b_max - self.b_min) * t)
        return -2 * math.log1p(-t) if t < 1 else math.inf
