"""studies/sbibm: simulators against their likelihoods and independent solvers; usage: sbibm_simulators_test.py SCRIPTS_DIR."""

import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.integrate import solve_ivp

from sbibm_parts import write_parts

SCRIPTS = Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(SCRIPTS))
from studies.sbibm import TASK_NAMES, dynamics, make_task, tasks  # noqa: E402
from studies.sbibm.task import LogNormal  # noqa: E402


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


if __name__ == "__main__":
    unittest.main()
