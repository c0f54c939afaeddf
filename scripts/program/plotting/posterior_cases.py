"""Paper, Figs. 7, 13, 16: truth, posterior mean and one-standard-deviation band for single test cases."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from plotting import channel, style
from plotting.outputs import OutputError

_DASHES = (0, (3, 1.5))


def _steps(values):
    """Piecewise constant values over segment edges, for plot(drawstyle="steps-post")."""
    return np.append(values, values[-1])


def _draw_flux(axes, geometry, wall, truth, mean, std, exact_mean, exact_std):
    edges, index = geometry.edges(wall), geometry.wall(wall)
    axes.fill_between(edges, _steps((mean - std)[index]), _steps((mean + std)[index]), step="post",
                      color=style.LEARNT, alpha=0.22, linewidth=0)
    # Thinner lines on top, so that curves which coincide all show.
    axes.plot(edges, _steps(mean[index]), color=style.LEARNT, drawstyle="steps-post", linewidth=3.2)
    axes.plot(edges, _steps(truth[index]), color=style.TRUTH, drawstyle="steps-post", linewidth=1.8)
    if exact_mean is not None:
        for shift, width in ((-1, 0.7), (0, 0.9), (1, 0.7)):
            axes.plot(edges, _steps((exact_mean + shift * exact_std)[index]), color=style.EXACT,
                      drawstyle="steps-post", linewidth=width, linestyle="-" if shift == 0 else _DASHES)


def _legend(axes, columns, exact, off):
    handles = [Line2D([], [], color=style.TRUTH, linewidth=1.8, label="truth"),
               Line2D([], [], color=style.LEARNT, linewidth=3.2, label="learnt posterior mean"),
               Patch(color=style.LEARNT, alpha=0.22, linewidth=0, label="learnt, ±1 sd")]
    if exact:
        handles += [Line2D([], [], color=style.EXACT, linewidth=0.9, label="exact posterior mean"),
                    Line2D([], [], color=style.EXACT, linewidth=0.7, linestyle=_DASHES, label="exact, ±1 sd")]
    handles.append(Line2D([], [], marker="o", linestyle="", color="#7C7B78", markeredgecolor="white",
                          markersize=6, label="measured value"))
    if off:
        handles.append(Line2D([], [], marker="x", linestyle="", color=style.OFF, label="sensor off"))
    axes.legend(handles=handles, loc="center", ncol=columns, columnspacing=1.2, handlelength=1.6)
    axes.set_axis_off()


def _legend_columns(count):
    return {1: 2, 2: 4}.get(count, 7)


def _layout(count):
    """The figure, the legend's axes and [upper flux, field, lower flux] x case; fluxes share one scale."""
    figure = style.plt.figure(figsize=(1 + 3.2 * count, 6))
    grid = figure.add_gridspec(4, count, height_ratios=(0.7 / _legend_columns(count), 1, 0.62, 1))
    rows = np.empty((3, count), dtype=object)
    for row, column in np.ndindex(rows.shape):
        flux = row != 1
        first = rows[0 if flux else 1, 0]
        axes = figure.add_subplot(grid[row + 1, column], sharex=rows[0, 0], sharey=first)
        axes.tick_params(labelbottom=row == 2, labelleft=column == 0)
        rows[row, column] = axes
    return figure, figure.add_subplot(grid[0, :]), rows


def posterior_cases(geometry, flux, fields, cases):
    """Each column one test case: upper wall's flux, concentration field with sensors, lower wall's flux.

    flux [n, n_segments], fields [n, ny, nx] of the first test samples; `cases` their posteriors.
    """
    count = min(len(fields), len(cases.truth))
    if not np.allclose(flux[:count], cases.truth[:count]):
        raise OutputError("posterior.h5: 'truth' differs from the first test fluxes of dataset.h5: "
                          "expected the two files to belong to the same run")
    mean = cases.samples[:count].mean(axis=1)
    std = cases.samples[:count].std(axis=1)
    figure, legend, rows = _layout(count)
    limits = (min(0.0, fields[:count].min()), fields[:count].max())
    for column in range(count):
        exact = (cases.exact_mean[column], cases.exact_std[column]) if cases.has_exact else (None, None)
        upper, field, lower = rows[:, column]
        for axes, wall in ((upper, 1), (lower, 0)):
            _draw_flux(axes, geometry, wall, cases.truth[column], mean[column], std[column], *exact)
            axes.axhline(0, color="0.5", linewidth=0.6)
        image = channel.draw_field(field, geometry, fields[column], limits)
        channel.draw_sensors(field, geometry, cases.measurement[column], limits)
        upper.set_title(f"test case {column + 1}")
        lower.set_xlabel(f"$x$ ({style.LENGTH})")
    rows[0, 0].set_ylabel("upper wall\n" + style.FLUX)
    rows[1, 0].set_ylabel(f"$y$ ({style.LENGTH})")
    rows[2, 0].set_ylabel("lower wall\n" + style.FLUX)
    figure.colorbar(image, ax=rows[1, :], label=style.CONCENTRATION, extend="both", pad=0.01, aspect=12)
    _legend(legend, _legend_columns(count), cases.has_exact, bool(np.isnan(cases.measurement[:count]).any()))
    return figure
