"""`scorefem serve` against the UM-Bridge protocol 1.0 (https://um-bridge-benchmarks.readthedocs.io): whatever a model is, its
endpoints have these fields, sizes and errors. Every model of every kind of server is asked."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import numpy
import requests

from servers import CONFIG, PROGRAM, TINY, Server, start_models

FEATURES = ("Evaluate", "Gradient", "ApplyJacobian", "ApplyHessian")
ENDPOINTS = ("ModelInfo", "InputSizes", "OutputSizes", *FEATURES)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Conformity:
    """What every server has to do: a subclass starts one."""

    #: Each entry of an input: one that every model can be evaluated at.
    at = 0.1

    def setUp(self):
        self.session = requests.Session()
        self.addCleanup(self.session.close)

    def request(self, method, path, **options):
        response = self.session.request(method, self.server.url + path, timeout=60, **options)
        if method != "HEAD":
            self.assertTrue(response.headers["Content-Type"].startswith("application/json"))
        return response

    def ok(self, endpoint, *fields, **body):
        """The answer, which has these fields and no others."""
        response = self.request("POST", "/" + endpoint, json=body)
        self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(set(response.json()), set(fields))
        return response.json()

    def refused(self, kind, endpoint, body):
        response = self.request("POST", "/" + endpoint, json=body)
        self.assertEqual(response.status_code, 400, (endpoint, body, response.text))
        self.assertEqual(set(response.json()), {"error"})
        error = response.json()["error"]
        self.assertEqual(set(error), {"type", "message"})
        self.assertEqual(error["type"], kind, (endpoint, body, error))
        self.assertIsInstance(error["message"], str)
        self.assertGreater(len(error["message"]), 5)

    def models(self):
        """Each model with its sizes and what it supports."""
        info = self.request("GET", "/Info").json()
        self.assertEqual(set(info), {"protocolVersion", "models"})
        self.assertEqual(info["protocolVersion"], 1.0)
        self.assertEqual(info["models"], self.expected)
        for name in info["models"]:
            sizes = (self.ok("InputSizes", "inputSizes", name=name)["inputSizes"],
                     self.ok("OutputSizes", "outputSizes", name=name)["outputSizes"])
            for list_of_sizes in sizes:
                self.assertGreater(len(list_of_sizes), 0)
                self.assertTrue(all(type(size) is int and size > 0 for size in list_of_sizes), sizes)
            support = self.ok("ModelInfo", "support", name=name)["support"]
            self.assertEqual(set(support), set(FEATURES))
            self.assertTrue(all(type(offered) is bool for offered in support.values()))
            with self.subTest(model=name):
                yield name, *sizes, support

    def body(self, name, inputs):
        return {"name": name, "config": {}, "input": [[self.at] * size for size in inputs]}

    def extra(self, feature, inputs, outputs):
        """What a request for a derivative has besides."""
        vec, sens = [self.at] * inputs[0], [1.0] * outputs[0]
        return {"Evaluate": {}, "Gradient": {"outWrt": 0, "inWrt": 0, "sens": sens},
                "ApplyJacobian": {"outWrt": 0, "inWrt": 0, "vec": vec},
                "ApplyHessian": {"outWrt": 0, "inWrt1": 0, "inWrt2": 0, "vec": vec, "sens": sens}}[feature]

    def test_info_and_methods(self):
        self.assertLess(self.request("HEAD", "/").status_code, 500)
        self.assertEqual(self.request("GET", "/Nothing").status_code, 404)
        for endpoint in ENDPOINTS:
            for method in ("GET", "PUT", "DELETE", "PATCH"):
                self.assertIn(self.request(method, "/" + endpoint).status_code, (404, 405), (method, endpoint))
        list(self.models())

    def test_evaluate(self):
        for name, inputs, outputs, support in self.models():
            self.assertTrue(support["Evaluate"])
            body = self.body(name, inputs)
            output = self.ok("Evaluate", "output", **body)["output"]
            self.assertEqual([len(vector) for vector in output], outputs)
            self.assertTrue(all(is_number(value) for vector in output for value in vector))
            # The configuration may be empty, missing or null; whole numbers are numbers; other fields are passed over.
            for same in ({**body, "config": None}, {key: body[key] for key in ("name", "input")}, {**body, "comment": [1]}):
                self.assertEqual(self.ok("Evaluate", "output", **same)["output"], output)
            self.ok("Evaluate", "output", **{**body, "input": [[0] * size for size in inputs]})
            text = json.dumps(body, indent=4)
            for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json; charset=utf-8"}):
                self.assertEqual(self.request("POST", "/Evaluate", data=text, headers=headers).json()["output"], output)

    def test_model_not_found(self):
        for endpoint in ENDPOINTS:
            for name in ("none", "", "Forward", "forward ", 3, None, ["forward"]):
                self.refused("ModelNotFound", endpoint, {"name": name})
            self.refused("InvalidInput", endpoint, {})
            self.refused("InvalidInput", endpoint, {"model": self.expected[0]})
            self.refused("InvalidInput", endpoint, [self.expected[0]])

    def test_unsupported_features(self):
        """Said of the model, whatever else the request has or lacks."""
        for name, inputs, outputs, support in self.models():
            for feature in FEATURES:
                if support[feature]:
                    continue
                self.refused("UnsupportedFeature", feature, {"name": name})
                self.refused("UnsupportedFeature", feature, {**self.body(name, inputs), **self.extra(feature, inputs, outputs)})

    def test_invalid_inputs(self):
        for name, inputs, outputs, support in self.models():
            body, n = self.body(name, inputs), inputs[0]
            wrong = [self.at] * (n + 1)
            changes = [{"input": bad} for bad in (
                None, "1", 1, {}, [], [[]], [self.at] * n, [wrong], [wrong[2:]], [wrong[1:], wrong[1:]], [None], [{}],
                [["1"] * n], [[True] * n], [[[self.at]] * n])]
            changes += [{"config": bad} for bad in ("1", 1, [], True, {"no such key": 1})]
            for feature in (feature for feature in FEATURES if support[feature]):
                good = {**body, **self.extra(feature, inputs, outputs)}
                for change in changes:
                    self.refused("InvalidInput", feature, {**good, **change})
                for missing in set(good) - {"name", "config"}:
                    self.refused("InvalidInput", feature, {key: value for key, value in good.items() if key != missing})
                for key in (key for key in good if "Wrt" in key):
                    for bad in (-1, len(outputs if key == "outWrt" else inputs), 10**30, 0.5, "0", None, [0]):
                        self.refused("InvalidInput", feature, {**good, key: bad})
                for key in (key for key in ("vec", "sens") if key in good):
                    for bad in (None, 1, [], good[key] + [1.0], good[key][1:], [None] * len(good[key]), ["1"] * len(good[key])):
                        self.refused("InvalidInput", feature, {**good, key: bad})

    def test_derivatives_are_those_of_the_values(self):
        for name, inputs, outputs, support in self.models():
            self.assertEqual(support["Gradient"], support["ApplyJacobian"])
            if not support["Gradient"]:
                continue
            random = numpy.random.default_rng(4)
            x, direction = random.normal(size=(2, inputs[0])) * 0.3
            sens = random.normal(size=outputs[0])
            body = {"name": name, "config": {}}

            def value(at, body=body):
                return numpy.array(self.ok("Evaluate", "output", **body, input=[at.tolist()])["output"][0])

            step = 1e-4
            slope = (value(x + step * direction) - value(x - step * direction)) / (2 * step)
            derivative = {**body, "outWrt": 0, "inWrt": 0, "input": [x.tolist()]}
            gradient = self.ok("Gradient", "output", **derivative, sens=sens.tolist())["output"]
            action = self.ok("ApplyJacobian", "output", **derivative, vec=direction.tolist())["output"]
            self.assertEqual((len(gradient), len(action)), (inputs[0], outputs[0]))
            size = numpy.abs(slope).max()
            self.assertGreater(size, 0)
            numpy.testing.assert_allclose(action, slope, rtol=1e-4, atol=1e-4 * size)
            # v . J d = (J^T v) . d
            numpy.testing.assert_allclose(numpy.dot(gradient, direction), sens @ slope, rtol=1e-3,
                                          atol=1e-4 * size * numpy.abs(sens).sum())
            nothing = self.ok("Gradient", "output", **derivative, sens=[0] * outputs[0])["output"]
            self.assertEqual(nothing, [0] * inputs[0])


class BehindAnotherServer(Conformity, unittest.TestCase):
    """A model of which only values are known; the other server's own derivatives in a subclass."""

    expected = ["forward", "posterior"]
    flags = ()

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="scorefem-test-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        (folder / "y.csv").write_text("1.0,1.5,0.3\n")
        models = start_models(cls.addClassCleanup, *cls.flags)
        cls.server = Server(cls.addClassCleanup, CONFIG, "--run", folder / "run", "--set", f"forward.url={models.url}",
                            "--measurement", folder / "y.csv")

    def test_invalid_output(self):
        """What the model fails at is its output's fault, not the input's: of the right size and type."""
        for name in ("forward", "posterior"):
            self.refused("InvalidOutput", "Evaluate", {"name": name, "input": [[3, 0, 0]], "config": {}})


