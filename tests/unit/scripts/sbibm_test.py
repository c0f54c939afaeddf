"""studies/sbibm: simulators against their likelihoods and independent solvers, the metric where it is known, and benchmark_sbibm.py with a
program that only notes what it is asked; usage: sbibm_test.py SCRIPTS_DIR."""

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

import h5py
import numpy as np
import yaml
from scipy import stats
from scipy.integrate import solve_ivp

SCRIPTS = Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(SCRIPTS))
import benchmark_sbibm  # noqa: E402  (the path comes first)
from studies.sbibm import TASK_NAMES, dynamics, make_task, published, results, study, tasks  # noqa: E402
from studies.sbibm.metric import c2st  # noqa: E402
from studies.sbibm.task import Data, LogNormal, SbibmError  # noqa: E402


def write_parts(folder):
    """What two of the tasks read from the benchmark's data, of our own making: a stimulus with its design matrix, distractors."""
    random = np.random.default_rng(4)
    stimulus = random.standard_normal(100)
    lags = [np.concatenate([np.zeros(j), stimulus[:100 - j]]) for j in range(9)]
    (folder / "bernoulli_glm").mkdir(parents=True)
    np.savetxt(folder / "bernoulli_glm/design_matrix.csv", np.stack([np.ones(100), *lags], axis=1), delimiter=",")
    (folder / "slcp").mkdir()
    np.savez(folder / "slcp/distractors.npz", weight=np.full(3, 1 / 3), df=np.full(3, 2.0), loc=10 * random.standard_normal((3, 92)),
             scale_tril=np.tile(np.eye(92), (3, 1, 1)))
    np.savetxt(folder / "slcp/permutation.csv", random.permutation(100), fmt="%d")
    return stimulus


