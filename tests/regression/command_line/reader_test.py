"""scripts/scorefem_reader, NumPy and h5py alone, against the program: the same samples from the same starting numbers, the same tensors as
PyTorch reads, the same data set."""
import pathlib
import shutil
import subprocess
import sys
import unittest

import h5py
import numpy
import torch

from program import ProgramTest

SCRIPTS = pathlib.Path(__file__).resolve().parents[3] / "scripts"
sys.path.insert(0, str(SCRIPTS))
from scorefem_reader import Dataset, Model, Posterior, ReaderError, starting_normals  # noqa: E402  (the path comes first)
from scorefem_reader.archive import read_archive  # noqa: E402

END_TIME, STEPS = 0.01, 12
# Every branch of the networks, and every process.
STUDIES = {
    "mlp": ("model.network=mlp", "process.family=ve_geometric"),
    "mlp_masked": ("model.network=mlp", "data.mask_probability=0.7", "model.masked=true", "model.activation=silu", "process.family=vp",
                   "training.ema_decay=0.9"),
    "residual": ("model.network=gaussian_residual", "model.positive=false", "process.family=vp_straight", "process.k=3"),
    "residual_clipped_masked": ("model.network=gaussian_residual", "model.positive=true", "data.mask_probability=0.7", "model.masked=true",
                                "model.activation=silu", "process.family=vp", "training.noise_range=[0.05, 0.5]",
                                "training.fresh_noise=true"),
    "residual_quadratic_masked": ("model.network=gaussian_residual", "model.positive=false", "model.centre=quadratic",
                                  "data.mask_probability=0.7", "model.masked=true",
                                  "process.family=ve_linear", "data.train=2000"),  # more than its 495 features
    "residual_layers": ("model.network=gaussian_residual", "model.positive=false", "model.layers=residual", "training.weight_decay=0.02",
                        "training.small_angles=0.6", "training.learning_rate=0.003", "process.family=vp"),
    "residual_layers_clipped": ("model.network=gaussian_residual", "model.layers=residual", "model.hidden_layers=1",
                                "training.learning_rate=0.003", "process.family=vp"),
    "bounded": ("model.network=gaussian_residual", "process.family=vp",
                "prior={model: independent, distribution: truncated_normal, mean: 2, sd: 2, lower: 0, upper: 4}"),
    "own_noise": ("model.network=gaussian_residual", "process.family=vp", "prior={model: independent, distribution: uniform, lower: 0, upper: 4}",
                  "noise={model: none}"),
}


def probability_flow(answer, normals):
    """The paper's Eq. (40) by Heun's method, as `sampling.method: heun` does it (diffusion/sampling/stochastic_sampler.h): for y = x / m in
    rho = s / m, dy/drho = -s S(x, t), steps equal in log rho, and from the last rho to the denoised mean."""
    process = answer.process

    def ratio(t):
        return process.stddev(t) / process.mean(t)

    def noise(y, t):
        return -process.stddev(t) * answer.score(process.mean(t) * y, t)

    first, last = ratio(process.start_time), ratio(END_TIME)
    times = [process.start_time, *(process.time_of_ratio(first * (last / first) ** (i / (STEPS - 1))) for i in range(1, STEPS))]
    y = answer.initial_stddev(times[0]) * normals / process.mean(times[0])
    for here, there in zip(times, times[1:]):
        step, slope = ratio(there) - ratio(here), noise(y, here)
        y = y + 0.5 * step * (slope + noise(y + step * slope, there))
    return answer.to_physical(y - ratio(times[-1]) * noise(y, times[-1]))


