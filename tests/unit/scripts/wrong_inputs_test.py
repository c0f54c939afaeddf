"""studies/wrong_inputs.py and the counting of what is noticed, with a network of arrays alone; usage: wrong_inputs_test.py SCRIPTS_DIR."""

import sys
import types
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

SCRIPTS = Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(SCRIPTS))
from studies import wrong_inputs as module  # noqa: E402  (the path comes first)
from studies.certificate import checks  # noqa: E402

N, OBSERVATIONS = 6, 10


def network(masked=False):
    random = np.random.default_rng(1)
    clean, normals = random.standard_normal((2, 20, OBSERVATIONS))
    mask = random.uniform(size=clean.shape) < 0.6 if masked else np.full(clean.shape, True)
    self = types.SimpleNamespace(clean=clean, normals=normals, level=0.1, unit=2.0, diffusivity=4.0, peak_velocity=12.0)
    self.measured = lambda n: np.where(mask[:n], clean[:n] + 0.2 * normals[:n], np.nan)
    return self


def inputs(of):
    def observed(network, n, *settings):
        observed.settings.append(settings)
        return network.clean[:n] + 1
    observed.settings = []
    with mock.patch.object(module, "_observed", observed):
        return dict(module.wrong_inputs(of, N, 20)), observed.settings


class WrongInputs(unittest.TestCase):
    def test_all_right_ones_come_first_then_twenty_wrong_ways(self):
        found, settings = inputs(network())
        self.assertEqual(next(iter(found)), "right")
        self.assertEqual((len(found), found["right"].shape), (21, (20, OBSERVATIONS)))
        self.assertTrue(all(values.shape == (N, OBSERVATIONS) for name, values in found.items() if name != "right"))
        self.assertEqual(settings, [("forward.diffusivity=2.0",), ("forward.peak_velocity=24.0",)])

    def test_each_is_what_its_name_says(self):
        of = network()
        found, _ = inputs(of)
        y, noise = found["right"][:N], 0.2 * of.normals[:N]
        np.testing.assert_array_equal(found["rows of sensors swapped"], y[:, [5, 6, 7, 8, 9, 0, 1, 2, 3, 4]])
        np.testing.assert_array_equal(found["both rows in reverse order"], y[:, [4, 3, 2, 1, 0, 9, 8, 7, 6, 5]])
        np.testing.assert_array_equal(found["two neighbours swapped"], y[:, [0, 2, 1, 3, 4, 5, 6, 7, 8, 9]])
        np.testing.assert_array_equal(found["shifted by one sensor"], y[:, [9, 0, 1, 2, 3, 4, 5, 6, 7, 8]])
        np.testing.assert_array_equal(found["one sensor stuck at its neighbour's value"][:, 3], y[:, 4])
        np.testing.assert_allclose(found["without noise"], y - noise)
        np.testing.assert_allclose(found["noise three times as large"], y + 2 * noise)
        np.testing.assert_allclose(found["diffusivity halved"], y + 1)
        np.testing.assert_allclose(found["offset of a sd of training"], y + 2)

    def test_with_masks_missing_values_stay_missing_and_what_is_still_right_is_left_out(self):
        of = network(masked=True)
        found, _ = inputs(of)
        there = ~np.isnan(of.measured(N))
        for name in ("diffusivity halved", "flow twice as fast", "without noise", "10 % too large"):
            np.testing.assert_array_equal(~np.isnan(found[name]), there[there.any(1)], name)
        swapped = found["two neighbours swapped"]
        self.assertEqual(len(swapped), there[:, 1:3].any(1).sum())
        self.assertLess(len(swapped), N)
        self.assertEqual(len(found["one sensor stuck at its neighbour's value"]), there[:, 4].sum())


class Checks(unittest.TestCase):
    def test_shares_are_of_measurements_at_or_below_each_bound(self):
        found = {"distance_p_value": np.array([0.0005, 0.5, 0.002, 0.3]), "noise_p_value": np.array([0.001, 0.5, 0.002, 0.3]),
                 "predictive_p_value": np.array([0.3, 0.0004, 0.001, 0.3])}
        row = checks.row(0.1, "x", found, [])
        self.assertEqual(set(row), set(checks.COLUMNS))
        self.assertEqual([row[name] for name in ("distance_p_value", "noise_p_value", "predictive_p_value")], [0.25, 0.5, 0.25])
        self.assertEqual((row["before_sampling"], row["noticed"], row["measurements"]), (0.5, 0.75, 4))

    def test_values_that_end_the_program_are_noticed_if_it_said_why(self):
        row = checks.row(0.1, "x", {}, [True, True, False, True])
        self.assertEqual((row["before_sampling"], row["noticed"], row["measurements"]), (0.75, 0.75, 4))
        self.assertTrue(np.isnan(row["noise_p_value"]))

    def test_bad_input_of_another_kind_is_no_measurement_that_was_not_noticed(self):
        said = {"unlike": (2, "warning: measurement 1 is unlike those of training: ...\nscorefem: sampler: not finite"),
                "quiet": (0, ""), "config": (2, "scorefem: config.yaml:3: unknown key")}

        def infer(values, path, *arguments, expected):
            found = [said[name] for name in values]
            status = max(status for status, _ in found)
            self.assertIn(status, expected)
            return 1.0, types.SimpleNamespace(returncode=status, stderr="\n".join(text for _, text in found))

        of = types.SimpleNamespace(infer=lambda values, *words, **options: infer([values] if isinstance(values, str) else values, *words, **options))
        self.assertEqual(checks.p_values(of, ["unlike", "quiet"], None), ({}, [True, False]))
        with self.assertRaisesRegex(SystemExit, "unknown key"):
            checks.p_values(of, ["config", "config"], None)


if __name__ == "__main__":
    unittest.main()
