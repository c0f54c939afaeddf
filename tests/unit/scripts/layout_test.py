"""How groups of unknowns are drawn, and what figures read; usage: layout_test.py PROGRAM_SCRIPTS."""

import itertools
import sys
import tempfile
import types
import unittest
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, sys.argv.pop(1))
from plotting import channel, corner, marginals, panels, style, tables, training, unknowns  # noqa: E402  (the path comes first)
from plotting.layout import LINE, MAP, ROW, Layout  # noqa: E402
from reporting.captions import captions  # noqa: E402
from small_problems import without_positions  # noqa: E402
from small_run import write_run  # noqa: E402


def layout(positions, groups=None, units=None):
    n = len(positions)
    return Layout([f"u{i}" for i in range(n)], groups or ["g"] * n, units or ["m"] * n, None,
                  None if positions[0] is None else np.asarray(positions, float))


class Names(unittest.TestCase):
    def test_dollars_that_are_no_formula_are_drawn(self):
        style.apply()
        self.addCleanup(style.plt.rcParams.update, {"text.parse_math": True})
        style.draw_as_they_are(["$k_1$", "a"])
        self.assertTrue(style.plt.rcParams["text.parse_math"])
        style.draw_as_they_are(["$k_1$", r"$\foo{$ per $"])
        figure = style.plt.figure()
        self.addCleanup(style.plt.close, figure)
        figure.text(0.5, 0.5, r"$\foo{$ per $")
        figure.canvas.draw()


class Groups(unittest.TestCase):
    def only(self, positions):
        (group,) = layout(positions).groups
        return group

    def test_what_makes_a_line(self):
        for positions, axis in (([[0], [1], [3]], 0), ([[0, 5], [1, 5], [3, 5]], 0), ([[2, 0], [2, 1], [2, 3]], 1),
                                ([[1, 2, 0], [1, 2, 1], [1, 2, 3]], 2)):
            group = self.only(positions)
            self.assertEqual((group.kind, group.axes), (LINE, (axis,)))
            np.testing.assert_allclose(group.edges(), [-0.5, 0.5, 2, 4])

    def test_a_line_is_in_the_order_of_its_coordinate(self):
        group = self.only([[3.0], [0.0], [1.0]])
        self.assertEqual(list(group.members), [1, 2, 0])
        np.testing.assert_allclose(group.at[:, 0], [0, 1, 3])

    def test_what_makes_a_map(self):
        for positions, axes in (([[0, 0], [1, 0], [0, 1]], (0, 1)), ([[0, 5, 0], [1, 5, 0], [1, 5, 1]], (0, 2))):
            group = self.only(positions)
            self.assertEqual((group.kind, group.axes), (MAP, axes))
            self.assertIsNone(group.grid())

    def test_a_map_of_cells(self):
        positions = [[x, y] for y in (1, 0) for x in (2, 0, 1)]
        first, second, index = self.only(positions).grid()
        values = np.array([10 * y + x for x, y in positions])
        np.testing.assert_array_equal(first, [0, 1, 2])
        np.testing.assert_array_equal(second, [0, 1])
        np.testing.assert_array_equal(values[index], [[0, 1, 2], [10, 11, 12]])

    def test_what_is_drawn_one_by_one(self):
        for positions in ([None, None], [[0, 0]], [[0], [0]], [[0, 1], [1, 1], [1, 1]], [[0, 0, 0], [1, 1, 1]]):
            self.assertEqual(self.only(positions).kind, ROW, positions)

    def test_groups_keep_their_order_and_their_members(self):
        both = layout([[1, 2], [1, 0], [2, 0], [2, 2]], ["up", "low", "low", "up"], ["m", "s", "s", "s"])
        self.assertEqual([(group.name, list(group.members)) for group in both.groups], [("up", [0, 3]), ("low", [1, 2])])
        self.assertEqual([both.unit_of(group) for group in both.groups], ["", "s"])
        self.assertEqual(both.unit, "")
        self.assertEqual(both.labels()[:2], ["u0 (m)", "u1 (s)"])

    def test_panels(self):
        line, other, one, area = (layout(positions).groups[0] for positions in ([[0], [1]], [[0], [1]], [None], [[0, 0], [1, 1]]))
        self.assertEqual(panels.rows_of([line, area, other, one]), [[line, other], [area], [one]])


