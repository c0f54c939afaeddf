"""The commands as users call them: a whole run, skipping, overrides, interruptions, the user's own data."""
import csv
import json
import os
import pathlib
import shlex
import signal
import subprocess
import time
import unittest

import h5py
import numpy
import torch
import yaml

from program import CONFIG, PROGRAM, ProgramTest

REFERENCE = pathlib.Path(os.environ["SCOREFEM_TEST_DATA"])


class WholeRun(ProgramTest):
    def test_run_then_skip_then_force(self):
        first = self.stage("run")
        self.assert_done(first)
        self.assertIn(f"report: {self.run_folder}/report.html", first.stdout)
        self.assertIn("exact", first.stdout)
        # The network mlp knows nothing of the prior's support.
        self.assertRegex(first.stderr, r"sample: [0-9.]+ % of the samples have an unknown outside the prior's support")
        names = self.written()
        for name in ("dataset.h5", "model.pt", "training.csv", "posterior.h5", "metrics.csv", "summary.json", "report.html",
                     "log.jsonl"):
            self.assertIn("run/" + name, names)
        self.assertFalse([name for name in names if ".tmp" in name or "partial" in name], names)
        self.check_metrics()
        for line in (self.run_folder / "log.jsonl").read_text().splitlines():
            self.assertIn("event", json.loads(line))

        before = {name: (self.folder / name).stat().st_mtime_ns for name in names if not name.endswith("log.jsonl")}
        second = self.stage("run")
        self.assert_done(second)
        self.assertEqual(second.stderr.count("skipped"), 4)
        after = {name: (self.folder / name).stat().st_mtime_ns for name in names if not name.endswith("log.jsonl")}
        self.assertEqual(before, after)

        third = self.stage("run", "--set", "sampling.samples=21")
        self.assert_done(third)
        self.assertEqual(third.stderr.count("skipped"), 2)
        self.assertIn("--output posterior.h5 --set 'sampling.samples=21'", third.stdout)
        self.assertIn("samples: 20 -> samples: 21", third.stderr)

        weights = (self.run_folder / "posterior.h5").stat().st_mtime_ns
        self.assert_done(self.stage("sample", "--force", "--set", "sampling.samples=21"))
        self.assertNotEqual(weights, (self.run_folder / "posterior.h5").stat().st_mtime_ns)

    def test_the_next_command_runs_as_it_is_printed(self):
        """A folder with a space, a quote and a letter that is not ASCII; two references tell nothing."""
        self.run_folder = self.folder / "run one" / "it's ä"
        settings = ("--set", "training.epochs=2", "--set", "sampling.measurements=2", "--set", "forward={problem: linear}")
        result = self.stage("run", *settings)
        self.assertIn(result.returncode, (0, 3), result.stderr)
        self.assertIn("too few to tell how good", result.stdout)
        (line,) = [line for line in result.stdout.splitlines() if line.startswith("  scorefem infer")]
        words = shlex.split(line)
        self.assertEqual(words[words.index("--run") + 1], str(self.run_folder))
        self.assertIn("forward={problem: linear}", words)

    def test_data_of_a_seed_stay_what_they_are(self):
        """To what another processor may round: studies, models and results of earlier programs rest on them."""
        self.assert_done(self.stage("generate"))
        expected = {
            "train/unknowns": [3.3967461779221617, 3.214627732130351, 2.9290787842782855, 1.9363380060127338],
            "test/unknowns": [1.6757889713590954, 1.6147290296355994, 1.5603011748456463, 1.9179515627503099],
            "test/observations": [11.825701738152773, 24.67662586172202, 36.81383487169044, 199.12120413782034],
            "test/noise": [0.474641853847879, -0.054715051369191706, -1.221994792987556, -2.495399986405134],
        }
        with h5py.File(self.run_folder / "dataset.h5") as data:
            for name, values in expected.items():
                found = [*data[name][0, :3], data[name][-1, -1]]
                numpy.testing.assert_allclose(found, values, rtol=1e-7, err_msg=name)

    def test_samples_belong_to_one_training(self):
        self.assert_done(self.stage("run"))
        time.sleep(1.1)  # checkpoints carry their date in seconds; without another date the same training is the same file
        self.assert_done(self.stage("train", "--force"))
        self.assert_refused(self.stage("evaluate"), "posterior.h5", "the trained model changed", "scorefem sample")
        again = self.stage("run")
        self.assert_done(again)
        self.assertEqual(again.stderr.count("skipped"), 2, again.stderr)
        self.assertIn("the trained model changed", again.stderr)
        self.assertIn("report.html is made again, the posterior changed", again.stderr)

    def check_metrics(self):
        with open(self.run_folder / "metrics.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(list(rows[0]), ["group", "name", "relative_error", "posterior_std", "prior_std", "coverage_1sd",
                                         "coverage_2sd", "exact_relative_error", "exact_std", "gaussian_relative_error",
                                         "gaussian_std", "crps", "exact_crps", "gaussian_crps", "error_ratio",
                                         "std_difference", "gaussian_error_ratio", "gaussian_std_difference"])
        self.assertEqual([(row["group"], row["name"]) for row in rows],
                         [(f"{wall} wall", f"{wall} {i}") for wall in ("lower", "upper") for i in range(1, 16)])
        summary = json.loads((self.run_folder / "summary.json").read_text())
        with h5py.File(self.run_folder / "posterior.h5") as file, h5py.File(self.run_folder / "dataset.h5") as data:
            self.assertEqual(file["samples"].shape, (6, 20, 30))
            samples, truth = file["samples"][:].astype(float), file["truth"][:]
            mean_flux = data["test/unknowns"][:].mean()
            self.assertEqual([name.decode() for name in file["unknowns/name"]], [row["name"] for row in rows])
            numpy.testing.assert_allclose(
                file["measurement"][:],
                data["test/observations"][:6] + file.attrs["noise_std"] * data["test/noise"][:6], rtol=1e-12)
        error = abs(samples.mean(axis=1) - truth).mean(axis=0) / mean_flux
        numpy.testing.assert_allclose([float(row["relative_error"]) for row in rows], error, rtol=1e-6)
        self.assertAlmostEqual(summary["means"]["relative_error"], error.mean(), places=8)
        deviation = samples.std(axis=1, ddof=1).mean(axis=0)
        numpy.testing.assert_allclose([float(row["posterior_std"]) for row in rows], deviation, rtol=1e-6)

    def test_samples_are_not_negative(self):
        settings = ("--set", "model.network=gaussian_residual", "--set", "training.epochs=5", "--set", "prior.mean=0.5")
        for command in ("generate", "train", "sample"):
            self.assert_done(self.stage(command, *settings))
        with h5py.File(self.run_folder / "posterior.h5") as file:
            samples, truth = file["samples"][:], file["truth"][:]
        self.assertEqual(samples.min(), 0)
        self.assertEqual(truth.min(), 0)  # or the clipping would matter to nobody
        self.assertGreater(numpy.mean(samples == 0), 0.05)

    def test_precision_that_is_measured(self):
        for command in ("generate", "train"):
            self.assert_done(self.stage(command, "--set", "training.epochs=2"))
        samples = {}
        for precision in ("auto", "float32"):
            # Enough samples for a measurement to be worth its time, by a sampler that is quick.
            result = self.stage("sample", "--force", "--set", "training.epochs=2", "--set", f"sampling.precision={precision}", "--set",
                                "sampling.samples=40000", "--set", "sampling.method=angle_euler", "--set", "sampling.steps=2")
            self.assert_done(result)
            self.assertEqual("sample: precision auto is " in result.stderr, precision == "auto")
            with h5py.File(self.run_folder / "posterior.h5") as file:
                taken, samples[precision] = file.attrs["precision"], file["samples"][:]
            if precision == "auto":
                chosen = taken.decode() if isinstance(taken, bytes) else taken
                self.assertIn("precision auto is " + chosen, result.stderr)
        # The same numbers, rounded otherwise at most.
        tolerance = 0 if chosen == "float32" else 0.1 * samples["float32"].std()
        self.assertLessEqual(abs(samples["auto"] - samples["float32"]).max(), tolerance)

    def test_dry_run_writes_nothing_and_reads_back(self):
        result = self.stage("run", "--dry-run", "--set", "noise.relative=0.25")
        self.assert_done(result)
        self.assertEqual(self.written(), [])
        config = self.write("resolved.yaml", result.stdout)
        self.assertEqual(self.scorefem("run", config, "--dry-run").stdout.splitlines()[:-1], result.stdout.splitlines()[:-1])
        self.assertIn("relative: 0.25", result.stdout)
        for name in ("-", "null", "yes", "12", "a:#b"):
            named = self.stage("run", "--dry-run", "--set", f"study={json.dumps(name)}")
            self.assert_done(named)
            self.assertEqual(yaml.safe_load(named.stdout)["study"], name)
            again = self.scorefem("run", self.write("resolved.yaml", named.stdout), "--dry-run")
            self.assert_done(again)
            self.assertEqual(yaml.safe_load(again.stdout)["study"], name)

    def test_help_says_what_strict_leaves(self):
        self.assertIn("unless the values are such that no samples can be drawn", " ".join(self.scorefem("infer", "--help").stdout.split()))

    def test_help_has_an_example(self):
        for command in ("run", "generate", "merge", "train", "sample", "reference", "evaluate", "convergence", "observe", "infer"):
            result = self.scorefem(command, "--help")
            self.assert_done(result)
            self.assertIn("Example", result.stdout)


