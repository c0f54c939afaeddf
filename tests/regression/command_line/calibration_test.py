"""Calibration gates of `evaluate`, their exit status, and the warnings of `infer` about measurements unlike training."""
import csv
import json
import unittest

import h5py
import numpy

from program import CONFIG, ProgramTest

# Enough measurements to tell an untrained network from a calibrated posterior.
SIZES = ("--set", "data.test=80", "--set", "sampling.measurements=80", "--set", "sampling.method=euler", "--set",
         "sampling.steps=10")
GATES = ["coverage_1sd", "coverage_2sd", "sbc", "tarp", "predictive"]


class Gates(ProgramTest):
    def summary(self):
        return json.loads((self.run_folder / "summary.json").read_text())

    def test_a_badly_trained_model_fails_with_strict(self):
        bad = (*SIZES, "--set", "training.epochs=1")
        result = self.stage("run", *bad, "--strict")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("not calibrated", result.stderr)
        self.assertIn("FAIL", result.stdout)
        self.assertIn("report: ", result.stdout)
        self.assertTrue((self.run_folder / "report.html").exists())
        gates = self.summary()["gates"]
        self.assertEqual([gate["name"] for gate in gates], GATES)
        for gate in gates:
            low, high = gate["band"]
            self.assertEqual(gate["pass"], low <= gate["statistic"] <= high)
        self.assertFalse(all(gate["pass"] for gate in gates))
        self.check_coverage()
        # The verdict of results that are kept is the same; without --strict it is no error.
        again = self.stage("evaluate", *bad, "--strict")
        self.assertEqual(again.returncode, 3, again.stderr)
        self.assertIn("skipped", again.stderr)
        self.assert_done(self.stage("evaluate", *bad))

    def check_coverage(self):
        """The learnt shares are those of the samples, up to the place within a rank that is drawn at random."""
        with h5py.File(self.run_folder / "posterior.h5") as file:
            samples, truth = file["samples"][:].astype(float), file["truth"][:]
        rank = (samples < truth[:, None]).mean(axis=1)
        with open(self.run_folder / "coverage.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 21)
        for row in rows:
            level, share = float(row["level"]), float(row["learnt"])
            width = 1 / samples.shape[1]  # of one rank
            self.assertLessEqual((abs(rank - 0.5) <= level / 2 - width).mean(), share)
            self.assertGreaterEqual((abs(rank - 0.5) <= level / 2 + width).mean(), share)

    def test_the_gaussian_conditional_passes(self):
        # Without training the default network is the Gaussian conditional; at much noise that is the exact answer but for
        # the clipping.
        config = self.write("gaussian.yaml", """
study: gaussian
seed: 3
forward: {problem: linear, discretisation: {degree: 2, cells_across: 4}}
noise: {relative: 0.1}
data: {train: 5000, test: 150, fields: 0}
model: {width: 8, hidden_layers: 1}
training: {epochs: 1, batch_size: 1000, learning_rate: 1.0e-6}
sampling: {measurements: 150, samples: 50}
""")
        result = self.scorefem("run", config, "--output", self.run_folder, "--strict")
        self.assert_done(result)
        self.assertEqual(result.stdout.count("PASS"), 5, result.stdout)
        comparison = self.summary()["comparison"]
        self.assertEqual(self.summary()["exact"], "closed_form")
        self.assertAlmostEqual(comparison["chi_squared"]["exact"], 1, delta=0.1)
        for name in ("relative_error", "crps", "energy_score"):
            learnt, gaussian = comparison[name]["learnt"], comparison[name]["gaussian"]
            self.assertAlmostEqual(learnt / gaussian, 1, delta=0.05)
        self.assertLess(comparison["c2st"]["learnt"], 0.55 + 3 * comparison["c2st_standard_error"]["learnt"])

    def test_masks_without_noise(self):
        result = self.stage("run", *SIZES, "--set", "data.mask_probability=0.7", "--set", "model.masked=true", "--set",
                            "noise.relative=0")
        self.assert_done(result)
        self.assertEqual([gate["name"] for gate in self.summary()["gates"]], GATES[:-1])  # none against the noise
        with open(self.run_folder / "by_sensors.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertGreater(len(rows), 2)
        self.assertEqual(sum(int(row["measurements"]) for row in rows), 80)
        with h5py.File(self.run_folder / "posterior.h5") as file:
            on = numpy.isfinite(file["measurement"][:]).sum(axis=1)
        for row in rows:
            inside = (on >= int(row["sensors_from"])) & (on <= int(row["sensors_to"]))
            self.assertEqual(inside.sum(), int(row["measurements"]))
        errors = [float(row["exact_relative_error"]) for row in rows]
        self.assertLess(errors[-1], errors[0])  # more sensors tell more

    def test_reaction(self):
        result = self.stage("run", "--set", "forward.problem=reaction")
        self.assert_done(result)
        summary = self.summary()
        self.assertIsNone(summary["exact"])
        self.assertEqual([gate["name"] for gate in summary["gates"]], GATES)
        self.assertIsNone(summary["comparison"]["crps"]["exact"])
        self.assertGreater(summary["comparison"]["chi_squared"]["gaussian"], 0)


class UnlikeTraining(ProgramTest):
    def test_infer_warns(self):
        self.assert_done(self.stage("generate"))
        self.assert_done(self.stage("train"))
        with h5py.File(self.run_folder / "dataset.h5") as data:
            measured = data["test/concentration"][:2]
        measured[1, ::2] = 0  # sensors that are dead
        path = self.write("measured.csv", "\n".join(",".join(map(str, row)) for row in measured) + "\n")
        output = self.folder / "out.h5"
        arguments = ("infer", CONFIG, "--measurement", path, "--output", output, "--run", self.run_folder)
        result = self.scorefem(*arguments)
        self.assert_done(result)
        self.assertIn("measurement 2 is unlike those of training", result.stderr)
        self.assertNotIn("measurement 1 is unlike those of training", result.stderr)
        with h5py.File(output) as file:
            distance, share = file["misfit/squared_distance"][:], file["misfit/distance_p_value"][:]
            self.assertEqual(file["misfit/predictive_p_value"].shape, (2,))
        self.assertGreater(share[0], 0.001)
        self.assertLess(distance[0], distance[1])
        self.assertLess(share[1], 0.003)  # 1 of 401
        (self.run_folder / "dataset.h5").unlink()
        result = self.scorefem(*arguments)
        self.assert_done(result)
        self.assertIn("not compared with those of training", result.stderr)


if __name__ == "__main__":
    unittest.main()
