"""Layouts and linear responses of small problems: the channel, unknowns without positions, unknowns in the plane."""

from dataclasses import dataclass

import numpy as np

PER_WALL = 15


@dataclass
class SmallLayout:
    names: list
    groups: list
    units: list
    position: np.ndarray | None = None

    def write(self, file, group):
        """As the pipeline does: texts of fixed length, no positions where there are none."""
        for name, texts in (("name", self.names), ("group", self.groups), ("unit", self.units)):
            file[f"{group}/{name}"] = np.array([text.encode() for text in texts], dtype=f"S{max(map(len, texts)) or 1}")
        file[f"{group}/bounds"] = np.tile([-np.inf, np.inf], (len(self.names), 1))
        if self.position is not None:
            file[f"{group}/position"] = self.position


@dataclass
class SmallProblem:
    """Observations are response @ unknowns; unknowns are normal, mean 2, and clipped at 0 where `clips`."""

    unknowns: SmallLayout
    observations: SmallLayout
    response: np.ndarray
    covariance: np.ndarray
    clips: bool = True


def _kernel(position):
    squared = ((position[:, None] - position[None]) ** 2).sum(axis=2)
    return np.exp(-squared / 8) + 1e-8 * np.eye(len(position))


def channel(response_csv):
    x = (np.arange(PER_WALL) + 0.5) * 7 / PER_WALL
    midpoints = np.array([(a, y) for y in (0, 2) for a in x])
    walls = [wall for wall in ("lower", "upper") for _ in range(PER_WALL)]
    unknowns = SmallLayout([f"{wall} {i % PER_WALL + 1}" for i, wall in enumerate(walls)], [f"{wall} wall" for wall in walls],
                           ["flux"] * len(walls), midpoints)
    sensors = np.array([(0.5 * (i + 1), row) for row in (0.5, 1.5) for i in range(PER_WALL)])
    observations = SmallLayout([f"sensor {i + 1}" for i in range(len(sensors))], [""] * len(sensors),
                               ["concentration"] * len(sensors), sensors)
    return SmallProblem(unknowns, observations, np.loadtxt(response_csv, delimiter=","), _kernel(midpoints))


def without_positions():
    """A spring: three unknowns of different units, one with a name that CSV has to quote and one that a column of its own has."""
    unknowns = SmallLayout(["mass", "stiffness, static", "tarp"], ["", "", ""], ["kg", "N/m", ""])
    observations = SmallLayout(["position 1", "position 2", "speed"], [""] * 3, ["m", "m", "m/s"])
    response = np.array([[3.0, 1.0, 0.2], [0.5, 4.0, -1.0], [1.0, -2.0, 5.0]])
    return SmallProblem(unknowns, observations, response, np.diag([0.2, 1.0, 0.5]), clips=False)


def in_the_plane():
    """A grid of sources and scattered ones, and two unknowns of which there is one each; observed at points."""
    grid = np.array([(x, y) for y in (0.5, 1.0, 1.5) for x in (1.0, 2.0, 3.0, 4.0)])
    scattered = np.array([(5.2, 0.4), (6.1, 1.7), (7.3, 0.8), (6.6, 1.1)])
    positions = np.concatenate([grid, scattered, [(0.1, 1.0), (8.0, 1.0)]])
    names = ([f"source {i + 1}" for i in range(len(grid))] + [f"leak {i + 1}" for i in range(len(scattered))] + ["inflow", "outflow"])
    groups = ["sources"] * len(grid) + ["leaks"] * len(scattered) + ["inflow", "outflow"]
    units = ["W"] * len(grid) + ["W"] * len(scattered) + ["m/s", "m/s"]
    sensors = np.array([(x, y) for y in (0.3, 1.7) for x in np.linspace(0.5, 8, 10)])
    squared = ((sensors[:, None] - positions[None]) ** 2).sum(axis=2)
    return SmallProblem(SmallLayout(names, groups, units, positions),
                        SmallLayout([f"thermometer {i + 1}" for i in range(len(sensors))], [""] * len(sensors), ["K"] * len(sensors),
                                    sensors),
                        6 * np.exp(-squared), _kernel(positions))
