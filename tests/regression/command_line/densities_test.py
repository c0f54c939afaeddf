"""`scorefem densities` on a tiny study."""
import csv
import json
import signal
import subprocess
import unittest

import h5py
import numpy
import ot

from program import HAS_CUDA, HERE, PROGRAM, ProgramTest, full_disk, wait_until

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
        text = (self.run_folder / "table2.md").read_text(encoding="utf-8")
        self.assertIn("12 entries", text)
        floor = f"{float(rows[0]['floor']):.4f}"
        self.assertEqual(text.count(f"(floor {floor}, paper "), 4)  # two processes, two samplers
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

    def test_costs_are_those_of_pot(self):
        # A network that is right from the start: far from the reference, POT would need many iterations.
        regularisation = 0.1
        self.assert_done(self.densities("--set", "model.network=gaussian_residual", "--set", "trainings=1", "--set",
                                        f"transport.regularisation={regularisation}", "--set", "transport.tolerance=1e-8"))
        with h5py.File(self.run_folder / "samples" / "tanh_variance_preserving_5.h5") as file:
            samples, cost = file["ode"][:], file["cost"][:]
        with h5py.File(self.run_folder / "reference_tanh.h5") as file:
            references = [file[f"x_{i}"][0] for i in range(len(samples))]
        for x, y, ours in zip(samples, references, cost[0]):
            distance = numpy.abs(x[:, None] - y[None, :])
            plan = ot.bregman.sinkhorn_log(numpy.full(len(x), 1 / len(x)), numpy.full(len(y), 1 / len(y)), distance,
                                           regularisation, numItermax=20000, stopThr=1e-9)
            self.assertAlmostEqual(ours, (plan * distance).sum(), delta=1e-5 * ours)

    def test_stopped_training_goes_on_to_the_same_costs(self):
        long = ("--set", "training.epochs=2000", "--set", "trainings=1", "--set", "resources.checkpoint_interval=0.2")
        process = subprocess.Popen([PROGRAM, "densities", "--force", CONFIG, "--output", str(self.run_folder), "--threads", "1",
                                    *long],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: list(self.run_folder.glob("models/*.partial.pt")))
        process.send_signal(signal.SIGTERM)
        message = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 75, message)
        resumed = self.densities("--force", *long)
        self.assert_done(resumed)
        self.assertIn("going on from", resumed.stderr)
        table = (self.run_folder / "table2.csv").read_text(encoding="utf-8")
        self.assert_done(self.densities("--force", *long))
        self.assertEqual((self.run_folder / "table2.csv").read_text(encoding="utf-8"), table)

    def test_a_full_disk_is_an_error_and_no_crash(self):
        result = self.scorefem("densities", CONFIG, "--output", self.run_folder, "--threads", "1", preexec_fn=full_disk(20000))
        self.assert_failed(result, "reference_tanh.h5", "File too large")
        self.assertFalse((self.run_folder / "run.lock").exists())

    def test_bad_input(self):
        self.assert_refused(self.densities("--set", "variance_preserving.family=ve_linear"), "variance_preserving.family")
        self.assert_refused(self.densities("--set", "sde.method=rk45"), "sde.method", "euler_maruyama")
        self.assert_refused(self.densities("--set", "trainigs=1"), "trainigs", "trainings")
        self.assert_refused(self.densities("--set", "training.batch_size=301"), "batch_size", "300")
        self.assert_refused(self.densities("--set", "training.batch_size=271", "--set", "training.validation_fraction=0.1"),
                            "batch_size", "270 of 300")
        self.assert_refused(self.densities("--set", "training.patience=2"), "training.patience", "validation_fraction")
        self.assert_refused(self.densities("--set", "variance_preserving.k=3", "--set", "ode.end_time=0"), "end_time = 0", "g^2")
        if not HAS_CUDA:
            self.assert_refused(self.densities("--set", "resources.device=cuda"), "resources.device", "auto, cpu")
        self.assert_refused(self.densities("--set", "conditioning.tanh=[9]"), "conditioning.tanh", "9")
        self.assertEqual(self.written(), [])
        (self.run_folder / "models").mkdir(parents=True)
        for name in ("tanh_variance_exploding_5.partial.pt", "tanh_variance_exploding_5.pt"):
            path = self.run_folder / "models" / name
            path.write_text("not a checkpoint")
            self.assert_refused(self.densities(), name, "not a checkpoint")
            path.unlink()


if __name__ == "__main__":
    unittest.main()