class OwnData(ProgramTest):
    def test_observe_agrees_with_the_reference(self):
        flux = self.write("flux.csv", "# unit fluxes\n" + "\n".join(
            ",".join("1" if i == j else "0" for j in range(30)) for i in range(30)) + "\n")
        output = self.folder / "sensors.csv"
        self.assert_done(self.scorefem("observe", CONFIG, "--flux", flux, "--output", output, "--set",
                                       "forward.discretisation={degree: 5, cells_across: 5}"))
        sensors = numpy.loadtxt(output, delimiter=",").T
        reference = numpy.loadtxt(REFERENCE / "linear_response.csv", delimiter=",")
        self.assertLess((abs(sensors - reference).max(axis=1) / reference.max(axis=1)).max(), 1e-4)

    def test_infer(self):
        self.assert_done(self.stage("generate"))
        self.assert_done(self.stage("train"))
        with h5py.File(self.run_folder / "dataset.h5") as data:
            measured = data["test/observations"][:2]
        path = self.write("measured.csv", "\n".join(",".join(map(str, row)) for row in measured) + "\n")
        result = self.scorefem("infer", CONFIG, "--measurement", path, "--output", self.folder / "out.h5", "--run",
                               self.run_folder)
        self.assert_done(result)
        with h5py.File(self.folder / "out.h5") as file:
            self.assertEqual(file["samples"].shape, (2, 20, 30))
            mean = file["samples"][1].astype(float).mean(axis=0)
        rows = [line.split("|")[1].split() for line in result.stdout.split("measurement 2")[1].splitlines()[2:]]
        numpy.testing.assert_allclose([float(row[0]) for row in rows], mean, rtol=1e-4, atol=1e-4)


