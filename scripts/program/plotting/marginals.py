"""Marginal distributions of single unknowns: learnt, exact and the truth."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from plotting import style

MOST = 8  # unknowns in one figure
_SHOWN = (0.002, 0.998)


def spread(members):
    """At most MOST of them, at equal distances in their order."""
    members = list(members)
    if len(members) <= MOST:
        return members
    return [members[i] for i in np.linspace(0, len(members) - 1, MOST).round().astype(int)]


class Case:
    """One test case: the samples [n, n_unknowns], the truth (or None), and the exact samples, or mean and sd alone, if known."""

    def __init__(self, cases, index):
        self.samples, self.truth = cases.samples[index], None if cases.truth is None else cases.truth[index]
        self.exact_samples = None if cases.exact_samples is None or index >= len(cases.exact_samples) else cases.exact_samples[index]
        self.exact_moments = (cases.exact_mean[index], cases.exact_std[index]) if cases.has_exact else None

    def range(self, unknown):
        """Of values worth showing, the truth among them."""
        values = [np.quantile(self.samples[:, unknown], _SHOWN)]
        if self.truth is not None:
            values.append([self.truth[unknown]])
        if self.exact_samples is not None:
            values.append(np.quantile(self.exact_samples[:, unknown], _SHOWN))
        elif self.exact_moments:
            values.append(self.exact_moments[0][unknown] + np.array([-3, 3]) * self.exact_moments[1][unknown])
        values = np.concatenate(values)
        low, high = values.min(), values.max()
        margin = 0.08 * (high - low) or 0.5 * max(abs(low), 1.0)
        return low - margin, high + margin


def common_range(cases, unknown):
    ranges = [case.range(unknown) for case in cases]
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _bins(case, unknown, limits):
    """Edges of bars from the least to the greatest value within the limits, which is inside the unknown's bounds."""
    values = case.samples[:, unknown]
    if case.exact_samples is not None:
        values = np.concatenate([values, case.exact_samples[:, unknown]])
    low, high = np.clip((values.min(), values.max()), *limits)
    width = (limits[1] - limits[0]) / np.clip(len(case.samples) ** 0.5, 15, 50)
    if high - low < 0.01 * width:  # all alike
        low, high = np.clip((low - width / 2, high + width / 2), *limits)
    return np.linspace(low, high, int(np.ceil((high - low) / width)) + 1)


def draw_marginal(axes, case, unknown, limits):
    """Densities of the learnt and the exact samples, and a line at the truth. Without exact samples a normal curve."""
    bins = _bins(case, unknown, limits)
    top = 0.0
    axes.hist(case.samples[:, unknown], bins, density=True, color=style.LEARNT, alpha=0.3)
    top = max(top, np.histogram(case.samples[:, unknown], bins, density=True)[0].max())
    if case.exact_samples is not None:
        density, _, _ = axes.hist(case.exact_samples[:, unknown], bins, density=True, histtype="step", color=style.EXACT, linewidth=1.2)
        top = max(top, density.max())
    elif case.exact_moments and case.exact_moments[1][unknown] > 0:
        mean, std = (values[unknown] for values in case.exact_moments)
        x = np.linspace(*limits, 200)
        density = np.exp(-0.5 * ((x - mean) / std) ** 2) / (np.sqrt(2 * np.pi) * std)
        axes.plot(x, density, color=style.EXACT, linewidth=1.2)
        top = max(top, density.max())
    if case.truth is not None:
        axes.axvline(case.truth[unknown], color=style.TRUTH, linewidth=1.3)
    axes.set_xlim(limits)
    axes.set_ylim(0, 1.08 * top)
    axes.set_yticks([])
    axes.grid(False)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(style.plt.MaxNLocator(3))


def handles(exact, truth=True):
    """The legend's; `exact`, `truth`: whether there is anything exact, and a truth."""
    lines = [Patch(color=style.LEARNT, alpha=0.3, linewidth=0, label="learnt posterior")]
    if exact:
        lines.append(Line2D([], [], color=style.EXACT, linewidth=1.2, label="exact posterior"))
    return lines + [Line2D([], [], color=style.TRUTH, linewidth=1.3, label="truth")] * truth


def draw(part, problem, cases, count, members):
    """A row of marginals for each case; at most MOST of the unknowns."""
    members = spread(members)
    each = [Case(cases, index) for index in range(count)]
    grid = part.add_gridspec(count + 1, len(members), height_ratios=(0.15, *[1] * count))
    axes = np.array([[part.add_subplot(grid[row + 1, column]) for column in range(len(members))] for row in range(count)])
    labels = problem.unknowns.labels()
    for column, unknown in enumerate(members):
        limits = common_range(each, unknown)
        for row, case in enumerate(each):
            draw_marginal(axes[row, column], case, unknown, limits)
            axes[row, column].tick_params(labelbottom=row == count - 1)
        axes[-1, column].set_xlabel(labels[unknown])
    for row in range(count):
        axes[row, 0].set_ylabel(f"{cases.label} {row + 1}", fontweight="bold")
    legend = part.add_subplot(grid[0, :])
    legend.legend(handles=handles(each[0].exact_moments is not None, cases.truth is not None), loc="center", ncol=3)
    legend.set_axis_off()
