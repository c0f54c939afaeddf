"""Paper, Figs. 8 to 11, 14, 17 to 20: a quantity per flux segment for several noise levels, the exact posterior's dashed."""

import numpy as np
from matplotlib.lines import Line2D

from plotting import style
from plotting.channel import WALLS

_MARKERS = "osD^vP*"
_EXACT_DASHES = (0, (2, 1.2))
_ERROR = ("relative_error", "exact_relative_error")
_STD = ("posterior_std", "exact_std")


def _walls(metrics):
    """Which rows are of the lower wall, and which of the upper; each from inflow to outflow."""
    return [np.array([group == wall for group in metrics["group"]]) for wall in WALLS]


def _top(studies, columns, step):
    """The axis's end: above the largest value of all studies, and a multiple of `step`, so that figures which do not
    name each other end alike too."""
    largest = max(np.nanmax(metrics[column]) for levels in studies for metrics in levels.values() for column in columns
                  if column in metrics)
    return step * np.ceil(1.02 * largest / step)


def _draw(levels, columns, y_label):
    """`levels`: noise level as text -> metrics; `columns`: learnt and exact, which may be missing."""
    learnt, exact = columns
    figure, panels = style.plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    handles = []
    has_exact = any(exact in metrics for metrics in levels.values())
    for (noise, metrics), colour, marker in zip(levels.items(), style.sequence(len(levels)), _MARKERS):
        for axes, rows in zip(panels, _walls(metrics)):
            segments = np.arange(1, rows.sum() + 1)
            axes.plot(segments, metrics[learnt][rows], color=colour, marker=marker)
            if exact in metrics:
                axes.plot(segments, metrics[exact][rows], color=colour, linestyle=_EXACT_DASHES, linewidth=1.1)
        handles.append(Line2D([], [], color=colour, marker=marker, label=noise))
    for axes, name in zip(panels, WALLS):
        axes.set_title(name)
        axes.set_xlabel("segment, from inflow to outflow")
        axes.set_xticks(segments)
    if has_exact:
        handles.append(Line2D([], [], color="0.3", linestyle=_EXACT_DASHES, linewidth=1.1, label="exact\nposterior"))
    panels[0].set_ylabel(y_label)
    panels[0].set_ylim(bottom=0)
    return figure, handles


def _legend(figure, handles):
    figure.axes[1].legend(handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0,
                          title="noise over sd\nof the clean\nmeasurements", title_fontsize=8)


def error_by_noise(levels, *beside):
    """Mean absolute difference of posterior mean and truth over the mean flux; `beside`: what the axis makes room for too."""
    figure, handles = _draw(levels, _ERROR, "mean error / mean flux (%)")
    figure.axes[0].set_ylim(top=_top((levels, *beside), _ERROR, 0.25))
    figure.axes[0].yaxis.set_major_formatter(style.in_percent)
    _legend(figure, handles)
    return figure


def std_by_noise(levels, *beside):
    """Mean posterior standard deviation, with the test fluxes' (the prior's) as a dashed line; `beside` as above."""
    figure, handles = _draw(levels, _STD, "standard deviation (flux units)")
    metrics = next(iter(levels.values()))
    prior = dict(color=style.PRIOR, linestyle=(0, (6, 3)), linewidth=1.3)
    for axes, rows in zip(figure.axes, _walls(metrics)):
        axes.plot(np.arange(1, rows.sum() + 1), metrics["prior_std"][rows], **prior)
    figure.axes[0].set_ylim(top=_top((levels, *beside), (*_STD, "prior_std"), 0.4))
    _legend(figure, [*handles, Line2D([], [], label="prior", **prior)])
    return figure
