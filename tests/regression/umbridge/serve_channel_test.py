"""`serve` in front of the channel: its forward model, the posterior of a clipped prior, and a learnt sampler."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import h5py
import numpy

from servers import PROGRAM, TINY, ServedTest, Server


def differences(function, x, step=1e-5):
    return numpy.array([(function(x + step * e) - function(x - step * e)) / (2 * step) for e in numpy.eye(len(x))])


class Channel(ServedTest):
    """The program's own solver, with a prior that is clipped, and a trained network."""

    @classmethod
    def setUpClass(cls):
        cls.run_of_all = tempfile.mkdtemp(prefix="scorefem-test-")
        cls.addClassCleanup(shutil.rmtree, cls.run_of_all)
        for command in ("generate", "train"):
            subprocess.run([PROGRAM, command, str(TINY), "--output", cls.run_of_all], check=True, capture_output=True, timeout=240)

    def setUp(self):
        super().setUp()
        self.run_folder = pathlib.Path(self.run_of_all)
        self.server = Server(self.addCleanup, TINY, "--run", self.run_folder)
        with h5py.File(self.run_folder / "dataset.h5") as data:
            self.unknowns, self.clean = data["test/unknowns"][:], data["test/observations"][:]
            self.response = data["response"][:]
            self.pooled = numpy.std(data["train/observations"][:])

    def test_forward(self):
        x = self.unknowns[0]
        output = self.server.result("/Evaluate", name="forward", input=[x.tolist()])["output"][0]
        numpy.testing.assert_allclose(output, self.clean[0], rtol=1e-9, atol=1e-9)
        sens = numpy.linspace(-1, 1, len(output))
        gradient = self.server.result("/Gradient", name="forward", outWrt=0, inWrt=0, input=[x.tolist()],
                                      sens=sens.tolist())["output"]
        numpy.testing.assert_allclose(gradient, self.response.T @ sens, rtol=1e-12)  # the adjoint, not differences

    def test_posterior_of_a_clipped_prior(self):
        size = self.server.result("/InputSizes", name="posterior")["inputSizes"][0]
        config = {"measurement": self.clean[0].tolist()}
        z = numpy.random.default_rng(3).normal(size=(4, size))
        values, expected = [], []
        for point in z:
            values.append(self.server.result("/Evaluate", name="posterior", input=[point.tolist()], config=config))
            seen = self.server.result("/Evaluate", name="forward", input=[point.tolist()], config={"coordinates": "white"})
            residual = (numpy.array(seen["output"][0]) - self.clean[0]) / (0.1 * self.pooled)
            expected.append(-0.5 * point @ point - 0.5 * residual @ residual)
        values = [value["output"][0][0] for value in values]
        numpy.testing.assert_allclose(numpy.diff(values), numpy.diff(expected), rtol=1e-6)
        gradient = self.server.result("/Gradient", name="posterior", outWrt=0, inWrt=0, input=[z[0].tolist()], sens=[1],
                                      config=config)["output"]

        def density(point):
            return self.server.result("/Evaluate", name="posterior", input=[point.tolist()], config=config)["output"][0][0]

        numpy.testing.assert_allclose(gradient, differences(density, z[0], 1e-4), rtol=1e-3, atol=1e-2)
        refused = self.server.post("/Evaluate", name="posterior", input=[self.unknowns[0].tolist()],
                                   config={"coordinates": "unknowns"})
        self.assertEqual(refused.json()["error"]["type"], "UnsupportedFeature")
        missing = self.server.post("/Evaluate", name="posterior", input=[z[0].tolist()])
        self.assertIn("config.measurement", missing.json()["error"]["message"])

    def test_sampler(self):
        y = self.clean[0].tolist()
        n = len(self.unknowns[0])
        config = {"samples": 50, "seed": 3}
        self.assertEqual(self.server.result("/OutputSizes", name="sampler", config=config)["outputSizes"], [n] * 50)
        self.assertFalse(self.server.result("/ModelInfo", name="sampler")["support"]["Gradient"])
        samples = self.server.result("/Evaluate", name="sampler", input=[y], config=config)["output"]
        again = self.server.result("/Evaluate", name="sampler", input=[y], config=config)["output"]
        other = self.server.result("/Evaluate", name="sampler", input=[y], config={**config, "seed": 4})["output"]
        self.assertEqual(samples, again)
        self.assertNotEqual(samples, other)
        # What `scorefem infer` writes with the same seed.
        path = self.write("y.csv", ",".join(map(repr, y)) + "\n")
        out = self.folder / "x.h5"
        self.assert_done(self.scorefem("infer", TINY, "--run", self.run_folder, "--measurement", path, "--output", out,
                                       "--set", "sampling.samples=50"))
        samples = self.server.result("/Evaluate", name="sampler", input=[y], config={"samples": 50})["output"]
        with h5py.File(out) as file:
            numpy.testing.assert_allclose(samples, file["samples"][0], rtol=1e-6)
        for bad in ({"samples": 0}, {"samples": 10**9}, {"seed": -1}, {"samples": 1.5}):
            response = self.server.post("/Evaluate", name="sampler", input=[y], config=bad)
            self.assertEqual((response.status_code, response.json()["error"]["type"]), (400, "InvalidInput"), bad)
        response = self.server.post("/Evaluate", name="sampler", input=[[None] + y[1:]])
        self.assertEqual(response.json()["error"]["type"], "InvalidInput")


if __name__ == "__main__":
    unittest.main()
