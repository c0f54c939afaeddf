"""What the entries of a vector are, and how each group of them is drawn: along a line, as a map, or one by one."""

from dataclasses import dataclass, field

import numpy as np

LINE, MAP, ROW = "line", "map", "row"
COORDINATES = "xyz"


@dataclass(frozen=True, eq=False)
class Group:
    """Entries that are drawn together. `members`: their indices, along a line in the order of the coordinate."""

    name: str
    members: np.ndarray
    kind: str = ROW
    axes: tuple = ()  # the coordinates that vary: one along a line, two of a map
    at: np.ndarray = field(default_factory=lambda: np.zeros(0))  # [members, len(axes)]

    @property
    def coordinate(self):
        """The name of a line's coordinate."""
        return COORDINATES[self.axes[0]]

    def edges(self):
        """Where the steps of a line begin and end, [members + 1]: half-way between neighbours, as far beyond the ends."""
        x = self.at[:, 0]
        middle = (x[1:] + x[:-1]) / 2
        return np.concatenate([[x[0] - (middle[0] - x[0])], middle, [x[-1] + (x[-1] - middle[-1])]])

    @property
    def aspect(self):
        """Height over width of a map with as much room around as between its members."""
        extent = np.array([np.ptp(column) * (1 + 1 / max(len(np.unique(column)) - 1, 1)) for column in self.at.T])
        return float(np.clip(extent[1] / extent[0], 0.2, 2))

    def grid(self):
        """Of a map: its two coordinates and where in the members each cell is, [second, first]; None if it is no grid."""
        first, second = (np.unique(column) for column in self.at.T)
        if len(first) * len(second) != len(self.members) or 1 in (len(first), len(second)):
            return None
        index = np.full((len(second), len(first)), -1)
        index[np.searchsorted(second, self.at[:, 1]), np.searchsorted(first, self.at[:, 0])] = np.arange(len(self.members))
        return None if (index < 0).any() else (first, second, index)


def _group(name, members, positions):
    """Positions that all differ in one coordinate make a line, in two a map; all else is drawn one by one."""
    members = np.asarray(members)
    if positions is None or len(members) < 2:
        return Group(name, members)
    at = positions[members]
    varying = tuple(int(axis) for axis in np.flatnonzero(np.ptp(at, axis=0) > 0))
    if len(varying) not in (1, 2) or len(np.unique(at, axis=0)) < len(at):
        return Group(name, members)
    at = at[:, varying]
    if len(varying) == 2:
        return Group(name, members, MAP, varying, at)
    order = np.argsort(at[:, 0])
    return Group(name, members[order], LINE, varying, at[order])


class Layout:
    """names, groups, units: a text for each entry; bounds [n, 2]; positions [n, 1 to 3], or None."""

    def __init__(self, names, groups, units, bounds=None, positions=None):
        self.names, self.units, self.bounds = list(names), list(units), bounds
        self.positions = positions
        self.group_of = list(groups)
        self.groups = [_group(name, [i for i, one in enumerate(self.group_of) if one == name], positions)
                       for name in dict.fromkeys(self.group_of)]

    def __len__(self):
        return len(self.names)

    @property
    def unit(self):
        """Of all entries; empty if they differ."""
        return self.units[0] if len(set(self.units)) == 1 else ""

    def unit_of(self, group):
        """Of a group's entries; empty if they differ."""
        units = {self.units[i] for i in group.members}
        return units.pop() if len(units) == 1 else ""

    def labels(self):
        """The names, each with its unit."""
        return [with_unit(name, unit) for name, unit in zip(self.names, self.units)]

    def title(self, group):
        """The group's name; nothing for the only one without."""
        return group.name or ("" if len(self.groups) == 1 else "others")

    def plane(self):
        """Positions [n, 2] in the plane, or None."""
        return self.positions if self.positions is not None and self.positions.shape[1] == 2 else None


def with_unit(text, unit):
    return f"{text} ({unit})" if unit else text
