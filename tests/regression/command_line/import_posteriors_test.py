"""`import`: posteriors that are learnt from pairs from elsewhere."""

import json
import pathlib
import sys
import unittest

import h5py
import numpy as np

from pairs_import import MINIMAL, SMALL, NOISE, RESPONSE, Import, gaussian_posterior, linear_pairs

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from scorefem_reader import Model  # noqa: E402  (the path comes first)


class Posteriors(Import):
    """From files to samples of posteriors that are known."""

    def samples(self, path=None):
        with h5py.File(path or self.run_folder / "posterior.h5") as file:
            return file["samples"][:].astype(float), file["measurement"][:]

    def assert_gaussian(self, samples, mean, sd, tolerance):
        """Means to within `tolerance` sd, on average, and widths to within that share."""
        self.assertLess(np.abs((samples.mean(axis=1) - mean) / sd).mean(), tolerance)
        np.testing.assert_allclose(samples.std(axis=1).mean(axis=0), sd, rtol=tolerance)

    def test_of_a_simulator_with_randomness(self):
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(4000, 1)), test=[self.npz("t.npz", *linear_pairs(100, 2))]))
        done = self.command("run", *SMALL)
        self.assert_done(done)
        samples, x = self.samples()
        self.assert_gaussian(samples, *gaussian_posterior(x), 0.1)
        summary = json.loads((self.run_folder / "summary.json").read_text())
        self.assertEqual(summary["noise"]["model"], "none")
        self.assertTrue(all(gate["verdict"] != "FAIL" for gate in summary["gates"]), summary["gates"])
        self.assertTrue((self.run_folder / "report.html").exists())
        again = self.command("run", *SMALL)
        self.assertIn("model.pt is up to date", again.stderr)
        # Other pairs under the same names: the model is not theirs.
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(4000, 8)), test=[self.folder / "t.npz"]))
        self.assertIn("imported pairs", self.command("train", *SMALL).stderr)

    def test_with_noise_that_is_known(self):
        theta, x = linear_pairs(4000, 1)
        clean, test = theta @ RESPONSE.T, linear_pairs(100, 2)[0]
        self.assert_done(self.bring_in(self.npz("p.npz", theta, clean), test=[self.npz("t.npz", test, test @ RESPONSE.T)]))
        noise = ["--set", f"noise={{model: gaussian, absolute: {NOISE}}}"]
        self.assert_done(self.command("run", *SMALL, *noise))
        samples, measured = self.samples()
        self.assertGreater(np.abs(measured - (test @ RESPONSE.T)[:40]).mean(), 0.7 * NOISE * np.sqrt(2 / np.pi))
        self.assert_gaussian(samples, *gaussian_posterior(measured), 0.1)

    def test_within_bounds(self):
        """theta ~ U(0, 1)^2, x = theta + noise: each posterior is a Gaussian cut off at the bounds."""
        def pairs(n, seed):
            random = np.random.default_rng(seed)
            theta = random.uniform(size=(n, 2))
            return theta.astype("f4"), theta + 0.3 * random.standard_normal((n, 2))
        self.config = self.write("mine.yaml", MINIMAL.replace(
            "pairs", "pairs, unknowns: [{name: a, lower: 0, upper: 1}, {name: b, lower: 0, upper: 1}]"))
        self.assert_done(self.bring_in(self.npz("p.npz", *pairs(6000, 1)), test=[self.npz("t.npz", *pairs(100, 2))]))
        self.assert_done(self.command("run", *SMALL))
        samples, x = self.samples()
        self.assertTrue(((samples >= 0) & (samples <= 1)).all())
        grid = (np.arange(2000) + 0.5) / 2000
        density = np.exp(-0.5 * ((grid - x[:, :, None]) / 0.3) ** 2)
        density /= density.sum(axis=2, keepdims=True)
        mean = (density * grid).sum(axis=2)
        sd = np.sqrt((density * grid**2).sum(axis=2) - mean**2)
        self.assertLess(np.abs((samples.mean(axis=1) - mean) / sd).mean(), 0.1)
        np.testing.assert_allclose(samples.std(axis=1).mean(axis=0), sd.mean(axis=0), rtol=0.1)
        summary = json.loads((self.run_folder / "summary.json").read_text())
        self.assertEqual(summary["outside_support"], 0)
        # Before anything is looked at or drawn.
        far, outside = self.write("far.csv", "90,-90\n"), self.write("outside.csv", "0.5,0.5\n0.5,1.5\n")
        result = self.scorefem("infer", self.config, "--measurement", far, "--output", self.folder / "o.h5", "--run", self.run_folder,
                               "--density", outside, *SMALL)
        self.assert_refused(result, "outside.csv: row 2, b = 1.5", "within its bounds")
        self.assertNotIn("unlike those of training", result.stderr)

    def test_with_missing_observations(self):
        self.config = self.write("mine.yaml", MINIMAL.replace("pairs", "pairs, nan: missing"))
        def pairs(n, seed):
            theta, x = linear_pairs(n, seed)
            missing = np.random.default_rng(seed + 100).uniform(size=(n, 2)) < 0.3
            x[:, :2][missing] = np.nan  # the third is always there
            return theta, x
        done = self.bring_in(self.npz("p.npz", *pairs(8000, 1)), test=[self.npz("t.npz", *pairs(100, 2))])
        self.assert_done(done)
        self.assertIn("some of them missing", done.stderr)
        with self.dataset() as file:
            mask, x = file["train/mask"][:], file["train/observations"][:]
            self.assertTrue(np.isfinite(x).all())
            self.assertAlmostEqual(mask[:, :2].mean(), 0.7, delta=0.02)
            self.assertEqual(len(np.unique(x[:, 0][mask[:, 0] == 0])), 1)
            self.assertAlmostEqual(x[:, 0][mask[:, 0] == 0][0], x[:, 0][mask[:, 0] == 1].mean(), places=9)
        self.assert_done(self.command("run", *SMALL))
        measured = self.write("measured.csv", "0.5,-0.2,1.0\n,0.4,-1\nnan,,0.3\n")
        (self.run_folder / "dataset.h5").rename(self.folder / "elsewhere.h5")
        out = self.folder / "out.h5"
        self.assert_refused(self.scorefem("infer", self.config, "--measurement", measured, "--output", out, "--run", self.run_folder))
        (self.folder / "elsewhere.h5").rename(self.run_folder / "dataset.h5")
        self.assert_done(self.scorefem("infer", self.config, "--measurement", measured, "--output", out, "--run", self.run_folder, *SMALL))
        samples, x = self.samples(out)
        self.assertEqual(np.isnan(x).sum(), 3)
        for i, columns in enumerate(((0, 1, 2), (1, 2), (2,))):
            mean, sd = gaussian_posterior(x[i:i + 1], columns)
            np.testing.assert_allclose(samples[i].mean(axis=0), mean[0], atol=0.25 * sd.max())
            np.testing.assert_allclose(samples[i].std(axis=0), sd, rtol=0.15)
        unknown = self.write("unknown.csv", "0.5,-0.2,\n")
        self.assert_refused(self.scorefem("infer", self.config, "--measurement", unknown, "--output", out, "--run", self.run_folder, *SMALL),
                            "x_3 is missing", "it is there in all training pairs")

    def test_observations_over_orders_of_magnitude(self):
        """exp(4 x): as it is, its largest values decide everything, and the posterior would be that of the other observations."""
        self.config = self.write("mine.yaml", MINIMAL.replace("pairs", "pairs, nan: missing"))

        def pairs(n, seed):
            theta, x = linear_pairs(n, seed)
            x[:, 0] = np.exp(4 * x[:, 0])
            x[np.random.default_rng(seed + 100).uniform(size=n) < 0.2, 1] = np.nan
            return theta, x

        self.assert_done(self.bring_in(self.npz("p.npz", *pairs(8000, 1)), test=[self.npz("t.npz", *pairs(100, 2))]))
        done = self.command("run", *SMALL)
        self.assert_done(done)
        self.assertIn("x_1 range over orders of magnitude", done.stderr)
        samples, measured = self.samples(self.run_folder / "posterior.h5")
        there = ~np.isnan(measured[:, 1])
        self.assertTrue(0 < (~there).sum() < len(there))
        linear = np.column_stack((np.log(measured[:, 0]) / 4, measured[:, 1:]))
        for rows, columns in ((there, (0, 1, 2)), (~there, (0, 2))):
            mean, sd = gaussian_posterior(linear[rows], columns)
            self.assertLess(np.abs((samples[rows].mean(axis=1) - mean) / sd).mean(), 0.15)
            np.testing.assert_allclose(samples[rows].std(axis=1).mean(axis=0), sd, rtol=0.1)
        # The reader in Python sees the same; a value below all of training's, which a logarithm would not take, has an answer.
        model = Model(self.run_folder / "model.pt")
        for row in (np.flatnonzero(there)[0], np.flatnonzero(~there)[0]):
            drawn = model.condition(measured[row], 0).sample(4000, seed=1)
            self.assertLess(np.abs((drawn.mean(axis=0) - samples[row].mean(axis=0)) / drawn.std(axis=0)).max(), 5 * (1 / 400 + 1 / 4000) ** 0.5)
        self.assertTrue(np.isfinite(model.condition(np.array([-1.0, 0.0, 0.0]), 0).sample(10, seed=1)).all())

    def test_observations_by_a_curve_have_no_likelihood(self):
        theta, x = linear_pairs(1000, 1)
        x[:, 0] = np.exp(4 * x[:, 0])
        self.assert_done(self.bring_in(self.npz("p.npz", theta, x)))
        short = (*SMALL, "--set", "training.epochs=2")
        done = self.command("train", *short)
        self.assert_done(done)
        self.assertIn("x_1 range over orders of magnitude", done.stderr)
        result = self.scorefem("infer", self.config, "--measurement", self.write("m.csv", "1,1,1\n"), "--output", self.folder / "o.h5",
                               "--run", self.run_folder, "--correct", *short)
        self.assert_refused(result, "by curves", "--correct")
        self.assertNotIn("missing", result.stderr)

    def test_a_damaged_data_set_is_named(self):
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(300, 1))))
        with h5py.File(self.run_folder / "dataset.h5", "r+") as file:
            del file["test/unknowns"]
        self.assert_refused(self.command("train", *SMALL), "dataset.h5: /test/unknowns", "scorefem import")

    def test_with_a_mask(self):
        """The same numbers as NaN; columns that are missing together are seen as one."""
        self.config = self.write("mine.yaml", MINIMAL.replace("pairs", "pairs, nan: missing"))
        theta, x = linear_pairs(300, 1)
        mask = np.ones_like(x)
        mask[::3, :2] = 0
        holes = np.where(mask == 0, np.nan, x)
        self.assert_done(self.bring_in(self.npz("a.npz", theta, holes)))
        contents = self.attribute("imported_contents")
        self.assert_done(self.bring_in(self.npz("b.npz", theta, np.where(mask == 0, 77.0, x), mask=mask.astype(bool))))
        self.assertEqual(self.attribute("imported_contents"), contents)
        self.assert_done(self.command("train", *SMALL, "--set", "training.epochs=2", "--set", "sampling.measurements=5"))
        half = self.write("half.csv", "0.5,,1\n")
        self.assert_refused(self.scorefem("infer", self.config, "--measurement", half, "--output", self.folder / "o.h5", "--run",
                                          self.run_folder, *SMALL, "--set", "training.epochs=2", "--set", "sampling.measurements=5"), "x_2 is missing and x_1 is there")

    def test_a_thousand_pairs_with_defaults(self):
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(1000, 1))))
        shown = self.command("train", "--dry-run")
        self.assert_done(shown)
        self.assertIn("batch_size: 100", shown.stdout)
        self.assert_done(self.command("train", "--set", "training.epochs=2"))

    def test_few_pairs_for_many_observations(self):
        """400 pairs of 200 observations, and 120: theta ~ N(0, 1)^2 seen by curves in noise; intervals hold what they say."""
        times = np.linspace(0, 1, 200)
        response = np.stack([np.sin(6 * times), times**2])

        def pairs(n, seed):
            random = np.random.default_rng(seed)
            theta = random.standard_normal((n, 2))
            return theta, theta @ response + random.standard_normal((n, 200))
        test, _ = pairs(400, 2)
        for n, widest in ((444, 1.6), (134, 2.4)):
            self.assert_done(self.bring_in(self.npz("p.npz", *pairs(n, 1)), test=[self.npz("t.npz", *pairs(400, 2))]))
            done = self.command("run", "--set", "sampling.measurements=400", "--set", "sampling.samples=100",
                                "--set", "training.epochs=40", "--set", "report.corner=[]")
            self.assert_done(done)
            self.assertIn("pairs to train with, and 200 observations: posteriors are as wide as pairs left out", done.stderr)
            samples, x = self.samples()
            inside = np.abs(samples.mean(axis=1) - test) < samples.std(axis=1)
            exact = np.sqrt(np.diag(np.linalg.inv(response @ response.T + np.eye(2))))
            self.assertLess((samples.std(axis=1).mean(axis=0) / exact).max(), widest)
            # 0.683, and the standard error of 400 is 0.023; what the fit leaves over is itself known to 1 / sqrt(2 n).
            self.assertGreater(inside.mean(axis=0).min(), 0.56)
            self.assertLess(inside.mean(axis=0).max(), 0.80)

    def test_few_pairs_of_a_clipped_prior(self):
        """Learnt before its clipping, by a second fit: none of them can be made for other pairs."""
        self.config = self.write("channel.yaml", "study: few\nseed: 3\nforward: {problem: linear, discretisation: {degree: 2, cells_across: 4}}\n"
                                 "noise: {relative: 0}\ndata: {train: 100, test: 10}\ntraining: {epochs: 1, batch_size: 10}\n")
        self.assert_done(self.command("generate"))
        done = self.command("train")
        self.assert_done(done)
        for word in ("pairs to train with, and 30 observations", "too narrow", "summaries"):
            self.assertIn(word, done.stderr)
        few = ["--set", "data.train=30", "--force"]
        self.assert_done(self.command("generate", *few))
        self.assert_refused(self.command("train", *few), "dataset.h5", "30 observations", "expected more pairs")

    def test_fewer_pairs_than_features_of_a_quadratic_centre(self):
        random = np.random.default_rng(1)
        theta = random.standard_normal((60, 2))
        x = np.hstack([theta, random.standard_normal((60, 8))])
        self.assert_done(self.bring_in(self.npz("p.npz", theta, x)))
        self.assert_refused(self.command("train", "--set", "training.epochs=1", "--set", "model.centre=quadratic"), "dataset.h5",
                            "65 observations and products", "expected more pairs")

    def test_ten_pairs_have_a_report(self):
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(10, 1))))  # one of them is the test part
        self.assert_done(self.command("run", "--set", "training.epochs=2", "--set", "sampling.samples=20"))
        self.assertTrue((self.run_folder / "report.html").exists())


if __name__ == "__main__":
    unittest.main()
