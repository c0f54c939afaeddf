"""Data sets from a simulator in Python, which another implementation of the UM-Bridge protocol serves: the same data
whatever happens to the server, and failures where they belong."""
import json
import os
import signal
import subprocess
import time
import unittest

import h5py
import numpy

from model_server import forward
from servers import CONFIG, PROGRAM, ServedTest, wait_until

NOWHERE = "http://127.0.0.1:9"  # the port of a service that nobody runs
RANKS = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def arrays(path):
    """All arrays of a data set, and what it was made from; not in which shards its rows are."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
        found["inputs"] = file.attrs["inputs"]
    return {name: values for name, values in found.items() if not name.startswith("shards/")}


class Generate(ServedTest):
    def assert_same_data(self, path, other):
        mine, others = arrays(path), arrays(other)
        self.assertEqual(mine.keys(), others.keys())
        for name, values in mine.items():
            numpy.testing.assert_array_equal(values, others[name], name)

    def undisturbed(self, server, *arguments):
        folder = self.folder / "undisturbed"
        self.assert_done(self.program("generate", server.url, *arguments, folder=folder))
        return folder / "dataset.h5"

    def test_values_layouts_and_failures(self):
        server = self.start_models(delay=0.01)
        self.assert_done(self.program("generate", server.url))
        self.assertEqual(self.statistics(server)["at_once"], 4)  # forward.connections
        with h5py.File(self.run_folder / "dataset.h5") as data:
            self.assertEqual([name.decode() for name in data["unknowns/name"]],
                             ["theta_1_1", "theta_1_2", "theta_2_1"])
            self.assertEqual([name.decode() for name in data["observations/name"]], ["x_1_1", "x_1_2", "x_2_1"])
            n_failed = 0
            for split in ("train", "test"):
                for theta, x in zip(data[split]["unknowns"][:], data[split]["observations"][:]):
                    if theta[0] > 2 or theta[1] < -2:
                        n_failed += 1
                        self.assertTrue(numpy.isnan(x).all())
                    else:  # bit for bit, there and back
                        expected = forward([theta[:2].tolist(), theta[2:].tolist()], {"scale": 2})
                        self.assertEqual(x.tolist(), expected[0] + expected[1])
            self.assertGreater(n_failed, 1)
            self.assertEqual(data.attrs["failed_samples"], n_failed)
            reasons = b" ".join(data["failures/reason"][:]).decode()
        self.assertIn("InvalidInput: a is", reasons)
        self.assertIn("500", reasons)
        # A second try is for errors of the server alone, not for what the model refuses.
        with h5py.File(self.run_folder / "dataset.h5") as data:
            diverged = sum(int((unknowns[:, 1] < -2).sum() - ((unknowns[:, 1] < -2) & (unknowns[:, 0] > 2)).sum())
                           for unknowns in (data["train/unknowns"][:], data["test/unknowns"][:]))
        self.assertGreater(diverged, 0)
        self.assertEqual(self.statistics(server)["evaluations"], 170 + diverged)
        # Without the failures a network would learn other unknowns than the prior's.
        refused = self.program("train", server.url, "--set", "data.allow_failed=0.01")
        self.assert_refused(refused, "of 150 training samples have no solution", "at most 1 % (data.allow_failed)")
        self.assertNotIn("model.pt", [path.name for path in self.run_folder.iterdir()])
        self.assert_done(self.program("train", server.url))

    def test_a_server_that_is_killed_and_comes_back(self):
        server = self.start_models(delay=0.02)
        expected = self.undisturbed(server)
        run = self.start_program("generate", CONFIG, "--output", self.run_folder, "--set", f"forward.url={server.url}",
                                 "--set", "forward.wait=60")
        before = self.statistics(server)["evaluations"]
        wait_until(lambda: self.statistics(server)["evaluations"] > before + 30)
        port = server.port
        self.end(server)
        self.assertIn("waiting up to 60 s (forward.wait)", self.line_with(run.stderr, "waiting"))
        self.start_models(port=port)
        _, errors = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 0, errors)
        self.assertIn("the server is back", errors)
        events = [json.loads(line).get("event") for line in (self.run_folder / "log.jsonl").read_text().splitlines()]
        self.assertLess(events.index("server_away"), events.index("server_back"))
        self.assert_same_data(self.run_folder / "dataset.h5", expected)

    def line_with(self, stream, word):
        for line in stream:
            if word in line:
                return line
        self.fail(f"the output ended without '{word}'")

    def test_a_server_that_stays_away(self):
        server = self.start_models(delay=0.02)
        expected = self.undisturbed(server)
        run = self.start_program("generate", CONFIG, "--output", self.run_folder, "--set", f"forward.url={server.url}",
                                 "--set", "forward.wait=0.5")
        before = self.statistics(server)["evaluations"]
        wait_until(lambda: self.statistics(server)["evaluations"] > before + 60)
        self.end(server)
        _, errors = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 75, errors)
        self.assertIn("the same command goes on", errors)
        self.assertIn("/Evaluate: no answer", errors)
        (partial,) = (self.run_folder / "shards").iterdir()
        with h5py.File(partial) as file:
            kept = file.attrs["rows_done"]
        self.assertGreaterEqual(kept, 16)
        # Elsewhere, since where the model runs is not what it is.
        server = self.start_models()
        self.assert_done(self.program("generate", server.url))
        self.assertLessEqual(self.statistics(server)["evaluations"], 170 - kept + 10)
        self.assert_same_data(self.run_folder / "dataset.h5", expected)

    def test_a_signal_does_not_wait_for_evaluations(self):
        server = self.start_models(delay=20)
        run = self.start_program("generate", CONFIG, "--output", self.run_folder, "--set", f"forward.url={server.url}")
        wait_until(lambda: self.statistics(server)["evaluations"] > 0)
        start = time.monotonic()
        run.send_signal(signal.SIGTERM)
        _, errors = run.communicate(timeout=60)
        self.assertIn(run.returncode, (75, -signal.SIGTERM), errors)
        self.assertLess(time.monotonic() - start, 10)

    def test_shards_and_ranks(self):
        server = self.start_models()
        expected = self.undisturbed(server)
        for shard in ("1/2", "2/2"):
            self.assert_done(self.program("generate", server.url, "--shard", shard))
        self.assert_done(self.program("merge", server.url))
        self.assert_same_data(self.run_folder / "dataset.h5", expected)
        ranks = subprocess.run(["mpirun", "--oversubscribe", "-n", "2", PROGRAM, "generate", CONFIG, "--output",
                                str(self.folder / "ranks"), "--set", f"forward.url={server.url}", "--set",
                                "resources.shard_rows=50"], env=RANKS, capture_output=True, text=True, timeout=240,
                               check=False)
        self.assert_done(ranks)
        self.assert_same_data(self.folder / "ranks" / "dataset.h5", expected)

    def test_answers_that_do_not_come_or_are_none(self):
        server = self.start_models()
        one = ("--set", "forward.model=slow", "--set", "forward.config={}", "--set", "data={train: 20, test: 2}", "--set",
               "model.network=mlp", "--set", "training.batch_size=10", "--set", "sampling.measurements=2")
        self.assert_done(self.program("generate", server.url, *one, "--set", "forward.timeout=2", "--set",
                                      "forward.connections=8"))
        with h5py.File(self.run_folder / "dataset.h5") as data:
            theta, x = data["train/unknowns"][:], data["train/observations"][:]
            reasons = b" ".join(data["failures/reason"][:]).decode()
        self.assertTrue((theta > 1).any() and (theta <= 1).any())
        numpy.testing.assert_array_equal(x, numpy.where(theta > 1, numpy.nan, theta))
        self.assertIn("no answer in 2 s, 2 times", reasons)

        broken = self.folder / "broken"
        result = self.program("generate", server.url, *one, "--set", "forward.model=broken", folder=broken)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("no sample has a solution", result.stderr)
        with h5py.File(broken / "dataset.h5") as data:
            self.assertTrue(numpy.isnan(data["train/observations"][:]).all())
            reasons = b" ".join(data["failures/reason"][:]).decode()
        self.assertIn("NaN", reasons)
        self.assertIn("sizes that /OutputSizes names", reasons)

    def test_no_server(self):
        listed = ("--set", "forward.unknowns=[{name: a}, {name: b}, {name: c}]", "--set",
                  "forward.observations=[{name: u}, {name: v}, {name: w}]")
        self.assert_refused(self.program("generate", NOWHERE), "forward.url = " + NOWHERE, "no UM-Bridge server",
                            "start it")
        self.assert_refused(self.program("generate", NOWHERE, *listed), "forward.url = " + NOWHERE, "start it")
        self.assert_refused(self.program("generate", NOWHERE, *listed, "--shard", "1/2"), "start it")
        self.assert_done(self.program("generate", NOWHERE, *listed, "--dry-run"))  # nothing is asked
        self.assertFalse(self.run_folder.exists())
        self.assert_refused(self.program("generate", "http://localhost:99999"), "PORT up to 65535")
        self.assert_refused(self.program("generate", "localhost:4242"), "forward.url = 'localhost:4242'",
                            "http://HOST:PORT")
        server = self.start_models()
        self.assert_refused(self.program("generate", server.url, "--set", "forward.model=forwards"),
                            "no model 'forwards'", "it has forward, slow, broken")
        self.assert_refused(self.program("generate", server.url, *listed[:1], "forward.unknowns=[{name: a}]"),
                            "inputs of sizes [2, 1]", "expected 1 values")

        # Once there is a data set the server is not needed any more, until other data are asked for.
        self.assert_done(self.program("generate", server.url))
        self.end(server)
        again = self.program("generate", NOWHERE)
        self.assert_done(again)
        self.assertIn("skipped", again.stderr)
        self.assert_done(self.program("train", NOWHERE))
        self.assert_done(self.program("sample", NOWHERE))
        judged = self.program("evaluate", NOWHERE)
        self.assert_done(judged)
        self.assertIn("no predictive checks: forward.url = " + NOWHERE, judged.stderr)
        path = self.write("y.csv", "1,2,0\n")
        self.assert_done(self.scorefem("infer", CONFIG, "--run", self.run_folder, "--measurement", path, "--output",
                                       self.folder / "x.h5", "--set", f"forward.url={NOWHERE}"))
        self.assert_refused(self.program("generate", NOWHERE, "--set", "forward.config.scale=3"), "no UM-Bridge server")
        self.assert_refused(self.program("generate", NOWHERE, "--set", "forward.version=2"), "no UM-Bridge server")

    def test_config_is_handed_on_as_it_is(self):
        server = self.start_models()
        config = "forward.config={name: '12', scale: 1.5, list: [1, x, null, 2.0], flag: true}"
        shown = self.program("generate", server.url, "--dry-run", "--set", config)
        self.assert_done(shown)
        line = 'config: {"flag": true, "list": [1, "x", null, 2.0], "name": "12", "scale": 1.5}'
        self.assertIn(line, shown.stdout)
        again = self.program("generate", server.url, "--dry-run", config=self.write("again.yaml", shown.stdout))
        self.assert_done(again)
        self.assertEqual(again.stdout, shown.stdout)
        self.assert_refused(self.program("generate", server.url, "--set", "forward.config=3"), "forward.config", "mapping")
        self.assert_refused(self.program("generate", server.url, "--set", "forward.conection=3"),
                            "did you mean 'connections'")


if __name__ == "__main__":
    unittest.main()
