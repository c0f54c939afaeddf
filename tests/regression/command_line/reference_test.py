"""`scorefem reference`: exact posteriors, kept, resumed and refused."""
import signal
import subprocess
import time
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

    def assert_truth_is_a_draw(self, arrays):
        """The squared standardised errors have mean 1, variance about 2, and are correlated within a measurement."""
        free = arrays["standard_deviation"] > 0  # not clipped in all draws
        error = (arrays["truth"] - arrays["mean"])[free] / arrays["standard_deviation"][free]
        self.assertLess(abs((error**2).mean() - 1), 5 * numpy.sqrt(2 / len(free)))

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
            numpy.testing.assert_array_equal(arrays["truth"], data["test/flux"][:])
            numpy.testing.assert_allclose(
                arrays["measurement"], data["test/concentration"][:] + attributes["noise_std"] * data["test/noise"][:],
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

    def test_reaction_stopped_goes_on_to_the_same_result(self):
        setting = ("--threads", "1", "--set", "forward.problem=reaction", "--set",
                   "reference={measurements: 16, samples: 50, chains: 4, warmup: 50, iterations: 100, rhat: 1.5, ess: 10}")
        self.assert_done(self.stage("generate", *setting))
        process = subprocess.Popen([PROGRAM, "reference", CONFIG, "--output", str(self.run_folder), *setting],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        parts = self.run_folder / "reference.parts"
        wait_until(lambda: (parts / "part-00001.h5").exists(), 200)
        time.sleep(0.5)  # into the next part
        process.send_signal(signal.SIGTERM)
        message = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 75, message)
        self.assertFalse((self.run_folder / "reference.h5").exists())
        resumed = self.stage("reference", *setting)
        self.assert_done(resumed)
        self.assertRegex(resumed.stderr, "of which 8 are done")
        arrays = self.contents()[0]
        self.assertEqual(arrays["samples"].shape, (16, 50, 30))
        self.assert_truth_is_a_draw(arrays)
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
