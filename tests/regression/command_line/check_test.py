"""`scorefem check`: what is wrong before hours of work, found without changing anything."""
import os
import socket
import unittest

import numpy as np

from program import CONFIG, HAS_CUDA, ProgramTest

NOWHERE = "http://127.0.0.1:9"  # the port of a service that nobody runs


class Check(ProgramTest):
    def check(self, *arguments):
        return self.stage("check", *arguments)

    def assert_wrong(self, result, what, *words):
        """Exit status 2, and a line of the thing that is wrong."""
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertRegex(result.stderr, "check: [0-9]+ things? (is|are) wrong")
        lines = [line for line in result.stdout.splitlines() if line.startswith("WRONG") and line.split()[1] == what.split()[0]]
        self.assertEqual(len(lines), 1, result.stdout)
        for word in words:
            self.assertIn(word, lines[0])

    def test_before_and_after_a_run(self):
        done = self.check()
        self.assert_done(done)
        self.assertEqual(self.written(), [])
        for line in ("ok     configuration", "note   data set       will be made", "note   model          will be trained",
                     "note   samples        will be drawn", "ok     folder", "ok     disk", "ok     memory", "ok     forward model", "ok     device",
                     "ok     training", "ok     sampling"):
            self.assertIn(line, done.stdout)
        # 380 of 400 pairs in batches of 100, 30 epochs.
        self.assertIn("90 steps", done.stdout)
        self.assertIn("`scorefem run` takes about", done.stdout)

        for stage in ("generate", "train", "sample"):
            self.assert_done(self.stage(stage))
        before = {name: (self.folder / name).read_bytes() for name in self.written()}
        done = self.check()
        self.assert_done(done)
        for name in ("dataset.h5 is kept", "model.pt is kept", "posterior.h5 is kept", "everything is there"):
            self.assertIn(name, done.stdout)
        self.assertNotIn(" a step", done.stdout)  # there is nothing to train
        self.assertEqual({name: (self.folder / name).read_bytes() for name in self.written()}, before)

        done = self.check("--set", "training.learning_rate=0.01")
        self.assert_done(done)
        self.assertIn("dataset.h5 is kept", done.stdout)
        self.assertRegex(done.stdout, "note   model .* will be trained again: .*learning_rate: 0.001 -> learning_rate: 0.01")
        self.assertRegex(done.stdout, "note   samples .* will be drawn again")
        # What `train` would refuse.
        (self.run_folder / "model.pt").rename(self.run_folder / "model.partial.pt")
        self.assert_wrong(self.check("--set", "training.learning_rate=0.01"), "model", "stopped after 90 steps", "another one", "learning_rate")

    def test_what_is_wrong_with_the_machine(self):
        blocked = self.write("file", "")
        self.run_folder = blocked
        self.assert_wrong(self.check(), "folder", "not a folder")
        self.run_folder = self.folder / "run"
        huge = self.check("--set", "data.train=100000000000")
        self.assert_wrong(huge, "disk", "free")
        self.assert_wrong(huge, "memory", "training.window")
        self.assertIn("2 things are wrong", huge.stderr)
        windows = self.check("--set", "data.train=1000000", "--set", "training.window=10000")
        self.assert_done(windows)
        if not HAS_CUDA:
            self.assert_wrong(self.check("--set", "resources.device=cuda"), "device", "cuda")
        self.assert_wrong(self.scorefem("check", CONFIG, "--output", self.run_folder, env=dict(os.environ, SCOREFEM_SCRIPTS="/nonexistent")),
                          "report", "/nonexistent/report.py")
        self.assert_refused(self.check("--set", "noise.relativ=1"), "did you mean")
        self.assert_refused(self.check("--set", "training.batch_size=1000"), "batch_size")
        self.assertEqual(self.written(), ["file"])

    def test_a_mesh_that_is_too_coarse(self):
        """The exact posterior uses the same wrong model: nothing behind the data set can tell."""
        coarse = ("--set", "forward.diffusivity=3e-5")
        made = self.stage("generate", *coarse)
        self.assert_done(made)
        for word in ("discretisation's error", "standard deviations of the noise", "forward.discretisation"):
            self.assertIn(word, made.stderr)
        self.assert_wrong(self.check(*coarse), "mesh", "discretisation's error", "finer discretisation")
        self.run_folder = self.folder / "fine"
        made = self.stage("generate")
        self.assert_done(made)
        self.assertNotIn("discretisation's error", made.stderr)
        self.assertNotIn("finer discretisation", self.check().stdout)

    def test_a_training_that_diverges(self):
        result = self.check("--set", "training.learning_rate=1e10")
        self.assert_wrong(result, "training", "diverged")
        self.assertIn("ok     device", result.stdout)
        self.assertIn("`scorefem run` takes about", result.stdout)
        self.assertEqual(self.written(), [])

    def test_a_server_that_is_not_there(self):
        config = self.write("served.yaml", f"""
study: served
seed: 1
forward: {{problem: umbridge, url: "{NOWHERE}", unknowns: [{{name: a}}], observations: [{{name: b}}]}}
prior: {{model: independent, distribution: normal}}
noise: {{absolute: 0.1}}
data: {{train: 50, test: 5}}
model: {{width: 8, hidden_layers: 1}}
training: {{epochs: 2, batch_size: 20}}
sampling: {{measurements: 2, samples: 5}}
""")
        self.assert_wrong(self.scorefem("check", config, "--output", self.run_folder), "forward model", NOWHERE, "start it")
        # It takes connections, and never answers.
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"forward.url=http://127.0.0.1:{silent.getsockname()[1]}"
            result = self.scorefem("check", config, "--output", self.run_folder, "--set", url)
            self.assert_wrong(result, "forward model", "no answer in 10 s")

    def test_imported_pairs(self):
        config = self.write("mine.yaml", "study: mine\nseed: 3\nforward: {problem: pairs}\nnoise: {model: none}\nmodel: {width: 8, hidden_layers: 1}\n")
        run = ["--output", self.run_folder]
        self.assert_refused(self.scorefem("check", config, *run), "scorefem import")
        theta = np.random.default_rng(1).standard_normal((300, 2))
        np.savez(self.folder / "p.npz", theta=theta, x=theta + 1)
        self.assert_done(self.scorefem("import", config, "--pairs", self.folder / "p.npz", *run))
        done = self.scorefem("check", config, *run)
        self.assert_done(done)
        self.assertIn("dataset.h5 is kept", done.stdout)
        self.assertNotIn("forward model", done.stdout)
        self.assert_wrong(self.scorefem("check", config, *run, "--set", "forward.nan=missing"), "data set", "import")


if __name__ == "__main__":
    unittest.main()
