"""studies/sbibm: the metric where it is known, and benchmark_sbibm.py with a program that only notes what it is asked; usage: sbibm_test.py SCRIPTS_DIR."""

import bz2
import contextlib
import csv
import io
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import yaml
from scipy import stats

SCRIPTS = Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(SCRIPTS))
import benchmark_sbibm  # noqa: E402  (the path comes first)
from studies.sbibm import TASK_NAMES, dynamics, make_task, published, results, study, tasks  # noqa: E402
from studies.sbibm.metric import c2st  # noqa: E402
from studies.sbibm.task import Data, SbibmError  # noqa: E402
# Notes its arguments. Training costs nothing; "samples" are draws of N(x / 2, 0.05 I), the exact posterior of gaussian_linear.
PROGRAM = """#!/usr/bin/python3
import pathlib, sys
import h5py, numpy as np
command, config, *rest = sys.argv[1:]
options = dict(zip(rest[::2], rest[1::2]))
with open({log!r}, "a") as log:
    print(command, *rest[0::2], file=log)
folder = pathlib.Path(options.get("--run", options.get("--output")))
if command == "import":
    pairs = np.load(options["--pairs"])
    assert pairs["theta"].shape == (50, 10) and pairs["x"].shape == (50, 10)
    (folder / "dataset.h5").touch()
elif command == "train":
    if pathlib.Path({fail!r}).exists() and not (folder / "model.pt").exists():
        sys.exit("train: no luck today")
    if not (folder / "model.pt").exists():
        (folder / "model.pt").touch()
elif command == "infer":
    if pathlib.Path({fail!r}).exists():
        sys.exit("infer: interrupted")
    x = np.loadtxt(options["--measurement"], delimiter=",", ndmin=2)
    samples = x[:, None] / 2 + 0.05 ** 0.5 * np.random.default_rng(1).standard_normal((len(x), 10000, 10))
    with h5py.File(options["--output"], "w") as file:
        file["samples"], file["measurement"], file.attrs["git_hash"] = samples.astype("f4"), x, "abc"
"""


class Metric(unittest.TestCase):
    def test_two_gaussians(self):
        """The best classifier of N(0, 1) and N(d, 1) is right in Phi(d / 2) of cases."""
        random = np.random.default_rng(5)
        x = 3 + 2 * random.standard_normal((1500, 1))
        for shift in (0.0, 1.0, 6.0):
            found = c2st(x, 3 + 2 * (shift + random.standard_normal((1500, 1))))
            self.assertAlmostEqual(found, stats.norm.cdf(shift / 2), delta=0.035)

    def test_refuses_what_is_not_finite(self):
        with self.assertRaisesRegex(ValueError, "finite"):
            c2st(np.zeros((4, 2)), np.full((4, 2), np.nan))
        with self.assertRaisesRegex(ValueError, "samples of shape"):
            c2st(np.zeros((4, 2)), np.zeros((4, 3)))


