"""Joint distributions of pairs of unknowns of one test case: contours of the learnt and the exact posterior, and the truth."""

import numpy as np

from plotting import marginals, style
from plotting.run_files import OutputError

# Shares of the samples inside the contours.
SHARES = (0.5, 0.9)
_CELLS = 60


def _smooth(counts, widths):
    """Gaussian weights along both axes, [x, y]; what would leave at an end stays, as values have bounds."""
    for axis, width in enumerate(widths):
        reach = int(np.ceil(3 * width))
        if reach == 0:
            continue
        weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
        padded = np.pad(counts, [(reach, reach) if one == axis else (0, 0) for one in (0, 1)], mode="symmetric")
        counts = np.apply_along_axis(np.convolve, axis, padded, weights / weights.sum(), mode="valid")
    return counts


def _levels(density):
    """The heights whose contours hold SHARES of the whole, lowest first."""
    ordered = np.sort(density.ravel())[::-1]
    inside = np.cumsum(ordered) / ordered.sum()
    return [ordered[min(np.searchsorted(inside, share), len(ordered) - 1)] for share in sorted(SHARES, reverse=True)]


def _joint(samples, limits):
    """Centres of cells, the smoothed density [y, x] of samples [n, 2] and its levels; None for samples on a line."""
    edges = [np.linspace(*each, _CELLS + 1) for each in limits]
    spread = samples.std(axis=0)
    if not (spread > 0).all():
        return None
    counts, _, _ = np.histogram2d(*samples.T, bins=edges)
    # Silverman's rule in two dimensions, in cells.
    widths = [min(std * len(samples) ** (-1 / 6) / (edge[1] - edge[0]), _CELLS / 6) for std, edge in zip(spread, edges)]
    density = _smooth(counts, widths).T
    levels = _levels(density)
    if not 0 < levels[0] < levels[1]:
        return None
    return [(edge[1:] + edge[:-1]) / 2 for edge in edges], density, levels


def _draw_pair(axes, case, pair, limits):
    learnt = _joint(case.samples[:, pair], limits)
    if learnt:
        (x, y), density, levels = learnt
        axes.contourf(x, y, density, [*levels, density.max() * 1.001], colors=[style.LEARNT], alpha=0.25)
        axes.contourf(x, y, density, [levels[1], density.max() * 1.001], colors=[style.LEARNT], alpha=0.3)
    else:
        axes.plot(*case.samples[:, pair].T, ",", color=style.LEARNT)
    exact = None if case.exact_samples is None else _joint(case.exact_samples[:, pair], limits)
    if exact:
        (x, y), density, levels = exact
        axes.contour(x, y, density, levels, colors=[style.EXACT], linewidths=1.0)
    if case.truth is not None:
        axes.plot(*case.truth[pair], marker="o", markersize=5, color=style.TRUTH, markeredgecolor="white", markeredgewidth=0.7)
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(style.plt.MaxNLocator(3))


def chosen(problem, names=None):
    """Indices of the named unknowns, or of some at equal distances in their order."""
    if not names:
        return marginals.spread(range(len(problem.unknowns)))
    unknown = [name for name in names if name not in problem.unknowns.names]
    if unknown:
        raise OutputError(f"no unknown named {', '.join(unknown)}; there are {', '.join(problem.unknowns.names)}")
    if len(names) > marginals.MOST:
        raise OutputError(f"{len(names)} unknowns; expected at most {marginals.MOST}")
    return [problem.unknowns.names.index(name) for name in names]


def corner(problem, cases, names=None):
    """The first test case: on the diagonal marginals, below it pairs. `names`: of at most marginals.MOST unknowns."""
    members = chosen(problem, names)
    case = marginals.Case(cases, 0)
    count = len(members)
    side = max(1.2 * count, 4.0)
    columns = max(count, 2)  # the legend stands above the diagonal
    figure, axes = style.plt.subplots(count, columns, squeeze=False, figsize=(side + 0.6, count / columns * side + 0.4))
    limits = [case.range(unknown) for unknown in members]
    labels = [label.replace(" (", "\n(") for label in problem.unknowns.labels()]
    for row, column in np.ndindex(axes.shape):
        panel = axes[row, column]
        if column > row:
            panel.set_axis_off()
            continue
        if column == row:
            marginals.draw_marginal(panel, case, members[row], limits[row])
        else:
            _draw_pair(panel, case, [members[column], members[row]], (limits[column], limits[row]))
        panel.tick_params(labelbottom=row == count - 1, labelleft=column == 0 < row, labelsize=7)
        if row == count - 1:
            panel.set_xlabel(labels[members[column]], fontsize=8)
        if column == 0 and row > 0:
            panel.set_ylabel(labels[members[row]], fontsize=8)
    figure.align_labels()
    contours = f"\ncontours hold\n{' and '.join(f'{share:.0%}' for share in SHARES)}" if count > 1 else ""
    figure.legend(handles=marginals.handles(case.exact_moments is not None, case.truth is not None), loc="upper right",
                  title=f"{cases.label} 1{contours}")
    return figure