def tensors(checkpoint):
    """Name -> tensor of a checkpoint: weights, their averages, Adam's moments, counters; not the history, which holds times."""
    named = dict(torch.jit.load(checkpoint).named_buffers())
    del named["history"]
    return named


class Divergence(ProgramTest):
    def test_loss_that_is_not_a_number(self):
        self.assert_done(self.stage("generate"))
        for _ in range(2):  # the second time from the checkpoint that was kept
            self.assert_failed(self.stage("train", "--set", "training.learning_rate=1e30"), "the loss is", "at step 2 of 90",
                               "the last checkpoint is kept")
        self.assertFalse((self.run_folder / "model.pt").exists())
        kept = tensors(self.run_folder / "model.partial.pt")
        for name in ("weight_0", "bias_0", "weight_2", "bias_2"):
            self.assertTrue(torch.isfinite(kept["parameters." + name]).all())


class Interruptions(ProgramTest):
    LONG = ("--set", "training.epochs=3000", "--set", "resources.checkpoint_interval=0.2")

    def start(self, command, *arguments):
        return subprocess.Popen([PROGRAM, command, CONFIG, "--output", str(self.run_folder), *arguments],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def wait_until_written(self, path, process, before):
        """Waits until this process has written the file: its time of change is no longer `before`."""
        for _ in range(600):
            if self.changed(path) != before or process.poll() is not None:
                break
            time.sleep(0.05)
        self.assertNotEqual(self.changed(path), before, "the program wrote no " + path.name)

    @staticmethod
    def changed(path):
        return path.stat().st_mtime_ns if path.exists() else None

    def test_train_killed_and_stopped_ends_as_if_never_interrupted(self):
        self.check_training(*self.LONG)

    def test_the_same_with_gaussian_residual(self):
        self.check_training(*self.LONG, "--set", "model.network=gaussian_residual", "--set", "training.epochs=1500")

    def check_training(self, *settings):
        self.assert_done(self.stage("generate"))
        partial = self.run_folder / "model.partial.pt"
        for wanted_signal, status in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 75), (signal.SIGUSR1, 75)):
            before = self.changed(partial)
            process = self.start("train", *settings)
            self.wait_until_written(partial, process, before)
            process.send_signal(wanted_signal)
            message = process.communicate(timeout=60)[1]
            self.assertEqual(process.returncode, status, message)
            self.assertFalse((self.run_folder / "model.pt").exists())
        resumed = self.stage("train", *settings)
        self.assert_done(resumed)
        self.assertIn("going on from", resumed.stderr)
        self.assertFalse(partial.exists())
        interrupted, losses = tensors(self.run_folder / "model.pt"), self.losses()
        self.assert_done(self.stage("train", "--force", *settings))
        self.assertEqual(losses, self.losses())
        whole = tensors(self.run_folder / "model.pt")
        self.assertEqual(set(interrupted), set(whole))
        for name, tensor in whole.items():
            self.assertTrue(torch.equal(tensor, interrupted[name]), name)

    def losses(self):
        with open(self.run_folder / "training.csv", newline="") as file:
            return [(row["epoch"], row["training_loss"], row["validation_loss"]) for row in csv.DictReader(file)]


if __name__ == "__main__":
    unittest.main()