class Benchmark(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.program, self.log, self.fail = (self.folder / name for name in ("scorefem", "log", "fail"))
        self.program.write_text(PROGRAM.format(log=str(self.log), fail=str(self.fail)))
        self.program.chmod(0o755)
        random = np.random.default_rng(0)
        for number in (1, 2, 6):
            place = self.folder / "data/gaussian_linear" / f"{number}"
            place.mkdir(parents=True)
            x = random.standard_normal(10)
            place.joinpath("observation.csv").write_text(",".join(f"data_{i}" for i in range(10)) + "\n" + ",".join(map(repr, x.tolist())) + "\n")
            if number < 6:
                reference = x / 2 + 0.05**0.5 * random.standard_normal((10000, 10))
                text = ",".join(["p"] * 10) + "\n" + "\n".join(",".join(f"{v:.6f}" for v in row) for row in reference) + "\n"
                (place / "reference_posterior_samples.csv.bz2").write_bytes(bz2.compress(text.encode()))

    def benchmark(self, *arguments, status=None):
        line = ["benchmark_sbibm.py", "gaussian_linear", "--simulations", "50", "--data", str(self.folder / "data"), "--program",
                str(self.program), "--output", str(self.folder / "runs"), "--results", str(self.folder / "results"), *arguments]
        # The metric itself is tested above, and takes minutes on 20,000 samples.
        with mock.patch.object(sys, "argv", line), mock.patch.object(study, "measure", self.measure), \
                contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            if status is None:
                benchmark_sbibm.main()
            else:
                with self.assertRaises(SystemExit) as end:
                    benchmark_sbibm.main()
                self.assertIn(status, str(end.exception.code))

    def measure(self, reference, samples):
        """0.5 and how far the sets' moments are apart."""
        self.measured = getattr(self, "measured", 0) + 1
        self.assertEqual(reference.shape, samples.shape)
        return 0.5 + np.abs(reference.mean(0) - samples.mean(0)).max()

    def rows(self):
        with open(self.folder / "results/c2st.csv", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    def commands(self):
        return [line.split()[0] for line in self.log.read_text().splitlines()]

    def test_runs_goes_on_and_writes_the_table(self):
        self.fail.touch()
        self.benchmark(status="no luck today")
        self.fail.unlink()
        self.benchmark()
        self.assertEqual(self.commands(), ["import", "train", "import", "train", "infer"])
        rows = self.rows()
        self.assertEqual([(row["task"], row["simulations"], row["seed"], row["observation"]) for row in rows],
                         [("gaussian_linear", "50", "1", "1"), ("gaussian_linear", "50", "1", "2")])
        for row in rows:
            self.assertLess(float(row["c2st"]), 0.52)
        self.benchmark()
        self.assertEqual(self.commands()[5:], ["import", "train"], "each finds that there is nothing to do")
        self.assertEqual(self.measured, 2)
        self.benchmark("--seeds", "2")
        self.assertEqual(self.measured, 4)
        self.assertEqual([row["seed"] for row in self.rows()], ["1", "1", "2", "2"])
        table = (self.folder / "results/table.md").read_text(encoding="utf-8")
        self.assertRegex(table, r"\| gaussian_linear \| 50 \| 0\.50\d ± 0\.00\d \| 2 x 2 \|")
        # A new network: samples and metrics belong to the old one.
        (self.folder / "runs/gaussian_linear/50/seed_1/model.pt").touch()
        self.benchmark()
        self.assertEqual(self.measured, 6)

    def test_samples_are_those_of_the_observation(self):
        """Observations are far apart: the samples of another score worse than any sampler."""
        self.benchmark("--observations", "1")
        self.fail.touch()
        self.benchmark("--observations", "2", status="infer: interrupted")
        self.fail.unlink()
        self.benchmark("--observations", "2")
        self.assertEqual([row["observation"] for row in self.rows()], ["1", "2"])
        for row in self.rows():
            self.assertLess(float(row["c2st"]), 0.52)

    def test_samples_of_other_settings_are_drawn_again(self):
        self.benchmark()
        self.benchmark("--set", "sampling.steps=5")
        self.benchmark("--set", "sampling.steps=5")
        self.assertEqual(self.commands().count("infer"), 2)

    def test_configuration(self):
        self.benchmark()
        config = yaml.safe_load((self.folder / "runs/gaussian_linear/50/seed_1/config.yaml").read_text())
        self.assertEqual(config["forward"], {"problem": "pairs", "unknowns": [{"name": f"theta_{i + 1}"} for i in range(10)]})
        self.assertEqual((config["noise"], config["seed"]), ({"model": "none"}, 1))
        base = yaml.safe_load((SCRIPTS.parent / "inputs/sbibm.yaml").read_text())
        self.assertEqual({key: config[key] for key in base}, base)
        bounded = study.configuration(dynamics.Sir(), {}, 1)["forward"]["unknowns"]
        self.assertEqual(bounded, [{"name": "theta_1", "lower": 0.0}, {"name": "theta_2", "lower": 0.0}])

    def test_bad_input(self):
        self.benchmark("--data", str(self.folder / "nowhere"), status="no reference posterior")
        self.benchmark("--set", "model.width=8", "--results", str(SCRIPTS.parent / "results/sbibm"), status="2")
        result = subprocess.run([sys.executable, SCRIPTS / "benchmark_sbibm.py", "two_mons", "--simulations", "5", "--data", "."],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("no task named two_mons; there are two_moons", result.stderr)
        with self.assertRaisesRegex(SbibmError, "design_matrix.csv"):
            make_task("bernoulli_glm", self.folder)
        with self.assertRaisesRegex(SbibmError, "10 columns; expected 2"):
            task = tasks.TwoMoons()
            task.folder = "gaussian_linear"
            Data(self.folder / "data", task).observation(1)

    def test_published_values_have_a_task(self):
        for source in (published.NPE, published.BEST_OF_SIX, published.GENSBI, published.BAYESFLOW_ONLINE, published.AIM):
            self.assertLessEqual(set(source), set(TASK_NAMES))
        self.assertEqual(set(published.AIM), set(TASK_NAMES))
        self.assertEqual(published.value(published.GENSBI, "slcp", 10_000), .657)
        self.assertIsNone(published.value(published.GENSBI, "slcp", 1_000))
        self.assertIsNone(published.value(published.AIM, "slcp", 5_000))

    def test_the_aim_is_marked(self):
        row = {"task": "slcp", "seed": 1, "training_seconds": 60, "version": "v"}
        results.add(self.folder, [{**row, "simulations": n, "observation": o, "c2st": value} for n, o, value in
                                  ((1000, 1, .8), (1000, 2, .84), (10000, 1, .7))])
        results.add(self.folder, [{**row, "simulations": 1000, "observation": 2, "c2st": .85}])  # instead of the old one
        text = results.table(self.folder)
        self.assertIn("| slcp | 1,000 | **0.825 ± 0.025** | 1 x 2 | 0.830 | 0.975 | 0.921 |  | 0.621 | 1.0 |", text)
        self.assertIn("| slcp | 10,000 | 0.700 | 1 x 1 | 0.650 | 0.901 | 0.713 | 0.657 | 0.621 | 1.0 |", text)
        self.assertIn("1 of 2 at or below the aim", text)


if __name__ == "__main__":
    unittest.main()
