"""Derivatives that a server offers: `serve` hands them on, and references use them."""
import unittest

import h5py
import numpy

from model_server import forward, jacobian
from servers import CONFIG, ServedTest, Server

SCALE = {"scale": 2}
SMALL = ("--set", "data={train: 60, test: 6}", "--set", "reference={measurements: 1, samples: 100, chains: 2, warmup: 20, iterations: 100, max_iterations: 100, ess: 10, rhat: 2}",
         "--set", "forward.unknowns=[{name: a}, {name: b}, {name: c}]")


def split(theta):
    return [list(theta[:2]), list(theta[2:])]


class Derivatives(ServedTest):
    def test_serve_hands_them_on(self):
        models = self.start_models("--derivatives")
        path = self.write("y.csv", "1,1.5,0.3\n")
        server = Server(self.addCleanup, CONFIG, "--run", self.run_folder, "--set", f"forward.url={models.url}", "--measurement", path)
        self.assertIn("derivatives the model's own", "".join(server.lines))
        x = numpy.array([0.7, -0.4, 1.2])
        exact = numpy.array(jacobian(split(x), SCALE))
        ask = {"outWrt": 0, "inWrt": 0, "input": [x.tolist()]}
        sens, vec = [1.0, -2.0, 0.5], numpy.array([0.3, 1.0, -0.2])
        gradient = server.result("/Gradient", name="forward", sens=sens, **ask)["output"]
        numpy.testing.assert_allclose(gradient, exact.T @ sens, rtol=1e-14, atol=1e-14)  # differences are at 1e-8
        action = server.result("/ApplyJacobian", name="forward", vec=vec.tolist(), **ask)["output"]
        numpy.testing.assert_allclose(action, exact @ vec, rtol=1e-14, atol=1e-14)
        self.assertEqual(self.statistics(models)["evaluations"], 0)
        residual = numpy.concatenate(forward(split(x), SCALE)) - [1, 1.5, 0.3]
        gradient = server.result("/Gradient", name="posterior", sens=[1], **ask)["output"]
        numpy.testing.assert_allclose(gradient, -x - exact.T @ residual / 0.1**2, rtol=1e-6)

    def reference(self, *flags):
        """Draws [measurement, draw, unknown] of two posteriors; what the program said; what the server was asked."""
        models = self.start_models(*flags)
        folder = self.folder / ("with" if flags else "without")
        self.assert_done(self.program("generate", models.url, *SMALL, folder=folder))
        before = self.statistics(models)
        done = self.program("reference", models.url, *SMALL, folder=folder)
        self.assert_done(done)
        after = self.statistics(models)
        with h5py.File(folder / "reference.h5") as file:
            return file["mean"][:], file["standard_deviation"][:], done.stderr, {name: after[name] - before[name] for name in after}

    def test_references_use_them(self):
        mean, sd, text, asked = self.reference("--derivatives")
        other_mean, other_sd, other_text, other_asked = self.reference()
        self.assertRegex(text, r"[0-9]+ derivatives by http")
        self.assertNotIn("derivatives by", other_text)
        self.assertGreater(asked["derivatives"], 0)
        self.assertEqual(other_asked["derivatives"], 0)
        # The same posterior, of few draws: wrong derivatives would start the chains far off.
        self.assertLess(numpy.abs((mean - other_mean) / sd).max(), 1)
        numpy.testing.assert_allclose(sd, other_sd, rtol=0.6)


if __name__ == "__main__":
    unittest.main()
