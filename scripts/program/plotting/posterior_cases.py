"""Paper, Figs. 7, 13, 16: truth and posterior of single test cases. Unknowns along a line as steps, in the plane as maps, each in
the case's column and with its field, if there is one; all others as marginals, a row for each case."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from plotting import fields, marginals, panels, style
from plotting.layout import LINE, MAP, ROW, with_unit

_DASHES = (0, (3, 1.5))
_FIELD = "field"
# What the rows of a map show, and of which numbers; the last ones if they are known.
_MAPS = (("truth", "truth"), ("mean", "learnt mean"), ("exact_mean", "exact mean"), ("std", "learnt sd"), ("exact_std", "exact sd"))


class Shown:
    """Of the cases: truth (or None), mean and sd [case, unknown], the exact ones' too or None, and fields [case, y, x] or None."""

    def __init__(self, cases, stored):
        self.count = len(cases.samples) if stored is None else min(len(stored), len(cases.samples))
        self.fields = None if stored is None else stored[:self.count]
        self.label = cases.label
        self.truth, self.measurement = None if cases.truth is None else cases.truth[:self.count], cases.measurement[:self.count]
        self.mean, self.std = cases.samples[:self.count].mean(axis=1), cases.samples[:self.count].std(axis=1)
        self.exact_mean, self.exact_std = ((cases.exact_mean[:self.count], cases.exact_std[:self.count]) if cases.has_exact
                                           else (None, None))


def _steps(values):
    """Piecewise constant values between edges, for plot(drawstyle="steps-post")."""
    return np.append(values, values[-1])


def _draw_line(axes, group, shown, case):
    edges, index = group.edges(), group.members
    mean, std = (values[case, index] for values in (shown.mean, shown.std))
    axes.fill_between(edges, _steps(mean - std), _steps(mean + std), step="post", color=style.LEARNT, alpha=0.22, linewidth=0)
    # Thinner lines on top, so that curves which coincide all show.
    axes.plot(edges, _steps(mean), color=style.LEARNT, drawstyle="steps-post", linewidth=3.2)
    if shown.truth is not None:
        axes.plot(edges, _steps(shown.truth[case, index]), color=style.TRUTH, drawstyle="steps-post", linewidth=1.8)
    if shown.exact_mean is not None:
        exact_mean, exact_std = shown.exact_mean[case, index], shown.exact_std[case, index]
        for shift, width in ((-1, 0.7), (0, 0.9), (1, 0.7)):
            axes.plot(edges, _steps(exact_mean + shift * exact_std), color=style.EXACT, drawstyle="steps-post", linewidth=width,
                      linestyle="-" if shift == 0 else _DASHES)
    axes.axhline(0, color="0.5", linewidth=0.6)


def _legend(axes, columns, shown, lines, sensors):
    handles = []
    if lines:
        if shown.truth is not None:
            handles.append(Line2D([], [], color=style.TRUTH, linewidth=1.8, label="truth"))
        handles += [Line2D([], [], color=style.LEARNT, linewidth=3.2, label="learnt posterior mean"),
                    Patch(color=style.LEARNT, alpha=0.22, linewidth=0, label="learnt, ±1 sd")]
        if shown.exact_mean is not None:
            handles += [Line2D([], [], color=style.EXACT, linewidth=0.9, label="exact posterior mean"),
                        Line2D([], [], color=style.EXACT, linewidth=0.7, linestyle=_DASHES, label="exact, ±1 sd")]
    if sensors:
        handles.append(Line2D([], [], marker="o", linestyle="", color="#7C7B78", markeredgecolor="white", markersize=6,
                              label="measured value"))
        if np.isnan(shown.measurement).any():
            handles.append(Line2D([], [], marker="x", linestyle="", color=style.OFF, label="sensor off"))
    if handles:
        axes.legend(handles=handles, loc="center", ncol=columns, columnspacing=1.2, handlelength=1.6)
    axes.set_axis_off()


def _legend_columns(count):
    return {1: 2, 2: 4}.get(count, 7)


def _rows(problem, shown):
    """What is drawn for each case, from top to bottom: lines by their height, the field in between, then maps."""
    def height(group):
        plane = problem.unknowns.plane()
        return -np.inf if plane is None or group.axes != (0,) else plane[group.members, 1].mean()

    lines = sorted((group for group in problem.unknowns.groups if group.kind == LINE), key=height, reverse=True)
    rows = [(group, None) for group in lines]
    if shown.fields is not None:
        middle = (problem.domain.y[0] + problem.domain.y[-1]) / 2
        rows.insert(sum(height(group) > middle for group in lines), (_FIELD, None))
    maps = [group for group in problem.unknowns.groups if group.kind == MAP]
    return rows + [(group, one) for group in maps for one in _MAPS if getattr(shown, one[0]) is not None]


