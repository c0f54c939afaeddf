"""Paper, Figs. 6, 12, 15: samples of the data set, each a column of flux, concentration field and noisy measurement."""

import numpy as np

from plotting import channel, fields, style

_WALLS = (dict(color=style.LEARNT, linestyle="-", label="lower wall"), dict(color=style.EXACT, linestyle="--", label="upper wall"))
_MARKERS = "os^v"


def _draw_measurement(axes, sensors, measurement, bottom):
    """What each row of sensors measured, over x; a red cross at the bottom where one is off."""
    for i, y in enumerate(np.unique(sensors[:, 1])):
        row = np.flatnonzero(sensors[:, 1] == y)
        colour = _WALLS[i % 2]["color"]
        axes.plot(sensors[row, 0], measurement[row], color=colour, linestyle=_WALLS[i % 2]["linestyle"], linewidth=0.9,
                  marker=_MARKERS[i % 4], markerfacecolor="white" if i % 2 else colour, label=f"sensors at $y = {y:g}$")
    off = np.isnan(measurement)
    if off.any():
        axes.scatter(sensors[off, 0], np.full(off.sum(), bottom), marker="x", color=style.OFF, s=22, linewidths=1.3,
                     label="sensor off", zorder=3)


def instances(problem, flux, stored, measurement):
    """flux [n, n_segments], stored fields [n, ny, nx], measurement [n, n_sensors] (NaN: off); all columns share their scales."""
    count = len(stored)
    geometry = channel.Channel(problem)
    figure, panels = style.plt.subplots(3, count, figsize=(1.2 + 3 * count, 5.6), sharex=True, sharey="row", squeeze=False,
                                        height_ratios=(1, 0.62, 1))
    limits = (min(0.0, stored.min()), stored.max())
    lowest = min(0.0, np.nanmin(measurement))
    for column in range(count):
        flux_axes, field_axes, measured_axes = panels[:, column]
        for wall, line in zip(geometry.walls, _WALLS):
            values = flux[column, wall.members]
            flux_axes.step(wall.edges(), np.append(values, values[-1]), where="post", **line)
        image = fields.draw_field(field_axes, problem.domain, stored[column], limits)
        fields.draw_sensors(field_axes, geometry.sensors, measurement[column], limits)
        _draw_measurement(measured_axes, geometry.sensors, measurement[column], lowest)
        flux_axes.set_title(f"instance {column + 1}")
        measured_axes.set_xlabel(f"$x$ ({style.LENGTH})")
    panels[0, 0].set_ylabel(style.FLUX)
    panels[1, 0].set_ylabel(f"$y$ ({style.LENGTH})")
    panels[2, 0].set_ylabel("measured " + style.CONCENTRATION)
    figure.colorbar(image, ax=panels[1, :], label=style.CONCENTRATION, extend="both", pad=0.01, aspect=12)
    for axes in (panels[0, 0], panels[2, 0]):
        axes.legend(fontsize=7.5)
    return figure
