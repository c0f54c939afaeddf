"""The channel with its flux segments and sensors, drawn to scale."""

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


def is_channel(problem):
    """Whether the unknowns are along the walls of a channel whose fields are stored."""
    groups = problem.unknowns.groups
    return (problem.domain is not None and problem.observations.plane() is not None
            and sorted(group.name for group in groups) == list(WALLS)
            and all(group.kind == "line" and group.axes == (0,) for group in groups))


def sketch(channel):
    """Paper, Fig. 5: the channel, its flux segments, its sensors and the inflow, drawn to scale."""
    figure, axes = style.plt.subplots(figsize=(9, 3.3))
    length, height = channel.length, channel.height
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xlim(-1.35, length + 1.15)
    axes.set_ylim(-0.85, height + 0.85)

    wall_style = dict(color="black", solid_capstyle="butt")
    for y in (0, height):
        axes.plot([0, length], [y, y], linewidth=1.4, **wall_style)
    for x in (0, length):
        axes.plot([x, x], [0, height], linewidth=1.0, color="black", linestyle=(0, (4, 3)))

    arrow = dict(arrowstyle="-|>", mutation_scale=8, linewidth=1.1, shrinkA=0, shrinkB=0)
    for wall, (y, inward) in enumerate(((0, 1), (height, -1))):
        edges = channel.walls[wall].edges()
        for number, (begin, end) in enumerate(zip(edges[:-1], edges[1:]), start=1):
            middle = (begin + end) / 2
            axes.add_patch(FancyArrowPatch((middle, y - inward * 0.32), (middle, y - inward * 0.03),
                                           color=style.LEARNT, **arrow))
            axes.text(middle, y - inward * 0.45, str(number), ha="center", va="center", fontsize=7.5)
        axes.plot([edges, edges], [y - 0.06, y + 0.06], linewidth=1.1, **wall_style)
        axes.text(edges[-1] + 0.08, y - inward * 0.2, "$q = 0$", va="center", fontsize=8.5)
        axes.text((edges[0] + edges[-1]) / 2, y - inward * 0.72, f"flux segments, {WALLS[wall]}",
                  ha="center", va="center", color=style.LEARNT)

    y = np.linspace(0, height, 60)
    profile = 0.85 * 4 * y * (height - y) / height**2
    inflow = -1.15
    axes.plot([inflow, inflow], [0, height], color="0.6", linewidth=0.8)
    axes.plot(inflow + profile, y, color="0.35", linewidth=1.1)
    for y_arrow in np.linspace(0, height, 9)[1:-1]:
        reach = 0.85 * 4 * y_arrow * (height - y_arrow) / height**2
        axes.add_patch(FancyArrowPatch((inflow, y_arrow), (inflow + reach, y_arrow), color="0.35", **arrow))
    axes.text(inflow, -0.2, "inflow $u(y)$", va="center", fontsize=8.5, color="0.25")

    axes.scatter(*channel.sensors.T, s=24, color=style.EXACT, zorder=3, label="sensor")
    axes.text(0.09, height / 2, "$c = 0$", va="center", fontsize=9)
    axes.text(length + 0.09, height / 2, "no diffusive\nflux", va="center", fontsize=8.5)
    axes.text(length / 2, height / 2, f"{len(channel.sensors)} sensors", ha="center", va="center", color=style.EXACT)
    axes.text(length + 0.09, 0, "$y = 0$", va="center", fontsize=8.5)
    axes.text(length + 0.09, height, f"$y = {height:g}$", va="center", fontsize=8.5)
    axes.text(length, -0.2, f"$x = {length:g}$", ha="center", va="center", fontsize=8.5)
    return figure
