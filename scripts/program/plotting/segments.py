"""Paper, Figs. 8 to 11 and 17 to 20: a quantity per flux segment, lower and upper wall side by side."""

import numpy as np

from plotting import style

_LEARNT = dict(color=style.LEARNT, marker="o", label="learnt")
_EXACT = dict(color=style.EXACT, marker="s", markerfacecolor="white", linestyle=(0, (4, 1.5)), label="exact posterior")
_GAUSSIAN = dict(color=style.GAUSSIAN, marker="^", markersize=3.5, linestyle=(0, (1, 1.2)), label="Gaussian")
_PRIOR = dict(color=style.PRIOR, linestyle=(0, (6, 3)), linewidth=1.3, label="prior")


def _draw(metrics, curves, y_label):
    """`curves`: (column of metrics, line style) each; columns that metrics.csv lacks are left out."""
    figure, panels = style.plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
    for axes, wall, name in zip(panels, ("lower", "upper"), style.WALL_NAMES):
        rows = np.array([label == wall for label in metrics["wall"]])
        segments = metrics["segment"][rows]
        for column, line in curves:
            if column in metrics:
                axes.plot(segments, metrics[column][rows], **line)
        axes.set_title(name)
        axes.set_xlabel("segment, from inflow to outflow")
        axes.set_xticks(segments)
    panels[0].set_ylabel(y_label)
    panels[0].set_ylim(bottom=0)
    panels[0].legend()
    return figure


def error_by_segment(metrics):
    """Mean absolute difference of posterior mean and truth over the mean flux; paper, Figs. 8, 9."""
    figure = _draw(metrics, [("gaussian_relative_error", _GAUSSIAN), ("relative_error", _LEARNT),
                             ("exact_relative_error", _EXACT)], "mean error / mean flux (%)")
    figure.axes[0].yaxis.set_major_formatter(style.in_percent)
    return figure


def std_by_segment(metrics):
    """Mean posterior standard deviation, with the prior's dashed; paper, Figs. 10, 11."""
    return _draw(metrics, [("prior_std", _PRIOR), ("gaussian_std", _GAUSSIAN), ("posterior_std", _LEARNT),
                           ("exact_std", _EXACT)], "standard deviation (flux units)")


def coverage_by_segment(metrics):
    """Share of truths within one and two posterior standard deviations, with a Gaussian's shares dashed."""
    two = dict(_LEARNT, label="within 2 sd", marker="^", color=style.VALIDATION)
    figure = _draw(metrics, [("coverage_2sd", two), ("coverage_1sd", dict(_LEARNT, label="within 1 sd"))],
                   "share of truths (%)")
    for axes in figure.axes:
        for share in (0.6827, 0.9545):
            axes.axhline(share, **dict(_PRIOR, label="Gaussian" if share < 0.9 else None))
    figure.axes[0].set_ylim(0, 1.05)
    figure.axes[0].yaxis.set_major_formatter(style.in_percent)
    figure.axes[0].legend(loc="lower right")
    return figure
