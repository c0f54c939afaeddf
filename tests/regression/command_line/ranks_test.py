"""Several processes under mpirun: the same data, and an end for all when one fails."""
import os
import signal
import subprocess
import unittest

import h5py
import numpy

from program import CONFIG, PROGRAM, wait_until
from shards_test import ShardTest

ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
LARGE = ("--set", "data.train=300000", "--set", "resources.shard_rows=20000", "--threads", "1")


class Ranks(ShardTest):
    def mpirun(self, count, command, *arguments, before=""):
        """Runs a command of the tiny study; `before`: shell code that each rank runs first."""
        process = self.start_ranks(count, command, *arguments, before=before)
        process.stdout, process.stderr = process.communicate(timeout=240)
        return process

    def start_ranks(self, count, command, *arguments, before=""):
        program = [PROGRAM, command, CONFIG, "--output", str(self.run_folder), *map(str, arguments)]
        return subprocess.Popen(["mpirun", "--oversubscribe", "-n", str(count), "sh", "-c", before + '\nexec "$@"', "sh",
                                 *program], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_any_number_of_ranks_threads_and_shards_gives_the_same_data(self):
        masked = ("--set", "data.mask_probability=0.7", "--set", "model.masked=true")
        whole = self.generate_elsewhere(*masked)
        for count, shard_rows, threads in ((2, 1000, 2), (3, 50, 1)):
            result = self.mpirun(count, "generate", "--force", "--threads", threads, "--set",
                                 f"resources.shard_rows={shard_rows}", *masked)
            self.assert_done(result)
            self.assertEqual(result.stderr.count("written"), 1, result.stderr)  # rank 0 alone speaks
            self.assert_same_data(self.run_folder / "dataset.h5", whole)
        self.assertIn("skipped", self.mpirun(2, "generate", *masked).stderr)

    def assert_observations_agree(self, data, other, part):
        """As dataset_format.md says."""
        a, b = (file[f"{part}/observations"][:] for file in (data, other))
        self.assertLess((abs(a - b).max(1) / abs(b).max(1)).max(), 1e-10)

    def test_ranks_that_share_one_mesh(self):
        whole = self.generate_elsewhere("--set", "data.train=20")
        self.assert_done(self.mpirun(2, "generate", "--set", "data.train=20", "--set", "forward.parallel=domain"))
        with h5py.File(self.run_folder / "dataset.h5") as shared, h5py.File(whole) as alone:
            numpy.testing.assert_array_equal(shared["train/unknowns"][:], alone["train/unknowns"][:])
            self.assert_observations_agree(shared, alone, "train")

    def test_groups_of_ranks_that_share_a_mesh_each(self):
        settings = ("--set", "data.train=20", "--set", "forward.parallel=domain")
        whole = self.generate_elsewhere("--set", "data.train=20")
        groups = ("--set", "forward.ranks_per_mesh=2", "--set", "resources.shard_rows=5")
        self.assert_refused(self.mpirun(3, "generate", *settings, *groups), "forward.ranks_per_mesh = 2", "divisor of the 3 ranks")
        result = self.mpirun(4, "generate", "--threads", 1, *settings, *groups)
        self.assert_done(result)
        self.assertIn("in 8 shard(s) on 4 process(es)", result.stderr)
        with h5py.File(self.run_folder / "dataset.h5") as shared, h5py.File(whole) as alone:
            numpy.testing.assert_array_equal(shared["train/unknowns"][:], alone["train/unknowns"][:])
            for part in ("train", "test"):
                self.assert_observations_agree(shared, alone, part)
        self.assertIn("skipped", self.mpirun(2, "generate", *settings).stderr)  # how ranks are grouped changes no result

    def test_cores_are_divided(self):
        result = self.mpirun(os.cpu_count(), "generate")
        self.assert_done(result)
        self.assertIn("1 thread(s)", result.stderr)

    def test_failing_rank_ends_all_and_the_finished_shards_stay(self):
        # Rank 1 may write files of 100 kB only: the first shard does not fit.
        limit = "if [ $OMPI_COMM_WORLD_RANK = 1 ]; then trap '' XFSZ; ulimit -f 200; fi"
        result = self.mpirun(2, "generate", *LARGE, before=limit)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("shard-2-of-16", result.stderr)
        self.assertFalse((self.run_folder / "dataset.h5").exists())
        self.assert_done(self.mpirun(2, "generate", *LARGE))
        with h5py.File(self.run_folder / "dataset.h5") as data:
            self.assertEqual(len(data["train/unknowns"]), 300000)

    def test_killed_rank_loses_its_shard_only(self):
        process = self.start_ranks(2, "generate", *LARGE)
        wait_until(lambda: len(list(self.shards.glob("shard-*-of-16.h5"))) >= 2 or process.poll() is not None)
        os.kill(self.ranks_of(process)[1], signal.SIGKILL)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        finished = len(list(self.shards.glob("shard-*-of-16.h5")))
        self.assertGreaterEqual(finished, 2)
        result = self.mpirun(2, "generate", *LARGE)
        self.assert_done(result)
        self.assertIn(f"{finished} of 16 shards are there", result.stderr)

    def test_signal_stops_all_ranks_together(self):
        process = self.start_ranks(2, "generate", *LARGE)
        wait_until(lambda: len(list(self.shards.glob("*.partial.h5"))) >= 2 or process.poll() is not None)
        for rank in self.ranks_of(process):
            os.kill(rank, signal.SIGUSR1)
        message = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 75, message)
        self.assertEqual(message.count("stopped by a signal"), 1, message)
        self.assertEqual(len(list(self.shards.glob("*.partial.h5"))), 2)
        self.assert_done(self.mpirun(2, "generate", *LARGE))
        self.assertFalse(self.shards.exists())

    def ranks_of(self, mpirun):
        with open(f"/proc/{mpirun.pid}/task/{mpirun.pid}/children", encoding="ascii") as children:
            return [int(pid) for pid in children.read().split()]

    def test_bad_input(self):
        self.assert_refused(self.mpirun(2, "generate", "--set", "prior.variance=-1"), "prior.variance")
        mask = self.write("mask.csv", "1,0\n")
        result = self.mpirun(2, "generate", "--set", "model.masked=true", "--set", f"data.mask_file={mask}")
        self.assert_refused(result, "mask.csv:1", "2 columns")

    def test_commands_of_one_process_are_refused(self):
        for command in ("run", "train", "sample", "evaluate", "merge"):
            self.assert_refused(self.mpirun(2, command), "runs in one process")
        self.assert_refused(self.mpirun(2, "generate", "--shard", "1/2"), "runs in one process")
        self.assertEqual(self.written(), [])


if __name__ == "__main__":
    unittest.main()
