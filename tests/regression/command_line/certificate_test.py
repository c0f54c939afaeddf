"""`infer` beside the exact posterior, with weights and their certificate, for repeated measurements, and its checks of the input."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy

from program import HERE, PROGRAM, ProgramTest, full_disk

sys.path.insert(0, str(HERE.parents[2] / "scripts"))
from studies.two_samples import two_sample_test  # noqa: E402

# A network that is hardly trained, for a prior that is clipped now and then.
CLIPPED = """
study: clipped
seed: 3
forward: {problem: linear, discretisation: {degree: 2, cells_across: 4}}
noise: {relative: 0.1}
data: {train: 5000, test: 100, fields: 0}
model: {width: 16, hidden_layers: 1}
training: {epochs: 2, batch_size: 500, noise_range: [0.02, 1]}
sampling: {measurements: 6, samples: 600}
reference: {run: 0, samples: 600, chains: 8, warmup: 300, iterations: 500, max_iterations: 2000, ess: 300, rhat: 1.02}
"""
# Unknowns that are normal and independent: what is exact has a closed form.
NORMAL = CLIPPED.replace("clipped", "normal").replace(", noise_range: [0.02, 1]", "") + """
prior: {model: independent, distribution: normal, mean: 2, sd: 1}
"""
# The same, trained for less noise too: a mean of four rows has half of a row's.
WIDE = NORMAL.replace("normal\nseed", "wide\nseed").replace("epochs: 2, batch_size: 500", "epochs: 10, batch_size: 500, noise_range: [0.03, 0.2]")
RUNS = pathlib.Path()


def setUpModule():
    global RUNS
    RUNS = pathlib.Path(tempfile.mkdtemp(prefix="scorefem-test-"))
    for name, text in (("clipped", CLIPPED), ("normal", NORMAL), ("wide", WIDE)):
        (RUNS / f"{name}.yaml").write_text(text)
        for stage in ("generate", "train"):
            subprocess.run([PROGRAM, stage, RUNS / f"{name}.yaml", "--output", RUNS / name], check=True, capture_output=True, timeout=240)


def tearDownModule():
    shutil.rmtree(RUNS, ignore_errors=True)


class Certificate(ProgramTest):
    study = "clipped"

    def setUp(self):
        super().setUp()
        self.output = self.folder / "out.h5"
        with h5py.File(RUNS / self.study / "dataset.h5") as data:
            self.clean, self.normals = data["test/observations"][:], data["test/noise"][:]
            self.truth, self.response = data["test/unknowns"][:], data["response"][:]
            self.sd = 0.1 * data["train/observations"][:].std()
        self.measured = self.clean + self.sd * self.normals

    def rows(self, name, rows):
        text = "\n".join(",".join("" if value != value else repr(float(value)) for value in row) for row in rows)
        return self.write(name, text + "\n")

    def infer(self, measured, *arguments, run=None, **options):
        path = self.rows("measured.csv", numpy.atleast_2d(measured))
        return self.scorefem("infer", RUNS / f"{self.study}.yaml", "--measurement", path, "--output", self.output, "--run",
                             run or RUNS / self.study, "--threads", 2, *arguments, **options)

    def read(self, *names):
        with h5py.File(self.output) as file:
            return [file[name][:].astype(float) for name in names]


class Answers(Certificate):
    def test_corrected_posteriors_agree_with_references(self):
        result = self.infer(self.measured[:6], "--reference", "--correct", "--set", "sampling.samples=3000")
        self.assert_done(result)
        self.assertEqual(len(result.stdout.splitlines()), 6, result.stdout)  # a line each
        mean, sd, weights, khat, draws, weighted = self.read(*(f"corrected/{name}" for name in (
            "mean", "standard_deviation", "weights", "khat", "effective_draws", "weighted")))
        exact_mean, exact_sd, exact, bulk, off = self.read(*(f"reference/{name}" for name in (
            "mean", "standard_deviation", "samples", "ess_bulk", "distance")))
        samples, = self.read("samples")
        self.assertTrue((khat < 0.7).all(), khat)
        numpy.testing.assert_allclose(draws, 1 / (weights**2).sum(axis=1), rtol=1e-9)
        error = numpy.sqrt(1 / draws[:, None] + 1 / bulk)
        deviation = (mean - exact_mean) / exact_sd / error
        self.assertLess(abs(deviation).max(), 5)  # of 180
        # Weights with a k-hat of 1/2 err by somewhat more than their effective draws say; the learnt means by far more.
        own = (samples.mean(axis=1) - exact_mean) / exact_sd / error
        self.assertLess((deviation**2).mean(), 2.5)
        self.assertGreater((own**2).mean(), 4)
        self.assertLess(abs(numpy.log(sd / exact_sd)).max(), 5 * error.max())
        numpy.testing.assert_allclose(off, (samples.mean(axis=1) - exact_mean) / exact_sd, rtol=1e-4, atol=1e-5)
        learnt, corrected = [], []
        for i, one in enumerate(exact):
            chosen = numpy.searchsorted(weights[i].cumsum(), (numpy.arange(len(one)) + 0.5) / len(one)).clip(max=weights.shape[1] - 1)
            corrected.append(two_sample_test(weighted[i][chosen], one))
            learnt.append(two_sample_test(samples[i][:len(one)], one))
        self.assertLess(numpy.mean(corrected), 0.52, (learnt, corrected))
        self.assert_exported(exact, weighted, weights)

    def assert_exported(self, exact, weighted, weights):
        """What stands beside the learnt posterior reaches other programs too."""
        self.assert_done(self.scorefem("export", self.output, "--format", "netcdf", "--format", "csv"))
        stem = self.output.with_suffix("")
        with h5py.File(f"{stem}.nc") as file, h5py.File(self.output) as source:
            numpy.testing.assert_allclose(file["reference/unknowns"][0].swapaxes(0, 1), exact)
            numpy.testing.assert_allclose(file["corrected/weighted"][0].swapaxes(0, 1), weighted)
            numpy.testing.assert_allclose(file["corrected/weights"][0].T, weights)
            for group, names in (("reference", ("mean", "rhat", "ess_tail", "distance", "converged", "evaluations")),
                                 ("corrected", ("standard_deviation", "khat", "effective_draws", "trustworthy", "unsolved"))):
                for name in names:
                    numpy.testing.assert_allclose(file[f"{group}/{name}"], source[f"{group}/{name}"])
            means = source["reference/mean"][:], source["corrected/mean"][:]
        table = numpy.genfromtxt(f"{stem}_summary.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
        for name, mean in zip(("reference_mean", "corrected_mean"), means):
            numpy.testing.assert_allclose(table[name], mean.ravel(), rtol=1e-6)

    def test_a_measurement_outside_the_prior_is_not_trusted(self):
        with h5py.File(RUNS / self.study / "dataset.h5") as data:
            unknowns = data["train/unknowns"][:]
        far = (unknowns.mean(axis=0) + 12 * unknowns.std(axis=0) * numpy.sin(numpy.arange(30))) @ self.response.T
        result = self.infer(far + self.sd * self.normals[0], "--correct")
        self.assert_done(result)
        self.assertIn("NOT TO BE TRUSTED", result.stdout)
        self.assertIn("unlike those of training", result.stderr)
        khat, trustworthy, samples = self.read("corrected/khat", "corrected/trustworthy", "corrected/samples")
        self.assertGreater(khat[0], 0.7)
        self.assertEqual(trustworthy[0], 0)
        self.assertTrue(numpy.isnan(samples).all())

    def test_a_few_measurements_have_a_table_each(self):
        result = self.infer(self.measured[:2])
        self.assert_done(result)
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), 2 * 32)
        samples, = self.read("samples")
        numpy.testing.assert_allclose([float(line.split("|")[1].split()[0]) for line in lines[34:]], samples[1].mean(axis=0), rtol=1e-3)

    def test_equal_input_gives_equal_output_and_other_input_other_numbers(self):
        draws = []
        for row in (0, 0, 1):
            self.assert_done(self.infer(self.measured[row]))
            samples, = self.read("samples")
            draws.append((samples[0] - samples[0].mean(axis=0)) / samples[0].std(axis=0))
        self.assertTrue((draws[0] == draws[1]).all())
        self.assertLess(abs((draws[0] * draws[2]).mean()), 0.05)  # each its own: 0.01; the same numbers: nearly 1

    def test_what_is_refused(self):
        self.assert_refused(self.scorefem("infer", RUNS / "clipped.yaml", "--measurement", self.rows("m.csv", self.measured[:1]), "--output",
                                          RUNS / "clipped/posterior.h5", "--run", RUNS / "clipped"), "would replace a file of the run")
        few = self.infer(self.measured[0][::-1], "--reference", "--correct", "--set", "sampling.samples=100")
        self.assert_refused(few, "at least 300")
        self.assertNotIn("infer: measurement 1", few.stderr)  # before anything is looked at, drawn or solved
        self.assert_refused(self.infer(self.measured[0], "--density", self.write("x.csv", "1,2\n")), "x.csv")
        self.assertFalse(self.output.exists())


class Normal(Certificate):
    def exact(self, measured, sd):
        """Moments of the posterior of one measurement."""
        precision = numpy.eye(30) + self.response.T @ self.response / sd**2
        covariance = numpy.linalg.inv(precision)
        return covariance @ (2 + self.response.T @ measured / sd**2), covariance


class ClosedForm(Normal):
    study = "normal"

    def test_weights_are_target_over_density(self):
        self.assert_done(self.infer(self.measured[0], "--correct"))
        weighted, weights, mean, sd, draws = self.read(*(f"corrected/{name}" for name in (
            "weighted", "weights", "mean", "standard_deviation", "effective_draws")))
        least = numpy.argsort(weights[0])[:400:20]  # below what is smoothed
        x = weighted[0][least]
        self.assert_done(self.infer(self.measured[0], "--density", self.rows("x.csv", x)))
        density, = self.read("density/log_density")
        target = -0.5 * (((x - 2)**2).sum(axis=1) + ((self.measured[0] - x @ self.response.T)**2).sum(axis=1) / self.sd**2)
        left = numpy.log(weights[0][least]) - (target - density[0])
        self.assertLess(numpy.ptp(left), 0.05)
        # The learnt density is normalised: so is what the weights make of it.
        exact, covariance = self.exact(self.measured[0], self.sd)
        evidence = -0.5 * (x[0] - exact) @ numpy.linalg.solve(covariance, x[0] - exact) - 0.5 * numpy.linalg.slogdet(
            2 * numpy.pi * covariance)[1] - target[0]
        self.assertLess(abs(left.mean() + numpy.log(600) - evidence), 0.5)
        error = 1 / numpy.sqrt(draws[0])
        self.assertLess((((mean[0] - exact) / numpy.sqrt(numpy.diag(covariance)) / error)**2).mean(), 2.5)
        self.assertLess(abs(numpy.log(sd[0] / numpy.sqrt(numpy.diag(covariance)))).mean(), 2 * error)

    def test_repeated_measurements_with_less_noise_than_was_trained_for(self):
        rows = self.clean[0] + self.sd * self.normals[:4]
        self.assert_refused(self.infer(rows, "--repeated"), "not trained for", "--correct")
        self.assert_done(self.infer(rows, "--repeated", "--correct", "--reference", "--set", "sampling.samples=2000"))
        khat, trustworthy, chain, bulk = self.read("corrected/khat", "corrected/trustworthy", "reference/mean", "reference/ess_bulk")
        exact, covariance = self.exact(rows.mean(axis=0), self.sd / 2)
        self.assertLess((((chain[0] - exact) / numpy.sqrt(numpy.diag(covariance)))**2 * bulk[0]).mean(), 2.5)
        # So far off are samples of a network for twice the noise that k-hat is near its limit; the corrected mean is tested below.
        self.assertGreater(khat[0], 0.5)
        self.assertEqual(trustworthy[0], khat[0] < 0.7)
        rows[2] = self.measured[7]
        result = self.infer(rows, "--repeated", "--correct", "--set", "sampling.samples=2000")
        self.assertIn("rows differ from each other", result.stderr)


class RepeatedClosedForm(Normal):
    study = "wide"

    def test_repeated_measurements_of_the_same_unknowns(self):
        rows = self.clean[10] + self.sd * self.normals[10:14]
        self.assert_done(self.infer(rows, "--repeated", "--correct", "--set", "sampling.samples=2000"))
        samples, mean, sd, draws, khat, trustworthy = self.read("samples", *(f"corrected/{name}" for name in (
            "mean", "standard_deviation", "effective_draws", "khat", "trustworthy")))
        self.assertEqual(mean.shape, (1, 30))
        self.assertLess(khat[0], 0.7)
        self.assertEqual(trustworthy[0], 1)

        def off(found, deviation, noise):
            """Mean square of the mean's deviation, greatest of the standard deviation's, in standard errors."""
            exact, covariance = self.exact(rows.mean(axis=0), noise)
            width = numpy.sqrt(numpy.diag(covariance))
            return ((((found - exact) / width)**2 * draws[0]).mean(), abs(numpy.log(deviation / width)).max() * numpy.sqrt(2 * draws[0]))

        of_mean, of_sd = off(mean[0], sd[0], self.sd / 2)
        self.assertLess(of_mean, 2.5)  # expected: 1
        self.assertLess(of_sd, 5)  # of 30
        # The check notices samples that are not corrected, and rows that count as one.
        self.assertGreater(off(samples[0].mean(axis=0), samples[0].std(axis=0), self.sd / 2)[0], 2.5)
        self.assertTrue((numpy.array(off(mean[0], sd[0], self.sd)) > (2.5, 5)).all())


class Repeated(Certificate):
    def test_the_mean_at_the_smaller_noise_is_the_same(self):
        rows = self.clean[0] + self.sd * self.normals[:4]
        self.assert_done(self.infer(rows, "--repeated"))
        together, measurement = self.read("samples", "measurement")
        numpy.testing.assert_allclose(measurement[0], rows.mean(axis=0))
        self.assert_done(self.infer(rows.mean(axis=0), "--set", "noise.relative=0.05"))
        alone, = self.read("samples")
        deviation = (together[0].mean(axis=0) - alone[0].mean(axis=0)) / alone[0].std(axis=0) / numpy.sqrt(2 / 600)
        self.assertLess(abs(deviation).max(), 4.5)
        self.assertLess(abs(numpy.log(together[0].std(axis=0) / alone[0].std(axis=0))).max(), 0.2)


class WrongInput(Certificate):
    def test_it_is_noticed_before_samples_are_drawn_and_without_the_data(self):
        run = self.folder / "run"
        shutil.copytree(RUNS / self.study, run)
        (run / "dataset.h5").unlink()
        y = self.measured[0]
        marked = y.copy()
        marked[3] = -9999
        wrong = {"too large": (1000 * y, "multiplied by 0.001"), "too small": (y / 1000, "multiplied by 1000"),
                 "reversed": (y[::-1], "order"), "shifted": (numpy.roll(y, 1), ""), "missing": (marked, "= -9999")}
        self.assert_done(self.infer(y, "--strict", run=run))
        for name, (values, words) in wrong.items():
            result = self.infer(values, "--strict", run=run)
            self.assertEqual(result.returncode, 3, f"{name}: {result.stderr}")
            self.assertIn(words, result.stderr, name)
            self.assertIn("infer: measurement 1 is ", result.stderr.split("sample")[0], name)
        result = self.infer(numpy.array((y, marked)), run=run)
        self.assertIn("measurement 2 is unlike those of training", result.stderr)
        self.assertNotIn("measurement 1 is", result.stderr)
        p_value, noise, predictive = self.read("misfit/distance_p_value", "misfit/noise_p_value", "misfit/predictive_p_value")
        self.assertGreater(min(p_value[0], noise[0], predictive[0]), 0.001)
        self.assertLess(p_value[1], 0.001)
        distance, other = self.read("misfit/distance_warned", "misfit/predictive_warned")
        self.assertEqual(list(distance), [0, 1])
        self.assertEqual(other[0], 0)

    def test_a_full_disk_is_not_blamed_on_the_measurement(self):
        for strict in ((), ("--strict",)):
            result = self.infer(self.measured[0][::-1], *strict, preexec_fn=full_disk(20000))
            self.assert_failed(result, "out.h5: cannot ", ": File too large\n")
            self.assertIn("infer: measurement 1 is unlike", result.stderr)
            self.assertNotIn("unlike", result.stderr.split("scorefem: ")[1])
        self.assertFalse(self.output.exists())
