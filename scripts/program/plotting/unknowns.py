"""Paper, Figs. 8 to 11 and 17 to 20: a quantity for each unknown, along lines, as maps or one by one; a panel for each group."""

import numpy as np

from plotting import panels, style
from plotting.layout import LINE, MAP, with_unit

_LEARNT = dict(color=style.LEARNT, marker="o", label="learnt")
_EXACT = dict(color=style.EXACT, marker="s", markerfacecolor="white", linestyle=(0, (4, 1.5)), label="exact posterior")
_GAUSSIAN = dict(color=style.GAUSSIAN, marker="^", markersize=3.5, linestyle=(0, (1, 1.2)), label="Gaussian")
_PRIOR = dict(color=style.PRIOR, linestyle=(0, (6, 3)), linewidth=1.3, label="prior")


def _draw_curves(axes, problem, group, values, curves):
    """Along a line over the coordinate; else a marker for each name."""
    along = group.kind == LINE
    x = group.at[:, 0] if along else np.arange(len(group.members))
    for column, line in curves:
        points = dict(line) if along else dict(line, linestyle="none", marker=line.get("marker", "_"))
        axes.plot(x, values[column][group.members], **points)
    if along:
        axes.set_xlabel(problem.coordinate(group.axes[0]))
    else:
        panels.name_ticks(axes, [problem.unknowns.names[i] for i in group.members])


def _draw_maps(row, problem, group, values, curves, y_label):
    shown = np.concatenate([values[column][group.members] for column, _ in curves])
    limits = (0, np.nanmax(shown) if np.isfinite(shown).any() else 1)
    for axes, (column, line) in zip(row, curves):
        image = panels.draw_map(axes, group, values[column][group.members], limits)
        axes.set_title(line["label"], fontweight="normal")
        axes.set_xlabel(problem.coordinate(group.axes[0]))
    row[0].set_ylabel(problem.coordinate(group.axes[1]))
    row[0].figure.colorbar(image, ax=row, label=y_label, format=style.in_percent if "%" in y_label else None)
    row[0].figure.suptitle(problem.unknowns.title(group), fontweight="bold", fontsize=10)


def _draw(values, problem, curves, y_label, of_group=None):
    """`curves`: (column, line style) each; columns that `values` lacks are left out. of_group(group) -> values and label of that
    group, where these are its own. Returns the figure and the panels that are no maps, those of one label with one axis."""
    curves = [(column, line) for column, line in curves if column in values]
    groups = problem.unknowns.groups
    figure, rows = panels.for_groups(groups, map_panels=len(curves))
    plain = {}  # label -> its panels
    for row, group in zip(rows, groups):
        values_here, label = of_group(group) if of_group else (values, y_label)
        if group.kind == MAP:
            _draw_maps(row, problem, group, values_here, curves, label)
            continue
        _draw_curves(row[0], problem, group, values_here, curves)
        row[0].set_title(problem.unknowns.title(group))
        plain.setdefault(label, []).append(row[0])
    for label, alike in plain.items():
        panels.share_y(alike)
        alike[0].set_ylabel(label)
        alike[0].set_ylim(0, 1.04 * alike[0].get_ylim()[1])  # room for markers
    flat = [panel for alike in plain.values() for panel in alike]
    if flat:
        flat[0].legend()
    return figure, flat


def error_by_unknown(metrics, problem):
    """Mean absolute difference of posterior mean and truth over the mean size of the unknowns; paper, Figs. 8, 9."""
    figure, plain = _draw(metrics, problem, [("gaussian_relative_error", _GAUSSIAN), ("relative_error", _LEARNT),
                                             ("exact_relative_error", _EXACT)], "mean error / mean size (%)")
    for axes in plain:
        axes.yaxis.set_major_formatter(style.in_percent)
    return figure


def std_by_unknown(metrics, problem):
    """Mean posterior standard deviation, with the prior's dashed; over the prior's for a group of several units; paper, Figs. 10,
    11."""
    curves = [("prior_std", _PRIOR), ("gaussian_std", _GAUSSIAN), ("posterior_std", _LEARNT), ("exact_std", _EXACT)]
    prior = metrics["prior_std"]  # 0 of an unknown that is always at its bound
    over_prior = {column: np.divide(metrics[column], prior, out=np.full_like(prior, np.nan), where=prior > 0)
                  for column, _ in curves if column in metrics}

    def of_group(group):
        if len({problem.unknowns.units[i] for i in group.members}) > 1:
            return over_prior, "standard deviation / prior's"
        return metrics, with_unit("standard deviation", problem.unknowns.unit_of(group))

    return _draw(metrics, problem, curves, "", of_group)[0]


def coverage_by_unknown(metrics, problem):
    """Share of truths within one and two posterior standard deviations, with a Gaussian's shares dashed."""
    two = dict(_LEARNT, label="within 2 sd", marker="^", color=style.VALIDATION)
    figure, plain = _draw(metrics, problem, [("coverage_2sd", two), ("coverage_1sd", dict(_LEARNT, label="within 1 sd"))],
                          "share of truths (%)")
    for axes in plain:
        for share in (0.6827, 0.9545):
            axes.axhline(share, **dict(_PRIOR, label="Gaussian" if share < 0.9 else None))
        axes.yaxis.set_major_formatter(style.in_percent)
    if plain:
        plain[0].set_ylim(0, 1.05)
        plain[0].legend(loc="lower right")
    return figure