def overlaps(figure):
    """Pairs of texts in a figure that cover each other, its legends' and titles' among them."""
    figure.canvas.draw()
    texts = [text for text in figure.findobj(style.plt.Text) if text.get_text() and text.get_visible()]
    boxes = {text: text.get_window_extent().padded(-1) for text in texts}
    return [(a.get_text(), b.get_text()) for a, b in itertools.combinations(texts, 2) if boxes[a].overlaps(boxes[b])]


class Sketch(unittest.TestCase):
    def problem(self, length, height, flux_length, segments, profile="parabolic"):
        x = (np.arange(segments) + 0.5) * flux_length / segments
        walls = layout([[at, y] for y in (0, height) for at in x], [wall for wall in channel.WALLS for _ in x])
        sensors = types.SimpleNamespace(plane=lambda: np.array([[at, height / 2] for at in np.linspace(0.05, 0.95, 15) * length]))
        return types.SimpleNamespace(unknowns=walls, observations=sensors, domain=types.SimpleNamespace(length=length, height=height),
                                     configuration=f"forward:\n  velocity_profile: {profile}  # over the height\n")

    def draw(self, problem):
        figure = channel.sketch(channel.Channel(problem))
        self.addCleanup(style.plt.close, figure)
        return figure

    def test_labels_of_any_geometry_are_apart(self):
        style.apply()
        for geometry in ((8.5, 2, 7, 15), (100, 0.5, 100, 40), (20, 1, 18, 15), (1, 1, 0.9, 5), (1, 10, 1, 3), (8.5, 2, 2, 60)):
            figure = self.draw(self.problem(*geometry))
            self.assertEqual(overlaps(figure), [], geometry)
            flat = not 0.2 < geometry[1] / geometry[0] < 1.3
            self.assertEqual("not to scale" in [text.get_text() for text in figure.findobj(style.plt.Text)], flat, geometry)

    def test_inflow_is_that_of_the_configuration(self):
        for profile, width in (("parabolic", 0.85), ("uniform", 0)):
            problem = self.problem(8.5, 2, 7, 15, profile)
            (inflow,) = [line.get_xdata() for line in self.draw(problem).axes[0].lines if len(line.get_xdata()) == 60]
            self.assertAlmostEqual(np.ptp(inflow), width, delta=0.01)
            self.assertIn(f"{profile} velocity", captions(problem)["problem"][1])


class Corner(unittest.TestCase):
    def test_at_most_eight_at_equal_distances(self):
        self.assertEqual(marginals.spread(range(5)), [0, 1, 2, 3, 4])
        chosen = marginals.spread(range(30))
        self.assertEqual((chosen[0], chosen[-1], len(set(chosen))), (0, 29, 8))

    def test_contours_hold_their_share(self):
        samples = np.random.default_rng(1).multivariate_normal([1, -2], [[1, 0.8], [0.8, 2]], size=20000)
        (x, y), density, levels = corner._joint(samples, [(-4, 6), (-9, 5)])
        at = density[np.searchsorted((y[1:] + y[:-1]) / 2, samples[:, 1]), np.searchsorted((x[1:] + x[:-1]) / 2, samples[:, 0])]
        for level, share in zip(levels, sorted(corner.SHARES, reverse=True)):
            self.assertAlmostEqual((at >= level).mean(), share, delta=0.03)

    def test_samples_that_are_all_alike(self):
        self.assertIsNone(corner._joint(np.ones((50, 2)), [(0, 2), (0, 2)]))

    def draw(self, samples):
        """Of unknowns without an exact posterior, in the look of all figures."""
        style.apply()
        count = samples.shape[1]
        cases = types.SimpleNamespace(label="test case", samples=samples[None], truth=samples[:1], has_exact=False, exact_samples=None)
        figure = corner.corner(types.SimpleNamespace(unknowns=layout([None] * count)), cases)
        self.addCleanup(style.plt.close, figure)
        figure.canvas.draw()
        return figure

    def test_legend_covers_no_panel(self):
        for count in (1, 2, 3, 8):
            figure = self.draw(np.random.default_rng(1).normal(size=(300, count)))
            legend = figure.legends[0].get_window_extent()
            covered = [panel for panel in figure.axes if panel.axison and panel.get_window_extent().overlaps(legend)]
            self.assertEqual(covered, [], count)

    def test_bars_are_where_the_samples_are(self):
        for samples in (np.random.default_rng(1).normal(size=(300, 1)).clip(0), np.ones((300, 1))):
            bars = self.draw(samples).axes[0].patches
            self.assertAlmostEqual(sum(bar.get_width() * bar.get_height() for bar in bars), 1, delta=0.01)
            if np.ptp(samples) > 0:
                self.assertGreaterEqual(min(bar.get_x() for bar in bars), -1e-9)


