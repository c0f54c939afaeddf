"""`scorefem reference`: exact posteriors, kept, resumed and refused."""
import signal
import subprocess
import unittest

import h5py
import numpy

from program import CONFIG, PROGRAM, ProgramTest, wait_until

SHORT = ("--set", "reference.samples=100", "--set", "reference.chains=4", "--set", "reference.warmup=200", "--set",
         "reference.iterations=300", "--set", "reference.ess=100", "--set", "reference.rhat=1.05")


class References(ProgramTest):
    def reference(self, *arguments):
        return self.stage("reference", *SHORT, *arguments)

    def contents(self):
        with h5py.File(self.run_folder / "reference.h5") as file:
            arrays = {name: file[name][:] for name in file}
            return arrays, dict(file.attrs)

    def assert_same(self, first, second):
        self.assertEqual(set(first), set(second))
        for name, values in first.items():
            numpy.testing.assert_array_equal(values, second[name], name)

    def truth_deviation(self, arrays):
        """Mean square of the standardised errors, less 1, in its standard errors. In a measurement the squares of two segments
        have the covariance 2 rho^2, with rho the posterior's correlation."""
        mean_square, variance = [], []
        for truth, mean, deviation, samples in zip(arrays["truth"], arrays["mean"], arrays["standard_deviation"], arrays["samples"]):
            free = (deviation > 0) & (samples.std(axis=0) > 0)  # not clipped in all draws
            mean_square.append(numpy.mean(((truth - mean)[free] / deviation[free])**2))
            variance.append(2 * numpy.mean(numpy.corrcoef(samples[:, free], rowvar=False)**2))
        return (numpy.mean(mean_square) - 1) / (numpy.sqrt(numpy.sum(variance)) / len(variance))

    def assert_truth_is_a_draw(self, arrays, detected=1.7):
        """`detected`: the factor by which a width must be off to be noticed, which the check is tested with."""
        self.assertLess(abs(self.truth_deviation(arrays)), 4)
        for factor in (detected, 1 / detected):
            wrong = dict(arrays, standard_deviation=factor * arrays["standard_deviation"])
            self.assertGreater(abs(self.truth_deviation(wrong)), 4, f"standard deviations times {factor}")

    def test_linear(self):
        self.assert_done(self.stage("generate"))
        first = self.reference("--threads", "1")
        self.assert_done(first)
        self.assertIn("20 of 20 measurements converged", first.stderr)
        arrays, attributes = self.contents()
        self.assertEqual(arrays["samples"].shape, (20, 100, 30))
        self.assertGreaterEqual(arrays["samples"].min(), 0)
        self.assertEqual(arrays["converged"].tolist(), [1] * 20)
        self.assertLessEqual(arrays["rhat"].max(), 1.05)
        self.assertGreaterEqual(min(arrays["ess_bulk"].min(), arrays["ess_tail"].min()), 100)
        self.assertEqual(attributes["evaluations"], arrays["evaluations"].sum())
        self.assertEqual(attributes["failed_solves"], 0)
        with h5py.File(self.run_folder / "dataset.h5") as data:
            numpy.testing.assert_array_equal(arrays["truth"], data["test/unknowns"][:])
            numpy.testing.assert_allclose(
                arrays["measurement"], data["test/observations"][:] + attributes["noise_std"] * data["test/noise"][:],
                rtol=1e-12)
        self.assert_truth_is_a_draw(arrays)
        self.assertFalse((self.run_folder / "reference.parts").exists())

        # The noise is its business; the model and the threads are not.
        self.assertIn("skipped", self.reference("--set", "model.width=7", "--set", "sampling.samples=5").stderr)
        self.assert_done(self.reference("--force", "--threads", "2"))
        self.assert_same(arrays, self.contents()[0])
        again = self.reference("--set", "noise.relative=0.3")
        self.assert_done(again)
        self.assertIn("relative: 0.1 -> relative: 0.3", again.stderr)

    def test_masks(self):
        masked = ("--set", "data.mask_probability=0.5", "--set", "model.masked=true")
        self.assert_done(self.stage("generate", *masked))
        self.assert_done(self.reference(*masked))
        arrays = self.contents()[0]
        self.assertTrue(numpy.isnan(arrays["measurement"]).any())
        self.assertTrue(numpy.isfinite(arrays["samples"]).all())

    def test_more_measurements_and_iterations_add_to_what_is_there(self):
        self.assert_done(self.stage("generate"))
        few = ("--set", "reference.measurements=5", "--set", "reference.max_iterations=300", "--set", "reference.ess=700")
        self.assert_done(self.reference(*few))
        first = self.contents()[0]
        self.assertLess(first["converged"].sum(), 5)
        self.assertIn("skipped", self.reference(*few).stderr)
        more = ("--set", "reference.measurements=8", "--set", "reference.ess=700")
        extended = self.reference(*more)
        self.assert_done(extended)
        n_kept = int(first["converged"].sum())
        self.assertIn("8 of 8 measurements converged", extended.stderr)
        if n_kept:
            self.assertIn(f"of which {n_kept} are done", extended.stderr)
        second = self.contents()[0]
        for i in numpy.flatnonzero(first["converged"]):
            numpy.testing.assert_array_equal(first["samples"][i], second["samples"][i])
        self.assertIn("skipped", self.reference(*few).stderr)  # all that is asked for is there
        self.assert_done(self.reference("--force", *more))
        self.assert_same(second, self.contents()[0])

        # The stored measurement must be the data's.
        with h5py.File(self.run_folder / "reference.h5", "a") as file:
            file["measurement"][3] += 0.1
        again = self.reference(*more)
        self.assert_done(again)
        self.assertIn("of which 7 are done", again.stderr)
        self.assert_same(second, self.contents()[0])

    def test_reaction_stopped_goes_on_to_the_same_result(self):
        # Few enough chains under way for some measurements to be finished before others begin.
        setting = ("--threads", "1", "--set", "forward.problem=reaction", "--set",
                   "reference={measurements: 8, samples: 50, chains: 64, warmup: 20, iterations: 100, rhat: 1.5, ess: 10}")
        self.assert_done(self.stage("generate", *setting))
        process = subprocess.Popen([PROGRAM, "reference", "--force", CONFIG, "--output", str(self.run_folder), *setting],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        parts = self.run_folder / "reference.parts"
        wait_until(lambda: any(parts.glob("part-*.h5")), 200)
        process.send_signal(signal.SIGTERM)
        message = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 75, message)
        self.assertFalse((self.run_folder / "reference.h5").exists())
        n_done = len(list(parts.glob("part-*.h5")))
        self.assertLess(n_done, 8)
        resumed = self.stage("reference", "--force", *setting)
        self.assert_done(resumed)
        self.assertRegex(resumed.stderr, f"of which {n_done} are done")
        self.assertRegex(resumed.stderr, "forward solves, [0-9]+ of them by Newton's method")
        arrays = self.contents()[0]
        self.assertEqual(arrays["samples"].shape, (8, 50, 30))
        self.assert_truth_is_a_draw(arrays, detected=4)
        self.assert_done(self.stage("reference", "--force", *setting))
        self.assert_same(arrays, self.contents()[0])

    def test_refused(self):
        self.assert_refused(self.reference(), "dataset.h5", "scorefem generate")
        self.assertEqual(self.written(), [])
        self.assert_done(self.stage("generate"))
        before = self.written()
        self.assert_refused(self.reference("--set", "noise.relative=0"), "noise", "> 0")
        self.assert_refused(self.reference("--set", "reference.measurements=21"), "reference.measurements", "data.test")
        self.assert_refused(self.reference("--set", "reference.max_iterations=200"), "max_iterations", "at least iterations")
        self.assert_refused(self.reference("--set", "reference.rhat=1"), "reference.rhat", "1")
        self.assertEqual(self.written(), before)


if __name__ == "__main__":
    unittest.main()
