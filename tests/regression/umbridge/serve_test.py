"""`scorefem serve` as a client in Python sees it: the protocol, the numbers, and what it does with bad requests."""

import json
import signal
import socket
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import numpy
import requests

from model_server import forward
from servers import CONFIG, ServedTest, Server

SD = 0.1
LEAST = -numpy.finfo(float).max


def posterior(theta, measurement):
    """log N(theta; 0, I) + log N(measurement; forward(theta), SD^2), up to a constant."""
    a, b = forward([theta[:2], theta[2:]], {"scale": 2})
    return -0.5 * numpy.sum(numpy.square(theta)) - 0.5 * numpy.sum(numpy.square((numpy.array(a + b) - measurement) / SD))


def differences(function, x, step=1e-5):
    return numpy.array([(function(x + step * e) - function(x - step * e)) / (2 * step) for e in numpy.eye(len(x))])


class Curved(ServedTest):
    """In front of a model of which nothing is known but its values."""

    measurement = numpy.array([1.0, 1.5, 0.3])

    def setUp(self):
        super().setUp()
        self.models = self.start_models()
        path = self.write("y.csv", ",".join(map(str, self.measurement)) + "\n")
        self.server = Server(self.addCleanup, CONFIG, "--run", self.run_folder, "--set", f"forward.url={self.models.url}",
                             "--measurement", path)

    def test_what_there_is(self):
        info = requests.get(self.server.url + "/Info", timeout=60)
        self.assertEqual(info.json(), {"protocolVersion": 1.0, "models": ["forward", "posterior"]})
        self.assertTrue(info.headers["Content-Type"].startswith("application/json"))
        for name, outputs in (("forward", [3]), ("posterior", [1])):
            support = self.server.result("/ModelInfo", name=name)["support"]
            self.assertEqual(support, {"Evaluate": True, "Gradient": True, "ApplyJacobian": True, "ApplyHessian": False})
            self.assertEqual(self.server.result("/InputSizes", name=name, config={}), {"inputSizes": [3]})
            self.assertEqual(self.server.result("/OutputSizes", name=name), {"outputSizes": outputs})

    def test_values_and_derivatives(self):
        x = numpy.array([0.7, -0.4, 1.2])
        inputs = [x.tolist()]

        def model(theta):
            return numpy.concatenate(forward([theta[:2], theta[2:]], {"scale": 2}))

        self.assertEqual(self.server.result("/Evaluate", name="forward", input=inputs)["output"], [model(x).tolist()])
        sens, vec = [1.0, -2.0, 0.5], numpy.array([0.3, 1.0, -0.2])
        jacobian = numpy.array([differences(lambda theta, i=i: model(theta)[i], x) for i in range(3)])
        gradient = self.server.result("/Gradient", name="forward", outWrt=0, inWrt=0, input=inputs, sens=sens)
        numpy.testing.assert_allclose(gradient["output"], jacobian.T @ sens, rtol=1e-6, atol=1e-7)
        action = self.server.result("/ApplyJacobian", name="forward", outWrt=0, inWrt=0, input=inputs, vec=vec.tolist())
        numpy.testing.assert_allclose(action["output"], jacobian @ vec, rtol=1e-6, atol=1e-7)

        y = numpy.random.default_rng(1).normal(size=(5, 3)) * 0.5
        at = [self.server.result("/Evaluate", name="posterior", input=[t.tolist()])["output"][0][0] for t in y]
        expected = [posterior(t, self.measurement) for t in y]
        numpy.testing.assert_allclose(numpy.diff(at), numpy.diff(expected), rtol=1e-9)
        slope = differences(lambda theta: posterior(theta, self.measurement), x)
        gradient = self.server.result("/Gradient", name="posterior", outWrt=0, inWrt=0, input=inputs, sens=[2])
        numpy.testing.assert_allclose(gradient["output"], 2 * slope, rtol=1e-5)
        action = self.server.result("/ApplyJacobian", name="posterior", outWrt=0, inWrt=0, input=inputs, vec=vec.tolist())
        numpy.testing.assert_allclose(action["output"], [slope @ vec], rtol=1e-5)

        # Another measurement, one of which is missing; and the same in coordinates that are normal under the prior.
        other = {"measurement": [0.5, None, 0.1]}
        at = [self.server.result("/Evaluate", name="posterior", input=[t.tolist()], config=other)["output"][0][0]
              for t in y]
        expected = [-0.5 * t @ t - 0.5 * numpy.sum(((model(t) - [0.5, 0, 0.1])[[0, 2]] / SD)**2) for t in y]
        numpy.testing.assert_allclose(numpy.diff(at), numpy.diff(expected), rtol=1e-9)
        # The prior is N(0, I): its white coordinates are its own, those of equal variance last first.
        white = self.server.result("/Evaluate", name="posterior", input=inputs, config={"coordinates": "white"})
        numpy.testing.assert_allclose(white["output"][0][0], posterior(x[::-1], self.measurement), rtol=1e-9)

    def assert_error(self, response, status, kind, *words):
        self.assertEqual(response.status_code, status, response.text)
        error = response.json()["error"]
        self.assertEqual(error["type"], kind, error)
        for word in words:
            self.assertIn(word, error["message"])

    def test_errors(self):
        ok = {"name": "forward", "input": [[0, 0, 0]], "config": {}}
        self.assert_error(self.server.post("/Evaluate", **{**ok, "name": "backward"}), 400, "ModelNotFound",
                          "forward, posterior")
        for changed in ({"input": [[0, 0]]}, {"input": []}, {"input": [[0, 0, 0], [0]]}, {"input": [0, 0, 0]},
                        {"input": [[0, 0, "0"]]}, {"input": [[0, 0, None]]}, {"input": None}, {"config": 3},
                        {"config": {"level": 1}}, {"config": {"coordinates": "black"}}):
            self.assert_error(self.server.post("/Evaluate", **{**ok, **changed}), 400, "InvalidInput")
        derivative = {**ok, "outWrt": 0, "inWrt": 0}
        for changed in ({"outWrt": 1}, {"inWrt": -1}, {"outWrt": "0"}, {"inWrt": None}, {"sens": [1, 2]}, {"sens": 1}):
            self.assert_error(self.server.post("/Gradient", **{**derivative, "sens": [1, 2, 3], **changed}), 400,
                              "InvalidInput")
        self.assert_error(self.server.post("/ApplyJacobian", **derivative, vec=[1]), 400, "InvalidInput", "vec")
        self.assert_error(self.server.post("/ApplyHessian", **derivative, inWrt1=0, inWrt2=0, vec=[1], sens=[1]), 400,
                          "UnsupportedFeature")
        self.assert_error(self.server.post("/Evaluate", **{**ok, "input": [[3, 0, 0]]}), 400, "InvalidOutput",
                          "a is 3.0, more than 2")  # what the model behind it says
        self.assert_error(self.server.post("/Evaluate", name="posterior", input=[[0, 0, 0]],
                                           config={"measurement": [1, 2]}), 400, "InvalidInput", "config.measurement")
        self.assert_error(self.server.post("/Nothing"), 404, "InvalidInput")

    def raw(self, data, wait=5, end=True):
        """What the server answers to bytes; empty if it just closes the connection. `end`: nothing follows them, which to the
        server is a client that has gone."""
        answer = b""
        with socket.create_connection(self.server.address(), timeout=wait) as connection:
            try:
                connection.sendall(data)
                if end:
                    connection.shutdown(socket.SHUT_WR)
                while chunk := connection.recv(65536):
                    answer += chunk
            except (ConnectionError, TimeoutError):
                pass  # a server that does not read all of a request resets the connection behind its answer
        return answer

    def test_what_is_malformed_never_ends_it(self):
        post = self.server.url + "/Evaluate"
        for body in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100000, b'{"a":' * 50000, b'{"name": "forward"',
                     b'{"name": "\\ud800"}', b'{"name": ["forward"]}', b'{"name": "forward", "input": [[1e999, 0, 0]]}',
                     b'{"name": "forward", "input": [[NaN, 0, 0]]}'):
            response = requests.post(post, data=body, timeout=60)
            self.assertEqual(response.status_code, 400, body[:40])
            self.assertIn(response.json()["error"]["type"], ("InvalidInput", "ModelNotFound"))
        self.assertEqual(requests.post(post, files={"a": b"b"}, timeout=60).status_code, 400)
        self.assertEqual(requests.delete(post, timeout=60).status_code, 404)
        start = b"POST /Evaluate HTTP/1.1\r\nHost: x\r\n"
        for length in (b"1000000000", b"9" * 30):
            self.assertIn(b"413", self.raw(start + b"Content-Length: " + length + b"\r\n\r\n{}", end=False)[:40])
        chunks = b"10000\r\n" + b" " * 65536 + b"\r\n"
        answer = self.raw(start + b"Transfer-Encoding: chunked\r\n\r\n" + 200 * chunks)  # 13 MB, without an end
        self.assertNotIn(b"200 OK", answer)
        self.assertEqual(self.raw(start + 250000 * (b"X: " + b"y" * 95 + b"\r\n"), end=False), b"")  # 25 MB of header
        for data in (b"\0" * 1000, b"GET", b"GET / HTTP/1.1\r\n", b"POST /Evaluate HTTP/9.9\r\n\r\n",
                     start + b"Content-Length: -5\r\n\r\n{}", start + b"Content-Length: 50\r\n\r\n{}",
                     b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n", b"GET /%00%ff HTTP/1.1\r\n\r\n",
                     start + b"X: " + b"y" * 20000 + b"\r\n\r\n"):
            self.assertNotIn(b"200 OK", self.raw(data))
        self.assertEqual(self.server.result("/InputSizes", name="forward"), {"inputSizes": [3]})
        self.assertIsNone(self.server.process.poll())

    def test_many_at_once(self):
        points = numpy.random.default_rng(2).normal(size=(60, 3)) * 0.3

        def ask(theta):
            return self.server.result("/Evaluate", name="forward", input=[theta.tolist()])["output"][0]

        with ThreadPoolExecutor(12) as pool:
            found = list(pool.map(ask, points))
        for theta, values in zip(points, found):
            a, b = forward([theta[:2].tolist(), theta[2:].tolist()], {"scale": 2})
            self.assertEqual(values, a + b)
        self.assertGreater(self.statistics(self.models)["at_once"], 1)  # solved together

    def test_control_c_ends_it(self):
        start = time.monotonic()
        with requests.Session() as session:  # a connection that is kept
            session.get(self.server.url + "/Info", timeout=60)
            self.server.process.send_signal(signal.SIGINT)
            self.server.process.communicate(timeout=60)
        self.assertLess(time.monotonic() - start, 5)
        self.assertIn(self.server.process.returncode, (0, -signal.SIGINT))

    def test_address_that_is_taken(self):
        port = self.server.url.rsplit(":", 1)[1]
        taken = self.scorefem("serve", CONFIG, "--run", self.run_folder, "--set", f"forward.url={self.models.url}",
                              "--port", port)
        self.assert_refused(taken, "127.0.0.1", port, "in use")