class Reader(ProgramTest):
    def make(self, settings, *sampling):
        words = [word for setting in (*settings, *sampling) for word in ("--set", setting)]
        for command in ("generate", "train", "sample"):
            self.assert_done(self.stage(command, *words))
        return Model(self.run_folder / "model.pt"), Posterior(self.run_folder / "posterior.h5")

    def check(self, name):
        model, posterior = self.make(STUDIES[name], "sampling.method=heun", f"sampling.steps={STEPS}", f"sampling.end_time={END_TIME}",
                                     "sampling.measurements=6", "sampling.samples=50")
        self.assertTrue(model.finished)
        scale = posterior.standard_deviations().mean()
        for row, measurement in enumerate(posterior.measurement):
            answer = model.condition(measurement, posterior.noise_std)
            samples = probability_flow(answer, starting_normals(posterior.seed, row, 50, model.n_unknowns))
            # The program evaluates its network in float32. What a clipped prior adds depends on directions in which the posterior is all
            # but a point (1e-6 of the widest): their variances are known to 1e-4, by any arithmetic in float64.
            tolerance = 1e-5 if model.response is None else 5e-3
            self.assertLess(numpy.abs(samples - posterior.samples[row]).max(), tolerance * scale, f"measurement {row}")
            # The angle's flow belongs to the same score.
            t = 0.4
            m, s = answer.process.mean(t), answer.process.stddev(t)
            radius, x = numpy.hypot(m, s), samples[:3] * 0.1
            flow = s / m * (radius * answer.score(radius * x, t) + x)
            self.assertLess(numpy.abs(answer.flow(x, numpy.arctan2(s, m)) - flow).max(), 1e-9 * (1 + numpy.abs(flow).max()))
        return model, posterior

    def check_sampler(self, name, model):
        """sample_from() against `sampling.method: angle_rk3`, for the run that check() left."""
        settings = (*STUDIES[name], "sampling.method=angle_rk3", "sampling.steps=6", "sampling.measurements=2", "sampling.samples=50")
        self.assert_done(self.stage("sample", *(word for setting in settings for word in ("--set", setting))))
        posterior = Posterior(self.run_folder / "posterior.h5")
        scale = posterior.standard_deviations().mean()
        for row, measurement in enumerate(posterior.measurement):
            answer = model.condition(measurement, posterior.noise_std)
            samples = answer.sample_from(starting_normals(posterior.seed, row, 50, model.n_unknowns), steps=6)
            self.assertLess(numpy.abs(samples - posterior.samples[row]).max(), 1e-5 * scale)

    def test_mlp(self):
        model, posterior = self.check("mlp")
        self.check_sampler("mlp", model)
        whole = torch.jit.load(self.run_folder / "model.pt", map_location="cpu")
        module = read_archive(self.run_folder / "model.pt")
        self.assertEqual(module["metadata"], whole.metadata)
        compared = 0
        for name, child in whole.named_children():
            for key, tensor in child.named_buffers():
                numpy.testing.assert_array_equal(module[name][key], tensor.numpy())
                compared += 1
        self.assertGreater(compared, 10)
        with self.assertRaisesRegex(ReaderError, "trained without masks"):
            model.condition(numpy.full(30, numpy.nan), posterior.noise_std)
        with self.assertRaisesRegex(ReaderError, "shape"):
            model.condition(numpy.zeros(29), posterior.noise_std)
        with self.assertRaisesRegex(ReaderError, "noise_std = 7"):
            model.condition(posterior.measurement[0], 7)

    def test_mlp_masked(self):
        self.check("mlp_masked")

    def test_residual(self):
        model, _ = self.check("residual")
        self.check_sampler("residual", model)

    def test_residual_layers(self):
        model, _ = self.check("residual_layers")
        self.check_sampler("residual_layers", model)
        self.assertEqual(model.options["layers"], "residual")

    def test_residual_layers_clipped(self):
        self.check("residual_layers_clipped")

    def test_residual_clipped_masked(self):
        _, posterior = self.check("residual_clipped_masked")
        self.assertTrue(numpy.isnan(posterior.measurement).any())
        self.assertEqual(posterior.samples.min(), 0)

    def test_residual_quadratic_masked(self):
        self.check("residual_quadratic_masked")

    def test_unknowns_within_bounds(self):
        for name in ("bounded", "own_noise"):
            model, posterior = self.check(name)
            self.assertEqual(len(model.marginals), 30)
            samples = model.condition(posterior.measurement[0], posterior.noise_std).sample(200, seed=1)
            self.assertGreaterEqual(samples.min(), 0)
            self.assertLessEqual(samples.max(), 4)
            self.assertEqual(posterior.unknowns.names[16], "upper 2")
            shutil.rmtree(self.run_folder)

    def test_its_own_sampler_draws_from_the_same_posterior(self):
        n = 4000
        model, posterior = self.make(STUDIES["residual_clipped_masked"], "sampling.method=angle_rk3", "sampling.steps=8",
                                     "sampling.measurements=1", f"sampling.samples={n}")
        samples = model.condition(posterior.measurement[0], posterior.noise_std).sample(n, seed=3)
        self.assertEqual(samples.shape, (n, 30))
        deviation = posterior.standard_deviations()[0]
        # Two independent sets: as in checkpoint_python_test.py.
        self.assertLess(numpy.abs((samples.mean(0) - posterior.means()[0]) / deviation).max(), 5 * (2 / n) ** 0.5)
        self.assertLess(numpy.abs(samples.std(0, ddof=1) / deviation - 1).max(), 10 * (1 / n) ** 0.5)

    def test_data_set(self):
        self.make(STUDIES["mlp_masked"])
        posterior = Posterior(self.run_folder / "posterior.h5")
        with Dataset(self.run_folder / "dataset.h5") as data:
            self.assertEqual((len(data.train), len(data.test)), (400, 20))
            self.assertEqual((len(data.unknowns), len(data.observations)), (30, 30))
            self.assertEqual(data.unknowns.names[0], "lower 1")
            self.assertEqual(data.unknowns.names[29], "upper 15")
            self.assertEqual(list(data.unknowns.of_group("upper wall")), list(range(15, 30)))
            self.assertEqual(data.observations.positions.shape, (30, 2))
            self.assertEqual(data.attribute("seed"), 5)
            numpy.testing.assert_array_equal(data.test.unknowns[:6], posterior.truth)
            numpy.testing.assert_allclose(data.test.measurements(posterior.noise_std)[:6], posterior.measurement, rtol=1e-12)
            with h5py.File(self.run_folder / "dataset.h5") as file:
                numpy.testing.assert_array_equal(data.train.observations, file["train/observations"][()])
                numpy.testing.assert_array_equal(data.array("/test/field"), file["test/field"][()])
        with self.assertRaisesRegex(ReaderError, "type = scorefem dataset; expected scorefem posterior"):
            Posterior(self.run_folder / "dataset.h5")

    def test_needs_numpy_and_h5py_alone(self):
        code = "import sys, scorefem_reader; print(*sorted({name.split('.')[0] for name in sys.modules}))"
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=SCRIPTS)
        loaded = set(result.stdout.split())
        self.assertTrue({"numpy", "h5py"} <= loaded)
        self.assertFalse(loaded & {"torch", "scipy", "matplotlib", "yaml", "pandas", "sklearn"})


if __name__ == "__main__":
    unittest.main()
