"""`scorefem densities` on a tiny study."""
import csv
import json
import signal
import subprocess
import unittest

import h5py

from program import HERE, PROGRAM, ProgramTest, wait_until

CONFIG = str(HERE / "densities.yaml")


class Densities(ProgramTest):
    def densities(self, *arguments):
        return self.scorefem("densities", CONFIG, "--output", self.run_folder, "--threads", "1", *arguments)

    def modified(self, pattern):
        return {path.name: path.stat().st_mtime_ns for path in self.run_folder.glob(pattern)}

    def test_whole_study_and_what_is_kept(self):
        result = self.densities()
        self.assert_done(result)
        self.assertIn("table2.md", result.stdout)
        with open(self.run_folder / "table2.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 12)
        self.assertEqual({row["trainings"] for row in rows}, {"2"})
        for row in rows:
            self.assertGreater(float(row["cost"]), 0)
            self.assertGreater(float(row["spread"]), 0)
            self.assertLess(float(row["floor"]), float(row["cost"]))
        paper = {(row["process"], row["sampler"], row["density"]): float(row["paper"]) for row in rows}
        self.assertEqual(paper["variance_exploding", "ode", "bimodal"], 0.059)
        self.assertEqual(paper["variance_preserving", "sde", "spiral"], 0.041)
        summary = json.loads((self.run_folder / "table2.json").read_text(encoding="utf-8"))
        self.assertEqual(summary["seeds"], [5, 6])
        self.assertIn("git_hash", summary)
        self.assertIn("12 entries", (self.run_folder / "table2.md").read_text(encoding="utf-8"))
        for name in ("joint_densities", "conditional_variance_exploding", "conditional_variance_preserving"):
            self.assertTrue((self.run_folder / "figures" / f"{name}.png").is_file())
        with h5py.File(self.run_folder / "samples" / "tanh_variance_preserving_6.h5") as file:
            self.assertEqual(file["ode"].shape, (4, 200))

        models, samples = self.modified("models/*"), self.modified("samples/*")
        self.assert_done(self.densities("--set", "sde.steps=10"))
        self.assertEqual(self.modified("models/*"), models)
        self.assertFalse(set(self.modified("samples/*").values()) & set(samples.values()))
        samples = self.modified("samples/*")
        self.assert_done(self.densities("--set", "sde.steps=10", "--set", "trainings=1"))
        self.assertEqual(self.modified("samples/*"), samples)

    def test_stopped_training_goes_on_to_the_same_costs(self):
        long = ("--set", "training.epochs=2000", "--set", "trainings=1", "--set", "resources.checkpoint_interval=0.2")
        process = subprocess.Popen([PROGRAM, "densities", CONFIG, "--output", str(self.run_folder), "--threads", "1", *long],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: list(self.run_folder.glob("models/*.partial.pt")))
        process.send_signal(signal.SIGTERM)
        message = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 75, message)
        self.assert_done(self.densities(*long))
        table = (self.run_folder / "table2.csv").read_text(encoding="utf-8")
        self.assert_done(self.densities("--force", *long))
        self.assertEqual((self.run_folder / "table2.csv").read_text(encoding="utf-8"), table)

    def test_bad_input(self):
        self.assert_refused(self.densities("--set", "variance_preserving.family=ve_linear"), "variance_preserving.family")
        self.assert_refused(self.densities("--set", "sde.method=rk45"), "sde.method", "euler_maruyama")
        self.assert_refused(self.densities("--set", "trainigs=1"), "trainigs", "trainings")
        self.assert_refused(self.densities("--set", "training.batch_size=301"), "batch_size", "300")
        self.assertEqual(self.written(), [])
        self.assert_refused(self.densities("--set", "conditioning.tanh=[9]"), "conditioning.tanh", "9")


if __name__ == "__main__":
    unittest.main()