class Metrics(unittest.TestCase):
    def test_names_that_begin_as_comments_do(self):
        with tempfile.TemporaryDirectory() as folder:
            columns = (*tables.METRICS, *tables.EXACT_METRICS, *tables.GAUSSIAN_METRICS)
            rows = [",".join((label, *map(str, range(len(columns))))) for label in ('"#1","#1"', '#2,b', 'c,"d\n#3"')]
            (Path(folder) / "metrics.csv").write_text("\n".join(("# of a test", ",".join(("group,name", *columns)), *rows)) + "\n",
                                                      encoding="utf-8")
            metrics = tables.read_metrics(folder)
        self.assertEqual((metrics["group"], metrics["name"]), (["#1", "#2", "c"], ["#1", "b", "d\n#3"]))
        np.testing.assert_array_equal(metrics["posterior_std"], [1, 1, 1])


class Curves(unittest.TestCase):
    def test_an_unknown_that_is_always_at_its_bound(self):
        """Whose prior has no width: nothing to divide by, and nothing to warn of."""
        metrics = {"prior_std": np.array([0.0, 1.0]), "posterior_std": np.array([0.0, 0.5])}
        problem = types.SimpleNamespace(unknowns=layout([None, None], units=["m", "s"]))
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            figure = unknowns.std_by_unknown(metrics, problem)
        self.addCleanup(style.plt.close, figure)
        (learnt,) = [line for line in figure.axes[0].lines if line.get_label() == "learnt"]
        np.testing.assert_array_equal(learnt.get_ydata(), [np.nan, 0.5])

    def test_a_training_of_one_epoch_is_seen(self):
        one = np.ones(1)
        figure = training.training_curve({"epoch": one, "training_loss": one, "validation_loss": np.nan * one, "learning_rate": one})
        self.addCleanup(style.plt.close, figure)
        self.assertEqual(figure.axes[0].lines[0].get_marker(), "o")


class Ranks(unittest.TestCase):
    def test_unknowns_are_found_by_their_place_whatever_their_name(self):
        with tempfile.TemporaryDirectory() as folder:
            write_run(folder, without_positions())  # an unknown named "tarp", another with a comma
            ranks = tables.read_ranks(folder)
            header, *rows = (Path(folder) / "calibration.csv").read_text(encoding="utf-8").splitlines()
        self.assertIn('"stiffness, static",tarp,tarp,', header)
        numbers = np.array([row.split(",") for row in rows], float)
        np.testing.assert_array_equal(ranks["unknowns"], numbers[:, 3:6].T)
        np.testing.assert_array_equal(ranks["tarp"], numbers[:, 6])
        np.testing.assert_array_equal(ranks["predictive_high"], numbers[:, 11])


if __name__ == "__main__":
    unittest.main()