class WithDerivativesOfAnotherServer(BehindAnotherServer):
    flags = ("--derivatives",)


class Channel(Conformity, unittest.TestCase):
    """The program's own solver, a density in white coordinates, and a trained network."""

    expected = ["forward", "posterior", "sampler"]

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="scorefem-test-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        short = ["--set", "training.epochs=2"]
        for command in ("generate", "train"):
            subprocess.run([PROGRAM, command, TINY, "--output", folder / "run", *short], check=True, capture_output=True, timeout=240)
        served = [TINY, "--run", folder / "run", *short]
        without = Server(cls.addClassCleanup, *served)
        n = without.result("/InputSizes", name="sampler")["inputSizes"][0]
        (folder / "y.csv").write_text(",".join(["0.1"] * n) + "\n")
        cls.server = Server(cls.addClassCleanup, *served, "--measurement", folder / "y.csv")

    def test_configurations_change_sizes(self):
        for name, key, value in (("forward", "inputSizes", {"coordinates": "white"}), ("sampler", "outputSizes", {"samples": 7})):
            endpoint = key[0].upper() + key[1:]
            size = self.ok(endpoint, key, name=name, config=value)[key]
            inputs = self.ok("InputSizes", "inputSizes", name=name, config=value)["inputSizes"]
            output = self.ok("Evaluate", "output", name=name, config=value, input=[[self.at] * inputs[0]])["output"]
            if key == "inputSizes":
                self.assertEqual(size, inputs)
            else:
                self.assertEqual([len(vector) for vector in output], size)
                self.assertEqual(len(size), 7)


if __name__ == "__main__":
    unittest.main()
