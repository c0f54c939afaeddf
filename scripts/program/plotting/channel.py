"""The channel with its flux segments and sensors."""

import re

import numpy as np
from matplotlib.patches import FancyArrowPatch

from plotting import style
from plotting.run_files import OutputError

WALLS = ("lower wall", "upper wall")


class Channel:
    """Of a problem's layouts: the groups of segments of both walls, the sensors [n, 2], and the domain's extent."""

    def __init__(self, problem):
        groups = {group.name: group for group in problem.unknowns.groups}
        if not is_channel(problem):
            raise OutputError(f"expected the channel: unknowns on {' and '.join(WALLS)}, and stored fields; "
                              f"found {', '.join(groups) or 'no groups'}")
        self.walls = [groups[name] for name in WALLS]
        self.sensors = problem.observations.plane()
        self.length, self.height = problem.domain.length, problem.domain.height
        self.velocity_profile = velocity_profile(problem)


def is_channel(problem):
    """Whether the unknowns are along the walls of a channel whose fields are stored."""
    groups = problem.unknowns.groups
    return (problem.domain is not None and problem.observations.plane() is not None
            and sorted(group.name for group in groups) == list(WALLS)
            and all(group.kind == "line" and group.axes == (0,) for group in groups))


def velocity_profile(problem):
    """Of a channel: parabolic or uniform, as its data set's configuration says."""
    found = re.search(r"^ *velocity_profile: *(\w+)", problem.configuration, re.MULTILINE)
    return found[1] if found else "parabolic"


def _step(spacing, least):
    """Every how many things at this spacing there is room for one."""
    return int(np.ceil(least / spacing))


def sketch(channel):
    """Paper, Fig. 5: the channel, its flux segments, its sensors and the inflow; to scale unless it were too flat or narrow for its
    labels. Drawn in a unit of paper, of which the paper's channel is 8.5 by 2: what stands beside it does not depend on its size."""
    scale = min(8.5 / channel.length, 6 / channel.height)
    to_scale = scale * np.array([channel.length, channel.height])
    length, height = drawn = np.maximum(to_scale, (4.5, 1.6))
    across, up = drawn / (channel.length, channel.height)
    limits = np.array([[-1.35, length + 1.15], [-0.9, height + 0.85]])
    figure, axes = style.plt.subplots(figsize=0.82 * np.ptp(limits, axis=1) + (0, 0.27))
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])

    wall_style = dict(color="black", solid_capstyle="butt")
    for y in (0, height):
        axes.plot([0, length], [y, y], linewidth=1.4, **wall_style)
    for x in (0, length):
        axes.plot([x, x], [0, height], linewidth=1.0, color="black", linestyle=(0, (4, 3)))

    arrow = dict(arrowstyle="-|>", mutation_scale=8, linewidth=1.1, shrinkA=0, shrinkB=0)
    for wall, (y, inward) in enumerate(((0, 1), (height, -1))):
        edges = across * channel.walls[wall].edges()
        middles = (edges[1:] + edges[:-1]) / 2
        spacing = np.diff(edges).min()
        for middle in middles[::_step(spacing, 0.15)]:
            axes.add_patch(FancyArrowPatch((middle, y - inward * 0.32), (middle, y - inward * 0.03),
                                           color=style.LEARNT, **arrow))
        for number in range(0, len(middles), _step(spacing, 0.3)):
            axes.text(middles[number], y - inward * 0.45, str(number + 1), ha="center", va="center", fontsize=7.5)
        axes.plot([edges, edges], [y - 0.06, y + 0.06], linewidth=1.1 if spacing > 0.15 else 0.4, **wall_style)
        if length - edges[-1] > 0.5:
            axes.text(edges[-1] + 0.08, y - inward * 0.2, "$q = 0$", va="center", fontsize=8.5)
        axes.text((edges[0] + edges[-1]) / 2, y - inward * 0.72, f"flux segments, {WALLS[wall]}",
                  ha="center", va="center", color=style.LEARNT)

    def reach(y):
        return 0.85 * (4 * y * (height - y) / height**2 if channel.velocity_profile == "parabolic" else np.ones_like(y))

    y = np.linspace(0, height, 60)
    inflow = -1.15
    axes.plot([inflow, inflow], [0, height], color="0.6", linewidth=0.8)
    axes.plot(inflow + reach(y), y, color="0.35", linewidth=1.1)
    for y_arrow in np.linspace(0, height, 9)[1:-1]:
        axes.add_patch(FancyArrowPatch((inflow, y_arrow), (inflow + reach(y_arrow), y_arrow), color="0.35", **arrow))
    axes.text(inflow, -0.2, "inflow $u(y)$", va="center", fontsize=8.5, color="0.25")
    axes.text(-0.06, height + 0.2, "$c = 0$", ha="right", va="center", fontsize=8.5)

    axes.scatter(*(channel.sensors * (across, up)).T, s=24, color=style.EXACT, zorder=3)
    axes.text(length + 0.09, -0.72, f"{len(channel.sensors)} sensors", ha="right", va="center", color=style.EXACT)
    axes.text(length + 0.09, height / 2, "no diffusive\nflux", va="center", fontsize=8.5)
    axes.text(length + 0.09, 0, "$y = 0$", va="center", fontsize=8.5)
    axes.text(length + 0.09, height, f"$y = {channel.height:g}$", va="center", fontsize=8.5)
    axes.text(length + 0.09, -0.25, f"$x = {channel.length:g}$", va="center", fontsize=8.5)
    if not np.allclose(drawn, to_scale):
        style.note(figure, "not to scale")
    return figure
