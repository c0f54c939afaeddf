"""A stored field over its domain, with the observations on top of it."""

import matplotlib.patheffects as path_effects
import numpy as np

from plotting import style

_ON_FIELD = [path_effects.withStroke(linewidth=2.8, foreground="white")]


def draw_field(axes, domain, field, limits):
    """A field [ny, nx] over its domain, colours between the two `limits`; returns the mappable."""
    # Rasterised: a vector PDF of every cell is large and shows seams.
    image = axes.pcolormesh(domain.x, domain.y, field, shading="gouraud", rasterized=True,
                            cmap=style.CONCENTRATION_MAP, vmin=limits[0], vmax=limits[1])
    axes.grid(False)
    axes.set_xlim(domain.x[0], domain.x[-1])
    axes.set_ylim(domain.y[0], domain.y[-1])
    return image


def draw_sensors(axes, sensors, measurement, limits):
    """Sensors [n, 2] coloured by what they measured, [n]; a red cross where one is off (NaN)."""
    on = np.isfinite(measurement)
    axes.scatter(*sensors[on].T, c=measurement[on], cmap=style.CONCENTRATION_MAP, vmin=limits[0],
                 vmax=limits[1], s=26, edgecolors="white", linewidths=1.0, zorder=3, clip_on=False)
    axes.scatter(*sensors[~on].T, marker="x", color=style.OFF, s=26, linewidths=1.6, zorder=3,
                 clip_on=False, path_effects=_ON_FIELD)
