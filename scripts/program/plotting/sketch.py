"""Where unknowns and observations are, in the plane, for any problem."""

import numpy as np
from matplotlib.patches import Rectangle

from plotting import style

_MARKERS = "s^Dv<>"


def can_be_drawn(problem):
    return problem.unknowns.plane() is not None or problem.observations.plane() is not None


def _extent(problem):
    """Width and height of all that is drawn."""
    corners = [layout.plane() for layout in (problem.unknowns, problem.observations) if layout.plane() is not None]
    if problem.domain:
        corners.append(np.array([[problem.domain.x[i], problem.domain.y[i]] for i in (0, -1)]))
    extent = np.ptp(np.concatenate(corners), axis=0)
    return np.maximum(extent, 0.1 * extent.max() or 1.0)


def sketch(problem):
    """The domain, if fields are stored over one, the unknowns by group and the observations."""
    width, height = _extent(problem)
    figure, axes = style.plt.subplots(figsize=(9, 1.2 + 6.5 * np.clip(height / width, 0.25, 1)))
    axes.set_aspect("equal", adjustable="box")
    axes.grid(False)
    if problem.domain:
        x, y = problem.domain.x, problem.domain.y
        axes.add_patch(Rectangle((x[0], y[0]), np.ptp(x), np.ptp(y), fill=False, color="0.5", linewidth=1.2))
    unknowns, observations = problem.unknowns.plane(), problem.observations.plane()
    if unknowns is not None:
        colours = style.sequence(len(problem.unknowns.groups))
        for i, (group, colour) in enumerate(zip(problem.unknowns.groups, colours)):
            name = f"unknowns, {group.name}" if group.name else "unknowns"
            axes.plot(*unknowns[group.members].T, linestyle="none", marker=_MARKERS[i % len(_MARKERS)], color=colour,
                      markersize=6, label=name)
    if observations is not None:
        axes.plot(*observations.T, linestyle="none", marker="o", color=style.EXACT, markersize=5, markeredgecolor="white",
                  markeredgewidth=0.6, label="observations")
    axes.set_xlabel(problem.coordinate(0))
    axes.set_ylabel(problem.coordinate(1))
    axes.margins(0.08)
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0)
    return figure
