"""Calibration without a reference: ranks of the truth among posterior samples, coverage, TARP."""

from plotting import panels, style
from plotting.layout import Group

_BAND = dict(color=style.PRIOR, alpha=0.2, linewidth=0)
_ZERO = dict(color=style.PRIOR, linestyle=(0, (6, 3)), linewidth=1.0)


def _difference_axes(axes, points, low, high):
    """The band and the zero line that differences of distribution functions are drawn on."""
    axes.fill_between([0, *points, 1], [0, *low, 0], [0, *high, 0], label="band of a calibrated posterior", **_BAND)
    axes.axhline(0, **_ZERO)
    axes.set_xlim(0, 1)


def ranks_by_unknown(ranks, problem):
    """Empirical minus uniform distribution function of the truth's ranks, a line for each unknown."""
    groups = [Group(group.name, group.members) for group in problem.unknowns.groups]
    figure, rows = panels.for_groups(groups)
    plain = [row[0] for row in rows]
    for axes, group in zip(plain, groups):
        _difference_axes(axes, ranks["point"], ranks["low"], ranks["high"])
        for position, member in enumerate(group.members):
            axes.plot([0, *ranks["point"], 1], [0, *ranks["unknowns"][member], 0], color=style.LEARNT, alpha=0.6, linewidth=0.9,
                      label="an unknown, learnt" if position == 0 else None)
        axes.set_title(problem.unknowns.title(group))
        axes.set_xlabel("rank of the truth / samples")
    panels.share_y(plain)
    plain[0].set_ylabel("share below, minus uniform")
    plain[0].legend()
    return figure


def coverage_by_level(coverage):
    """Share of truths in central credible intervals against the intervals' level."""
    figure, axes = style.plt.subplots(figsize=(4.6, 4.0))
    level = coverage["level"]
    axes.fill_between(level, coverage["low"], coverage["high"], label="band of a calibrated posterior", **_BAND)
    axes.plot([0, 1], [0, 1], **_ZERO)
    for column, line in (("gaussian", dict(color=style.GAUSSIAN, linestyle=(0, (1, 1.2)), label="Gaussian")),
                         ("learnt", dict(color=style.LEARNT, label="learnt")),
                         ("exact", dict(color=style.EXACT, linestyle=(0, (4, 1.5)), label="exact posterior"))):
        if not all(value != value for value in coverage[column]):
            axes.plot(level, coverage[column], **line)
    for set_format in (axes.xaxis, axes.yaxis):
        set_format.set_major_formatter(style.in_percent)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("level of the central interval (%)")
    axes.set_ylabel("share of truths inside (%)")
    axes.legend(loc="upper left")
    return figure


def ranks_of_quantities(ranks):
    """The same as ranks_by_unknown for the distance to a random point (TARP) and, if checked, for the likelihood."""
    quantities = [("tarp", "TARP: distance to a random point")]
    if "predictive" in ranks:
        quantities.append(("predictive", "predictive: likelihood"))
    figure, axes_of = style.plt.subplots(1, len(quantities), figsize=(4.5 * len(quantities), 3.2), sharey=True,
                                        squeeze=False)
    for axes, (column, title) in zip(axes_of[0], quantities):
        _difference_axes(axes, ranks["point"], ranks[f"{column}_low"], ranks[f"{column}_high"])
        axes.plot([0, *ranks["point"], 1], [0, *ranks[column], 0], color=style.LEARNT, label="learnt")
        axes.set_title(title)
        axes.set_xlabel("rank of the truth / samples")
    axes_of[0][0].set_ylabel("share below, minus uniform")
    axes_of[0][0].legend()
    return figure
