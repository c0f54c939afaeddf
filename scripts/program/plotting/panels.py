"""Where figures put their panels: one for each group of unknowns, two side by side, each map in a row of its own."""

import numpy as np

from plotting import style
from plotting.layout import MAP

_MOST_NAMES = 30


def rows_of(groups):
    """The groups row by row: pairs, and maps alone."""
    rows, pair = [], []
    for group in groups:
        if group.kind == MAP:
            rows.append([group])
            continue
        pair.append(group)
        if len(pair) == 1:
            rows.append(pair)
        else:
            pair = []
    return rows


def _height(row, map_panels):
    """In inches; maps are as high as their panels' width asks for."""
    return 3.2 if row[0].kind != MAP else 0.9 + 7.2 / map_panels * row[0].aspect


def for_groups(groups, map_panels=1):
    """A figure with axes for each group, in their order: a list of axes for each, `map_panels` of them for a map."""
    rows = rows_of(groups)
    heights = [_height(row, map_panels) for row in rows]
    figure = style.plt.figure(figsize=(9, sum(heights)))
    parts = np.atleast_1d(figure.subfigures(len(rows), 1, height_ratios=heights))
    axes = {}
    for part, row in zip(parts, rows):
        count = map_panels if row[0].kind == MAP else min(2, max(map(len, rows)) if len(rows) > 1 else len(row))
        panels = part.subplots(1, count, squeeze=False)[0]
        if row[0].kind == MAP:
            axes[id(row[0])] = list(panels)
            continue
        for panel in panels[len(row):]:
            panel.set_axis_off()
        axes |= {id(group): [panel] for group, panel in zip(row, panels)}
    return figure, [axes[id(group)] for group in groups]


def share_y(panels):
    """The first panel's vertical axis for all of these; tick labels at the first of each row alone."""
    for before, panel in zip(panels, panels[1:]):
        panel.sharey(panels[0])
        panel.tick_params(labelleft=panel.figure is not before.figure)
    panels[0].autoscale_view(scalex=False)


def name_ticks(axes, names):
    """The names of a group's members along the horizontal axis, as many as there is room for."""
    step = -(-len(names) // _MOST_NAMES)
    axes.set_xticks(range(0, len(names), step))
    slanted = len(names) > 1 and sum(map(len, names[::step])) > 40
    axes.set_xticklabels(names[::step], rotation=45 if slanted else 0, ha="right" if slanted else "center")
    axes.set_xlim(-0.5, len(names) - 0.5)


def draw_map(axes, group, values, limits, colours=style.CONCENTRATION_MAP):
    """Values [members] at their positions: cells where these make a grid, else points. Returns the mappable."""
    axes.grid(False)
    axes.set_aspect("equal", adjustable="box")
    grid = group.grid()
    scale = dict(cmap=colours, vmin=limits[0], vmax=limits[1])
    if grid is None:
        axes.margins(0.15)
        size = min(200, 4000 / len(values))
        return axes.scatter(*group.at.T, c=values, s=size, edgecolors="0.5", linewidths=0.3, **scale)
    first, second, index = grid
    return axes.pcolormesh(first, second, values[index], shading="nearest", rasterized=True, **scale)
