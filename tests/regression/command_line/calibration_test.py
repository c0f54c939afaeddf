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
# References for some of the measurements, short.
REFERENCE = ("--set", "reference={run: 0, measurements: 4, samples: 100, chains: 4, warmup: 200, iterations: 300, ess: 100, rhat: 1.05}")
# Without training the default network is the Gaussian conditional.
GAUSSIAN = """
study: gaussian
seed: 3
forward: {problem: linear, discretisation: {degree: 2, cells_across: 4}}
noise: {relative: 0.1}
data: {train: 5000, test: 150, fields: 0}
model: {width: 8, hidden_layers: 1}
training: {epochs: 1, batch_size: 1000, learning_rate: 1.0e-6}
sampling: {measurements: 150, samples: 50}
prior: {mean: 6}
reference: {run: 0}
"""
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
            for verdict in (gate, gate["exact"]):
                low, high = verdict["band"]
                self.assertEqual(verdict["verdict"] != "FAIL", low <= verdict["statistic"] <= high)
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
            width, rounding = 1 / samples.shape[1], 1e-9  # of one rank; of ten digits
            self.assertLessEqual((abs(rank - 0.5) <= level / 2 - width).mean() - rounding, share)
            self.assertGreaterEqual((abs(rank - 0.5) <= level / 2 + width).mean() + rounding, share)

    def test_the_gaussian_conditional_passes(self):
        # Without training the default network is the Gaussian conditional: the exact answer with a prior far from its clipping.
        config = self.write("gaussian.yaml", GAUSSIAN)
        result = self.scorefem("run", config, "--output", self.run_folder, "--strict")
        self.assert_done(result)
        local = self.summary()["local_calibration"]
        self.assertIn(f"local calibration: {100 * local['share_below_0.05']:.1f} % of 150 measurements", result.stdout)
        self.assertIn("Calibration of single measurements", (self.run_folder / "report.html").read_text())
        for gate in self.summary()["gates"]:
            self.assertTrue(gate["pass"], result.stdout)
            self.assertRegex(result.stdout, rf"{gate['name']} +PASS .*{dict(PASS='PASS', FAIL='FAIL').get(gate['exact']['verdict'], '[?]')} ")
        comparison = self.summary()["comparison"]
        self.assertEqual(self.summary()["exact"], "closed_form")
        self.assertAlmostEqual(comparison["chi_squared"]["exact"], 1, delta=0.1)
        for name in ("relative_error", "crps", "energy_score"):
            learnt, gaussian = comparison[name]["learnt"], comparison[name]["gaussian"]
            self.assertAlmostEqual(learnt / gaussian, 1, delta=0.05)
        self.assertLess(comparison["c2st"]["learnt"], 0.55 + 3 * comparison["c2st_standard_error"]["learnt"])

    def by_sensors(self):
        with open(self.run_folder / "by_sensors.csv", newline="") as file:
            return list(csv.DictReader(file))

    def test_masks(self):
        # Some measurements have no sensor on at all.
        masks = (*SIZES, "--set", "data.mask_probability=0.1", "--set", "model.masked=true")
        self.assert_done(self.stage("run", *masks))
        rows = self.by_sensors()
        self.assertGreater(len(rows), 2)
        self.assertEqual(sum(int(row["measurements"]) for row in rows), 80)
        with h5py.File(self.run_folder / "posterior.h5") as file:
            on = numpy.isfinite(file["measurement"][:]).sum(axis=1)
        self.assertEqual(on.min(), 0)
        for row in rows:
            inside = (on >= int(row["sensors_from"])) & (on <= int(row["sensors_to"]))
            self.assertEqual(inside.sum(), int(row["measurements"]))
            value = {name: float(text) for name, text in row.items()}
            # At equal numbers of draws, 20: their means err by 2.5 % more than the closed form's, on average over 30 fluxes.
            ratio = value["relative_error"] / value["exact_relative_error"]
            self.assertAlmostEqual(value["error_ratio"] / ratio, 1, delta=0.1)
            self.assertAlmostEqual(value["gaussian_std_difference"], value["gaussian_std"] / value["exact_std"] - 1, delta=0.1)
            self.assertGreater(value["energy_score"], value["exact_energy_score"])
            self.assertGreater(value["sliced_transport"], value["exact_sliced_transport"])
        errors = [float(row["exact_relative_error"]) for row in rows]
        self.assertLess(errors[-1], errors[0])  # more sensors tell more
        with h5py.File(self.run_folder / "gaussian_posterior.h5") as file:  # without any, what the prior says
            numpy.testing.assert_allclose(file["mean"][:][on == 0], 2)
            numpy.testing.assert_allclose(file["standard_deviation"][:][on == 0], 1)
        nothing = self.write("nothing.csv", "," * 29 + "\n")
        self.assert_done(self.stage("reference", *masks, "--set", "reference={run: 0, measurements: 80, samples: 20, chains: 4, "
                                    "warmup: 100, iterations: 100, max_iterations: 100, ess: 5, rhat: 1.5}"))
        with h5py.File(self.run_folder / "reference.h5") as file:
            self.assertTrue(numpy.isfinite(file["samples"][:][on == 0]).all())
        result = self.scorefem("infer", CONFIG, "--measurement", nothing, "--output", self.folder / "out.h5", "--run",
                               self.run_folder, *masks)
        self.assert_done(result)
        with h5py.File(self.folder / "out.h5") as file:
            self.assertTrue(numpy.isfinite(file["samples"][:]).all())

    def test_without_noise_there_are_no_gates_and_no_exact_answer(self):
        # Though the network is hardly trained, --strict has nothing to fail.
        result = self.stage("run", *SIZES, "--set", "noise.relative=0", "--set", "training.epochs=1", "--strict")
        self.assert_done(result)
        self.assertIn("no gates without noise", result.stdout)
        summary = self.summary()
        self.assertEqual(summary["gates"], [])
        self.assertIn("posterior is a point", summary["gates_note"])
        self.assertIsNone(summary["exact"])
        for name in ("error_ratio", "central_coverage_1sd", "sbc_p_value", "tarp_p_value"):
            self.assertEqual(set(summary["comparison"][name].values()), {None}, name)
        self.assertGreater(summary["comparison"]["relative_error"]["learnt"], summary["comparison"]["relative_error"]["gaussian"])
        self.assertEqual({row["exact_std"] for row in self.by_sensors()}, {"nan"})

    def test_learnt_and_exact_are_compared_on_the_same_measurements(self):
        self.assert_done(self.stage("run", *REFERENCE))
        self.assert_done(self.stage("reference", *REFERENCE))
        self.assert_done(self.stage("evaluate", *REFERENCE))
        summary = self.summary()
        self.assertEqual(summary["exact"], "reference")
        with h5py.File(self.run_folder / "reference.h5") as file:
            used = numpy.flatnonzero(file["converged"][:])
        self.assertGreater(len(used), 0)
        self.assertLess(len(used), 6)
        self.assertEqual(summary["means_over"], {"learnt": 6, "exact": len(used), "gaussian": 6})
        self.assertEqual(summary["comparison"]["measurements"], len(used))
        with h5py.File(self.run_folder / "posterior.h5") as file, h5py.File(self.run_folder / "dataset.h5") as data:
            error = abs(file["samples"][:].astype(float).mean(axis=1) - file["truth"][:]) / data["test/unknowns"][:].mean()
        with open(self.run_folder / "metrics.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        numpy.testing.assert_allclose([float(row["relative_error"]) for row in rows], error[used].mean(axis=0), rtol=1e-6)
        self.assertAlmostEqual(summary["comparison"]["relative_error"]["learnt"], error[used].mean(), places=8)
        self.assertAlmostEqual(summary["means"]["relative_error"], error.mean(), places=8)
        self.assertEqual(sum(int(row["measurements"]) for row in self.by_sensors()), len(used))

        with h5py.File(self.run_folder / "reference.h5", "r+") as file:
            file["measurement"][1, 3] *= 1 + 1e-6
        self.assert_refused(self.stage("evaluate", *REFERENCE, "--force"), "reference.h5", "different measurements")

    def test_reaction(self):
        result = self.stage("run", "--set", "forward.problem=reaction")
        self.assert_done(result)
        summary = self.summary()
        self.assertIsNone(summary["exact"])
        self.assertEqual([gate["name"] for gate in summary["gates"]], GATES)
        self.assertIsNone(summary["comparison"]["crps"]["exact"])
        self.assertGreater(summary["comparison"]["chi_squared"]["gaussian"], 0)


class UnlikeTraining(ProgramTest):
    def infer(self, measured, *arguments, config=CONFIG):
        path = self.write("measured.csv", "\n".join(",".join(map(str, row)) for row in measured) + "\n")
        return self.scorefem("infer", config, "--measurement", path, "--output", self.folder / "out.h5", "--run", self.run_folder,
                             *arguments)

    def predictive_p_values(self):
        with h5py.File(self.folder / "out.h5") as file:
            return file["misfit/predictive_p_value"][:]

    def test_infer_warns_of_what_the_posterior_does_not_predict(self):
        # No flux explains that half of the sensors are dead.
        config = self.write("gaussian.yaml", GAUSSIAN)
        for command in ("generate", "train"):
            self.assert_done(self.scorefem(command, config, "--output", self.run_folder))
        with h5py.File(self.run_folder / "dataset.h5") as data:
            clean, noise = data["test/observations"][:2], data["test/noise"][:2]
            measured = clean + 0.1 * data["train/observations"][:].std() * noise
        measured[1, ::2] = 0
        result = self.infer(measured, config=config)
        self.assert_done(result)
        self.assertIn("measurement 2 is unlike what its posterior predicts", result.stderr)
        self.assertNotIn("measurement 1 is unlike what its posterior predicts", result.stderr)
        good, bad = self.predictive_p_values()
        self.assertGreater(good, 0.0005)
        self.assertLess(bad, 0.0005)

    def test_infer_checks_the_reaction_problem_through_the_solver(self):
        problem = ("--set", "forward.problem=reaction")
        for command in ("generate", "train"):
            self.assert_done(self.stage(command, *problem))
        with h5py.File(self.run_folder / "dataset.h5") as data:
            measured = data["test/observations"][:2]
        measured[1, ::2] = 0
        result = self.infer(measured, *problem)
        self.assert_done(result)
        self.assertIn("measurement 2 is unlike what its posterior predicts", result.stderr)
        self.assertTrue(numpy.isfinite(self.predictive_p_values()).all())

    def test_infer_warns(self):
        self.assert_done(self.stage("generate"))
        self.assert_done(self.stage("train"))
        with h5py.File(self.run_folder / "dataset.h5") as data:
            measured = data["test/observations"][:2]
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
        (self.run_folder / "dataset.h5").unlink()  # the model file has what it takes
        result = self.scorefem(*arguments)
        self.assert_done(result)
        self.assertIn("measurement 2 is unlike those of training", result.stderr)
        self.assertNotIn("measurement 1 is unlike those of training", result.stderr)


if __name__ == "__main__":
    unittest.main()
