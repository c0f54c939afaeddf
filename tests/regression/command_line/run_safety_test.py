"""Nothing lost, nothing mixed: locks and signals."""

import os
import signal
import socket
import subprocess
import unittest

import h5py
import numpy

from program import CONFIG, PROGRAM, wait_until
from safety import LONG, SafetyTest

DONE = {}


class Locks(SafetyTest):
    def test_second_training_is_refused_by_name(self):
        self.assert_done(self.stage("generate"))
        first = self.start("train", *LONG)
        wait_until((self.run_folder / "model.partial.pt").exists)
        for command in ("train", "sample", "generate"):
            self.assert_refused(self.stage(command, *LONG), "`scorefem train` of process " + str(first.pid),
                                socket.gethostname(), "since")
        self.assert_refused(self.stage("generate", "--shard", "1/2"), "scorefem train")
        first.kill()  # its lock is taken over
        first.communicate()
        self.assertTrue((self.run_folder / "run.lock").exists())
        second = self.start("train", *LONG)
        wait_until(lambda: str(second.pid) in (self.run_folder / "run.lock").read_text())
        self.assertEqual(self.stop(second)[0], 75)
        self.assertFalse((self.run_folder / "run.lock").exists())

    def test_lock_of_another_host_is_not_taken_over(self):
        self.run_folder.mkdir()
        (self.run_folder / "dataset.h5.tmp-elsewhere-1").touch()  # nobody is at work here: of a process that is gone
        self.assert_done(self.stage("generate"))
        self.assertEqual(self.written(), ["run/dataset.h5", "run/log.jsonl"])
        lock = self.run_folder / "run.lock"
        lock.write_text("command: scorefem train\nhost: elsewhere\nprocess: 1\nsince: 2026-01-01T00:00:00Z\n")
        self.assert_refused(self.stage("train"), "scorefem train", "process 1 on elsewhere", "2026-01-01", str(lock))
        lock.unlink()
        self.assert_done(self.stage("train"))

    def test_shards_run_side_by_side_but_not_the_same_one_twice(self):
        large = ("--set", "data.train=3000000", "--threads", "1")
        first = self.start("generate", "--shard", "1/2", *large)
        second = self.start("generate", "--shard", "2/2", *large)
        for i in (1, 2):
            wait_until((self.run_folder / "shards" / f"shard-{i}-of-2.partial.h5").exists)
        self.assert_refused(self.stage("generate", "--shard", "1/2", *large), "--shard 1/2", f"process {first.pid}")
        self.assert_refused(self.stage("generate", *large), "scorefem generate --shard")
        self.assertIsNone(first.poll())
        self.assertIsNone(second.poll())