def _map_limits(group, shown, what):
    """Common to means and truth, and to standard deviations."""
    alike = [name for name, _ in _MAPS if name.endswith("std") == what.endswith("std") and getattr(shown, name) is not None]
    values = np.concatenate([getattr(shown, name)[:, group.members] for name in alike])
    return (0, values.max()) if what.endswith("std") else (values.min(), values.max())


def _row_height(what, part):
    """Of a line's."""
    return 0.62 if what == _FIELD else 0.15 + 1.2 * what.aspect if part else 1


def _label(problem, group):
    return "\n".join(text for text in (problem.unknowns.title(group), problem.unknowns.unit_of(group)) if text)


def _draw_field_row(row, problem, shown):
    limits = (min(0.0, shown.fields.min()), shown.fields.max())
    sensors = problem.observations.plane()
    for case, axes in enumerate(row):
        image = fields.draw_field(axes, problem.domain, shown.fields[case], limits)
        if sensors is not None:
            fields.draw_sensors(axes, sensors, shown.measurement[case], limits)
    row[0].set_ylabel(problem.coordinate(1))
    row[0].figure.colorbar(image, ax=list(row), label=problem.domain.unit or "field", extend="both", pad=0.01, aspect=12)


def _draw_map_row(row, problem, group, shown, what, label):
    limits = _map_limits(group, shown, what)
    for case, axes in enumerate(row):
        image = panels.draw_map(axes, group, getattr(shown, what)[case, group.members], limits)
    row[0].set_ylabel(f"{label}\n{problem.coordinate(group.axes[1])}")
    name = with_unit(problem.unknowns.title(group), problem.unknowns.unit_of(group))
    row[0].figure.colorbar(image, ax=list(row), label=name, pad=0.01, aspect=12)


def _draw_columns(part, problem, shown, rows):
    """A column for each case; lines of one coordinate and the field share their horizontal axis."""
    heights = [_row_height(*row) for row in rows]
    columns = _legend_columns(shown.count)
    grid = part.add_gridspec(len(rows) + 1, shown.count, height_ratios=(0.7 / columns, *heights))
    axes = np.empty((len(rows), shown.count), dtype=object)
    first_line = next((i for i, (what, _) in enumerate(rows) if what != _FIELD and what.kind == LINE), None)
    first_of = {}  # of a horizontal axis that is shared
    for i, (what, one) in enumerate(rows):
        shared = what if one else "x" if what == _FIELD else what.coordinate
        last = not any(shared == (w if o else "x" if w == _FIELD else w.coordinate) for w, o in rows[i + 1:])
        for case in range(shown.count):
            beside = axes[i, 0] if case else None
            line = what != _FIELD and what.kind == LINE
            if line and case == 0 and i != first_line and problem.unknowns.unit:
                beside = axes[first_line, 0]
            axes[i, case] = part.add_subplot(grid[i + 1, case], sharex=first_of.get((shared, 0)), sharey=beside)
            first_of.setdefault((shared, 0), axes[i, case])
            axes[i, case].tick_params(labelbottom=last, labelleft=case == 0)
            if last:
                axes[i, case].set_xlabel(problem.coordinate(0 if what == _FIELD else what.axes[0]))
    for (what, one), row in zip(rows, axes):
        if what == _FIELD:
            _draw_field_row(row, problem, shown)
        elif one:
            _draw_map_row(row, problem, what, shown, *one)
        else:
            for case, panel in enumerate(row):
                _draw_line(panel, what, shown, case)
            row[0].set_ylabel(_label(problem, what))
    for case in range(shown.count):
        axes[0, case].set_title(f"{shown.label} {case + 1}")
    _legend(part.add_subplot(grid[0, :]), columns, shown, first_line is not None,
            shown.fields is not None and problem.observations.plane() is not None)


def posterior_cases(problem, stored, cases):
    """`stored`: fields [n, ny, nx] of the first test samples, or None; `cases`: the posteriors of the first test samples."""
    shown = Shown(cases, stored)
    rows = _rows(problem, shown)
    alone = [i for group in problem.unknowns.groups if group.kind == ROW for i in group.members]
    heights = [0.4 + sum(2.15 * _row_height(*row) for row in rows)] * bool(rows) + [2.1 * shown.count + 0.4] * bool(alone)
    figure = style.plt.figure(figsize=(1 + 3.2 * shown.count if not alone else 9, sum(heights)))
    parts = list(np.atleast_1d(figure.subfigures(len(heights), 1, height_ratios=heights)))
    if rows:
        _draw_columns(parts.pop(0), problem, shown, rows)
    if alone:
        marginals.draw(parts.pop(), problem, cases, shown.count, alone)
    return figure