class ImportedPairs(ServedTest):
    def test_their_sampler_is_served_alone(self):
        config = self.write("mine.yaml", "study: mine\nseed: 3\nforward: {problem: pairs}\nnoise: {model: none}\n"
                            "model: {width: 16, hidden_layers: 1}\ntraining: {epochs: 5, batch_size: 100}\n")
        run = ["--output", self.run_folder]
        random = numpy.random.default_rng(1)
        theta = random.standard_normal((400, 2))
        numpy.savez(self.folder / "p.npz", theta=theta, x=theta @ [[1, 0, 1], [0, 1, 1]] + 0.1 * random.standard_normal((400, 3)))
        self.assert_done(self.scorefem("import", config, "--pairs", self.folder / "p.npz", *run))
        nothing = self.scorefem("serve", config, "--run", self.run_folder, "--port", "0")
        self.assert_refused(nothing, "nothing to serve", "no trained model")
        self.assert_done(self.scorefem("train", config, *run))
        server = Server(self.addCleanup, config, "--run", self.run_folder)
        self.assertEqual(requests.get(server.url + "/Info", timeout=60).json()["models"], ["sampler"])
        samples = server.result("/Evaluate", name="sampler", input=[[1, 1, 2]], config={"samples": 50})["output"]
        self.assertEqual(numpy.shape(samples), (50, 2))


class Bounded(ServedTest):
    def test_outside_the_support(self):
        models = self.start_models()
        server = Server(self.addCleanup, CONFIG, "--run", self.run_folder, "--set", f"forward.url={models.url}", "--set",
                        "prior={model: independent, distribution: uniform, lower: 0, upper: 1}")
        config = {"measurement": [1, 1, 1]}
        for x, inside in (([0.5, 0.5, 0.5], True), ([0.5, 1.5, 0.5], False), ([-1e-9, 0.5, 0.5], False)):
            value = server.result("/Evaluate", name="posterior", input=[x], config=config)["output"][0][0]
            self.assertEqual(value > LEAST, inside, value)
        response = server.post("/Gradient", name="posterior", outWrt=0, inWrt=0, input=[[0.5, 1.5, 0.5]], sens=[1],
                               config=config)
        self.assertEqual(response.status_code, 400, response.text)
        self.assertEqual(json.loads(response.text)["error"]["type"], "InvalidInput")


if __name__ == "__main__":
    unittest.main()