class Signals(SafetyTest):
    def test_sampling_goes_on_from_whole_measurements(self):
        self.assert_done(self.stage("generate", "--set", "data.test=2000"))
        settings = ("--set", "data.test=2000", "--set", "training.epochs=2", "--set", "sampling.measurements=2000", "--set",
                    "sampling.samples=400", "--set", "sampling.rtol=1e-6", "--threads", "1")
        self.assert_done(self.stage("train", *settings))
        partial = self.run_folder / "posterior.partial.h5"
        for number, status in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 75)):
            process = self.start("sample", *settings)
            wait_until(lambda: self.measurements_done(partial) > before_of(number) or process.poll() is not None)
            self.assertEqual(self.stop(process, number)[0], status)
            self.assertFalse((self.run_folder / "posterior.h5").exists())
            DONE[number] = self.measurements_done(partial)
        self.assertGreaterEqual(DONE[signal.SIGTERM], DONE[signal.SIGKILL])
        self.assert_refused(self.stage("sample", *settings, "--set", "sampling.samples=401"), "posterior.partial.h5",
                            "samples: 400 -> samples: 401", "--force")
        resumed = self.stage("sample", *settings)
        self.assert_done(resumed)
        self.assertIn("going on from", resumed.stderr)
        self.assertFalse(partial.exists())
        with h5py.File(self.run_folder / "posterior.h5") as file:
            stopped = file["samples"][:]
        self.assert_done(self.stage("sample", "--force", *settings))
        with h5py.File(self.run_folder / "posterior.h5") as file:
            numpy.testing.assert_allclose(file["samples"][:], stopped, rtol=0, atol=1e-3)
        # Killed when all was written, but for the name.
        (self.run_folder / "posterior.h5").rename(partial)
        named = self.stage("sample", *settings)
        self.assert_done(named)
        self.assertIn("was whole already", named.stderr)
        self.assertFalse(partial.exists())
        self.assertIn("skipped", self.stage("sample", *settings).stderr)

    @staticmethod
    def measurements_done(path):
        try:
            with h5py.File(path, locking=False) as file:
                return file["done"][0]
        except (OSError, KeyError):
            return 0

    def test_commands_without_work_to_save_end_by_the_signal(self):
        config = self.write("convergence.yaml", (
            "study: long\nseed: 1\nforward: {problem: reaction}\nnoise: {relative: 0.1}\ndata: {train: 2, test: 200}\n"
            "training: {batch_size: 1}\nconvergence: {samples: 200, discretisations: [[10, 4, 20, 2], [12, 4, 20, 2]]}\n"))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            process = self.start("convergence", config=config)
            wait_until((self.run_folder / "log.jsonl").exists)
            self.assertEqual(self.stop(process, number)[0], -number)
            (self.run_folder / "log.jsonl").unlink()

    def test_evaluation_and_its_figures_end_by_the_signal(self):
        for command in ("generate", "train", "sample"):
            self.assert_done(self.stage(command))
        scripts = self.folder / "scripts"
        scripts.mkdir()
        pid = self.folder / "pid"
        (scripts / "report.py").write_text(f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(100)\n")
        process = subprocess.Popen([PROGRAM, "evaluate", CONFIG, "--output", str(self.run_folder)],
                                   env=dict(os.environ, SCOREFEM_SCRIPTS=str(scripts)), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        wait_until(lambda: pid.exists() and pid.read_text())
        self.assertEqual(self.stop(process)[0], -signal.SIGTERM)
        wait_until(lambda: not os.path.exists(f"/proc/{pid.read_text()}"), seconds=5)

    def test_forced_training_that_is_stopped_goes_on(self):
        short = ("--set", "training.epochs=3000", "--set", "resources.checkpoint_interval=0.2")
        self.assert_done(self.stage("generate"))
        self.assert_done(self.stage("train", *short))
        process = self.start("train", "--force", *short)
        wait_until((self.run_folder / "model.partial.pt").exists)
        self.assertEqual(self.stop(process)[0], 75)
        again = self.stage("train", "--force", *short)
        self.assert_done(again)
        self.assertIn("going on from", again.stderr)
        self.assertNotIn("going on from", self.stage("train", "--force", *short).stderr)
        self.assertFalse((self.run_folder / "redo.json").exists())

    def test_forced_generation_that_is_stopped_goes_on(self):
        large = ("--force", "--set", "data.train=600000", "--set", "resources.shard_rows=50000", "--threads", "1")
        process = self.start("generate", *large)
        wait_until(lambda: (self.run_folder / "shards" / "shard-2-of-13.h5").exists() or process.poll() is not None)
        self.assertEqual(self.stop(process)[0], 75)
        again = self.stage("generate", *large)
        self.assert_done(again)
        self.assertIn("of 13 shards are there", again.stderr)

    def test_killed_shard_keeps_its_rows(self):
        large = ("--shard", "1/2", "--set", "data.train=3000000", "--set", "resources.shard_rows=1000", "--threads", "1")
        partial = self.run_folder / "shards" / "shard-1-of-2.partial.h5"

        def rows_done():
            try:
                with h5py.File(partial, locking=False) as file:
                    return file["progress"][0]
            except (OSError, KeyError):
                return 0

        process = self.start("generate", *large)
        wait_until(lambda: rows_done() >= 2000)
        process.kill()
        process.communicate()
        kept = rows_done()
        process = self.start("generate", *large)
        wait_until(lambda: rows_done() > kept)
        self.assertEqual(self.stop(process)[0], 75)
        with h5py.File(partial) as file:
            done = int(file["progress"][0])
            self.assertGreater(numpy.abs(file["train/unknowns"][:done]).max(axis=1).min(), 0)


def before_of(number):
    return DONE.get(signal.SIGKILL, 0) if number == signal.SIGTERM else 0


if __name__ == "__main__":
    unittest.main()