class Simulators(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.stimulus = write_parts(cls.folder)

    def test_each_agrees_with_its_likelihood(self):
        """For x of theta, p(x | other) / p(x | theta) is 1 on average: a likelihood of another simulator has another average."""
        n = 600
        move = {"gaussian_mixture": 0.03, "two_moons": 0.003, "gaussian_linear": 0.08, "gaussian_linear_uniform": 0.08, "slcp": 0.05,
                "slcp_distractors": 0.05, "bernoulli_glm": 0.05, "bernoulli_glm_raw": 0.05, "sir": 0.005, "lotka_volterra": 0.001}
        for name in TASK_NAMES:
            with self.subTest(name):
                task, random = make_task(name, self.folder), np.random.default_rng(11)
                theta = task.prior.sample(random, 1)
                if name.startswith("slcp"):
                    theta = np.array([[0.7, -1.0, -1.5, 1.2, 0.4]])
                other = theta + move[name] * (theta if task.prior.bounds[0] == 0 else random.choice([-1, 1], theta.shape))
                x = task.simulate(random, np.tile(theta, (n, 1)))
                self.assertEqual(x.shape, (n, task.n_observations))
                pair = np.concatenate([theta, other])
                change = np.array([np.subtract(*task.log_likelihood(pair, row)[::-1]) for row in x])
                ratio = np.exp(change)
                self.assertGreater(ratio.std(), 0.05, "too near to tell")
                self.assertLess(change[np.isfinite(change)].std(), 1, "too far to tell: the average is that of a few")
                self.assertLess(abs(ratio.mean() - 1), 4 * ratio.std() / n**0.5)
                self.assertLess(change.mean(), 0)

    def test_priors(self):
        random = np.random.default_rng(2)
        for name in TASK_NAMES:
            task = make_task(name, self.folder)
            theta = task.prior.sample(random, 4000)
            self.assertEqual(theta.shape, (4000, task.prior.dimension))
            self.assertTrue(np.isfinite(task.prior.log_density(theta)).all())
            low, high = task.prior.bounds
            self.assertTrue(((theta >= low) & (theta <= high)).all())
            if np.isfinite(low):
                self.assertEqual(task.prior.log_density(np.full((1, task.prior.dimension), low - 0.1))[0], -np.inf)
        prior = LogNormal([-0.125, -3], [0.5, 0.2])
        theta = prior.sample(random, 200)
        expected = stats.lognorm.logpdf(theta, [0.5, 0.2], scale=np.exp([-0.125, -3])).sum(1)
        self.assertLess(np.ptp(prior.log_density(theta) - expected), 1e-9)
        glm = tasks.BernoulliGlm.prior
        covariance = np.cov(glm.sample(random, 200000).T)
        # log density: -theta^T P theta / 2, of which the mean is -10 / 2.
        self.assertAlmostEqual(glm.log_density(glm.sample(random, 200000)).mean(), -5, delta=0.03)
        self.assertAlmostEqual(covariance[0, 0], 2, delta=0.05)
        # The differences of differences that it damps are of variance near 1 where they are not damped further.
        f = np.array([[(1 if i == j else -2 if i == j + 1 else 1 if i == j + 2 else 0) + (np.sqrt(i / 9) if i == j else 0)
                       for j in range(9)] for i in range(9)])
        np.testing.assert_allclose(f @ covariance[1:, 1:] @ f.T, np.eye(9), atol=0.05)

    def test_known_shapes(self):
        random = np.random.default_rng(3)
        task = tasks.GaussianLinear()
        theta, x = task.pairs(20000, 1)
        self.assertAlmostEqual(theta.var(), 0.1, delta=0.002)
        self.assertAlmostEqual((x - theta).var(), 0.1, delta=0.002)
        np.testing.assert_array_equal(task.pairs(20000, 1)[1], x)
        self.assertFalse(np.array_equal(task.pairs(20000, 2)[1], x))
        x = tasks.GaussianMixture().simulate(random, np.zeros((40000, 2)))
        self.assertAlmostEqual(x.var(), 0.505, delta=0.02)
        self.assertAlmostEqual((np.hypot(*x.T) < 0.3).mean(), 0.5 * (1 - np.exp(-4.5)) + 0.5 * (1 - np.exp(-0.045)), delta=0.01)
        x = tasks.TwoMoons().simulate(random, np.tile([[0.3, -0.6]], (20000, 1)))
        crescent = x - [-0.3 / 2**0.5 + 0.25, -0.9 / 2**0.5]
        self.assertAlmostEqual(np.hypot(*crescent.T).mean(), 0.1, delta=0.001)
        self.assertGreater(crescent[:, 0].min(), -0.01)
        self.assertAlmostEqual(np.arctan2(*crescent.T[::-1]).std(), np.pi / 12**0.5, delta=0.01)
        x = tasks.Slcp().simulate(random, np.tile([[1.0, -2.0, -1.5, 0.5, 0.7]], (40000, 1))).reshape(-1, 2)
        s1, s2, rho = 2.25, 0.25, np.tanh(0.7)
        np.testing.assert_allclose(x.mean(0), [1, -2], atol=0.03)
        np.testing.assert_allclose(np.cov(x.T), [[s1**2, rho * s1 * s2], [rho * s1 * s2, s2**2]], rtol=0.02)

    def test_spikes_and_their_statistics(self):
        raw, summary = make_task("bernoulli_glm_raw", self.folder), make_task("bernoulli_glm", self.folder)
        theta = raw.prior.sample(np.random.default_rng(1), 5)
        y, x = (task.simulate(np.random.default_rng(6), theta) for task in (raw, summary))
        for spikes, statistics in zip(y, x):
            # The benchmark's own words: number of spikes, then the last nine of the cross-correlation with the padded stimulus.
            padded = np.concatenate([np.zeros(8), spikes, np.zeros(8)])
            correlation = [(padded[k:k + 100] * self.stimulus).sum() for k in range(17)]
            np.testing.assert_allclose(statistics, [spikes.sum(), *correlation[-9:]], atol=1e-9)
        np.testing.assert_allclose(raw.log_likelihood(theta, y[0]), summary.log_likelihood(theta, x[0]))

    def test_distractors_tell_nothing(self):
        task = make_task("slcp_distractors", self.folder)
        theta = np.tile([[1.0, -2.0, -1.5, 0.5, 0.7]], (3000, 1))
        x = task.simulate(np.random.default_rng(1), theta)
        place = np.argsort(task.order)
        data, noise = x[:, place[:8]], x[:, place[8:]]
        np.testing.assert_allclose(data.mean(0), [1, -2] * 4, atol=0.2)
        # Student's t of two degrees of freedom, about the centre of its component: its median absolute value is 0.816.
        nearest = np.abs(noise[:, :, None] - np.load(self.folder / "slcp/distractors.npz")["loc"].T).min(2)
        self.assertAlmostEqual(np.median(nearest), 0.816, delta=0.15)

    def test_differential_equations(self):
        """Against SciPy, at parameters from the middle to the far ends of the priors."""
        for task, start, velocity in (
                (dynamics.LotkaVolterra(), [30, 1], lambda _, y, a, b, c, d: [a * y[0] - b * y[0] * y[1], d * y[0] * y[1] - c * y[1]]),
                (dynamics.Sir(), [1e6 - 1, 1], lambda _, y, beta, gamma: [-beta * y[0] * y[1] / 1e6,
                                                                          beta * y[0] * y[1] / 1e6 - gamma * y[1]])):
            theta = task.prior.sample(np.random.default_rng(8), 40)
            theta = np.concatenate([theta, theta[:10] ** 1.5 / np.median(theta, axis=0) ** 0.5])
            times = (2.1 if len(start) == len(theta[0]) - 2 else 17.0) * np.arange(10)
            own = np.exp(task.log_populations(theta)) if task.name == "lotka_volterra" else task.infectious(theta)
            for row, rates in zip(own, theta):
                exact = solve_ivp(velocity, (0, times[-1]), start, args=tuple(rates), t_eval=times, rtol=1e-10, atol=1e-12, method="LSODA").y
                expected = exact.ravel() if task.name == "lotka_volterra" else exact[1] / 1e6
                np.testing.assert_allclose(row, expected, rtol=1e-3, atol=1e-9)


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
