"""Data sets made in parts: equal to those made at once, complete or refused, saved when stopped."""
import os
import shutil
import signal
import subprocess
import unittest

import h5py
import numpy

from program import CONFIG, PROGRAM, ProgramTest, wait_until

ARRAYS = [f"{split}/{name}" for split in ("train", "test") for name in ("unknowns", "observations", "noise", "mask")]
MASKED = ("--set", "data.mask_probability=0.7", "--set", "model.masked=true")


class ShardTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.shards = self.run_folder / "shards"

    def assert_same_data(self, path, other):
        with h5py.File(path) as a, h5py.File(other) as b:
            for name in ARRAYS:
                self.assertEqual(name in a, name in b, name)
                if name not in a:  # masks, where every sensor is on
                    continue
                if name.endswith("observations"):
                    numpy.testing.assert_allclose(a[name][:], b[name][:], rtol=1e-10)
                else:
                    numpy.testing.assert_array_equal(a[name][:], b[name][:])
            self.assertEqual(a.attrs["inputs"], b.attrs["inputs"])
            self.assertEqual(sorted(set(a) - {"shards"}), sorted(set(b) - {"shards"}))  # a view notes its shards

    def generate_elsewhere(self, *arguments):
        """The whole data set in a folder of its own, in one part by one thread."""
        folder = self.folder / "whole"
        self.assert_done(self.scorefem("generate", CONFIG, "--output", folder, "--threads", 1, *arguments))
        return folder / "dataset.h5"

    def start(self, *arguments):
        return subprocess.Popen([PROGRAM, "generate", CONFIG, "--output", str(self.run_folder), *map(str, arguments)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class Merging(ShardTest):
    def generate_shards(self, count, *arguments):
        for i in range(1, count + 1):
            self.assert_done(self.stage("generate", "--shard", f"{i}/{count}", *arguments))

    def test_view_and_copy_equal_the_whole(self):
        whole = self.generate_elsewhere(*MASKED)
        self.generate_shards(3, *MASKED)
        self.assertEqual(sorted(path.name for path in self.shards.iterdir()),
                         [f"shard-{i}-of-3.h5" for i in (1, 2, 3)])
        self.assert_done(self.stage("merge", *MASKED))
        self.assert_same_data(self.run_folder / "dataset.h5", whole)
        with h5py.File(self.run_folder / "dataset.h5") as view:
            self.assertTrue(view["train/unknowns"].is_virtual)
            self.assertLess(view.attrs["discretisation_error"], 0.1)
            self.assertGreater(view.attrs["discretisation_error"], 0)

        moved = self.folder / "moved"
        self.run_folder.rename(moved)
        self.assert_same_data(moved / "dataset.h5", whole)
        (moved / "shards" / "shard-2-of-3.h5").rename(self.folder / "aside.h5")
        self.assert_refused(self.scorefem("train", CONFIG, "--output", moved, *MASKED), "shard-2-of-3.h5", "missing")
        (self.folder / "aside.h5").rename(moved / "shards" / "shard-2-of-3.h5")
        moved.rename(self.run_folder)

        self.assertIn("skipped", self.stage("merge", *MASKED).stderr)
        self.assert_done(self.stage("merge", "--copy", *MASKED))
        shutil.rmtree(self.shards)
        self.assert_same_data(self.run_folder / "dataset.h5", whole)

    def test_stages_go_on_from_a_view(self):
        self.generate_shards(2)
        self.assert_done(self.stage("merge"))
        result = self.stage("run")
        self.assert_done(result)
        self.assertIn("dataset.h5 is up to date", result.stderr)

    def test_merging_names_rows_that_went_astray(self):
        self.generate_shards(2, "--set", "forward.discretisation_check=false")
        with h5py.File(self.shards / "shard-2-of-2.h5", "r+") as file:
            file["train/observations"][3] *= 1e5
        result = self.stage("merge", "--set", "forward.discretisation_check=false")
        self.assert_done(result)
        self.assertIn("1 training sample(s) are so much larger than a typical sample's that each would count for many: rows 213 (from 0)", result.stderr)
        self.assertNotIn("discretisation error", result.stderr)
        with h5py.File(self.run_folder / "dataset.h5") as data:
            self.assertEqual(data.attrs["discretisation_error_samples"], 0)

    def test_finished_shard_is_skipped_and_another_configuration_replaces_it_by_force(self):
        self.generate_shards(2)
        self.assert_done(self.stage("merge"))
        self.assertIn("skipped", self.stage("generate", "--shard", "1/2").stderr)
        other = ("generate", "--shard", "1/2", "--set", "prior.mean=3")
        self.assert_refused(self.stage(*other), "shard-1-of-2.h5", "mean: 2 -> mean: 3", "--force")
        self.assertTrue((self.run_folder / "dataset.h5").exists())
        self.assert_done(self.stage(*other, "--force"))
        self.assertFalse((self.run_folder / "dataset.h5").exists(), "a view of shards that are no longer its own")
        self.assert_refused(self.stage("merge", "--set", "prior.mean=3"), "shard-2-of-2.h5", "another configuration",
                            "mean: 2 -> mean: 3")

    def test_missing_and_overlapping_shards(self):
        self.assert_refused(self.stage("merge"), "no shards", "--shard i/n")
        self.generate_shards(4)
        (self.shards / "shard-2-of-4.h5").unlink()
        (self.shards / "shard-4-of-4.h5").unlink()
        self.assert_refused(self.stage("merge"), "missing shards: 2/4 (rows 105 to 209); 4/4 (rows 315 to 419)")
        self.assert_done(self.stage("generate", "--shard", "2/3"))
        self.assert_refused(self.stage("merge"), "overlapping shards", "shard-2-of-3.h5 (rows 140 to 279)",
                            "shard-3-of-4.h5 (rows 210 to 314)")
        self.assertFalse((self.run_folder / "dataset.h5").exists())

    def test_damaged_shards(self):
        self.generate_shards(2)
        path = self.shards / "shard-2-of-2.h5"
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        self.assert_refused(self.stage("merge"), "shard-2-of-2.h5", "truncated")
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            file.attrs.modify("shard", 5)
        self.assert_refused(self.stage("merge"), "shard-2-of-2.h5", "shard 5/2", "no such shard")
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            file.attrs["type"] = numpy.bytes_("something else")
        self.assert_refused(self.stage("merge"), "shard-2-of-2.h5", "'scorefem shard'")
        path.write_bytes(whole[: len(whole) // 2])
        self.assert_done(self.stage("generate", "--shard", "2/2"))
        self.assert_done(self.stage("merge"))


class ShardNumbers(ShardTest):
    def test_unknown_shards(self):
        for text in ("0/3", "4/3", "1/0", "-1/3", "3", "a/b", "1/2/3", "1.5/3", "", "/"):
            self.assert_refused(self.stage("generate", "--shard", text), "--shard", "expected")
        self.assert_refused(self.stage("generate", "--shard", "1/421"), "at most 420")
        self.assertEqual(self.written(), [])

    def automatic(self, **variables):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
        environment.update({f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in variables.items()})
        return self.scorefem("generate", CONFIG, "--output", self.run_folder, "--shard", "auto", env=environment)

    def test_place_in_a_slurm_array(self):
        self.assert_refused(self.automatic(), "SLURM_ARRAY_TASK_ID")
        self.assert_refused(self.automatic(ID=3, MIN=1, MAX=5, COUNT=2), "without gaps")
        self.assert_refused(self.automatic(ID="x", MIN=1, MAX=5, COUNT=5), "SLURM_ARRAY_TASK_ID = 'x'")
        self.assert_done(self.automatic(ID=1, MIN=0, MAX=2, COUNT=3))
        self.assertTrue((self.shards / "shard-2-of-3.h5").exists())


class Stopping(ShardTest):
    LARGE = ("--set", "data.train=300000", "--set", "resources.shard_rows=50000", "--threads", "1")

    def test_killed_run_does_only_what_is_missing(self):
        process = self.start(*self.LARGE)
        wait_until(lambda: (self.shards / "shard-2-of-7.h5").exists() or process.poll() is not None)
        process.kill()
        process.communicate(timeout=60)
        # The refined mesh, which takes the most memory, came first.
        self.assertIn('"discretisation_error"', (self.run_folder / "log.jsonl").read_text())
        self.assertFalse((self.run_folder / "dataset.h5").exists())
        finished = {path.name for path in self.shards.glob("shard-?-of-7.h5")}
        self.assertIn("shard-2-of-7.h5", finished)
        self.assertLess(len(finished), 7)
        result = self.stage("generate", *self.LARGE, "--set", "resources.shard_rows=70000")
        self.assert_done(result)
        self.assertIn(f"{len(finished)} of 7 shards are there", result.stderr)
        self.assertFalse(self.shards.exists())
        self.assert_same_data(self.run_folder / "dataset.h5",
                              self.generate_elsewhere("--set", "data.train=300000", "--set", "resources.shard_rows=1000000"))

    def test_signal_saves_the_rows_so_far(self):
        arguments = ("--shard", "1/2", "--set", "data.train=300000")
        for number in (signal.SIGTERM, signal.SIGUSR1):
            process = self.start(*arguments)
            # Locked: it knows what to do with signals. What an earlier run left does not tell that this one has begun.
            wait_until(lambda: list(self.shards.glob("*.lock")) or process.poll() is not None)
            process.send_signal(number)
            message = process.communicate(timeout=60)[1]
            self.assertEqual(process.returncode, 75, message)
            self.assertEqual(message.count("saved in"), 1, message)
        self.assertEqual([path.name for path in self.shards.iterdir()], ["shard-1-of-2.partial.h5"])
        with h5py.File(self.shards / "shard-1-of-2.partial.h5") as partial:
            self.assertGreaterEqual(partial.attrs["rows_done"], 128)  # both runs finished a block of 64 or more
            self.assertLess(partial.attrs["rows_done"], 150000)
        self.assert_done(self.stage("generate", "--shard", "2/2", "--set", "data.train=300000"))
        self.assert_refused(self.stage("merge", "--set", "data.train=300000"), "missing shards: 1/2")
        self.assert_done(self.stage("generate", *arguments))
        self.assert_done(self.stage("merge", "--set", "data.train=300000"))
        self.assert_same_data(self.run_folder / "dataset.h5", self.generate_elsewhere("--set", "data.train=300000"))

    def test_changed_configuration_leaves_no_old_shards(self):
        self.assert_done(self.stage("generate", "--shard", "1/2"))
        self.assert_refused(self.stage("generate", "--set", "prior.mean=3"), "shard-1-of-2.h5", "mean: 2 -> mean: 3", "--force")
        result = self.stage("generate", "--force", "--set", "prior.mean=3")
        self.assert_done(result)
        self.assertIn("shard-1-of-2.h5 is removed: to be made again (--force)", result.stderr)
        self.assertFalse(self.shards.exists())


@unittest.skipUnless(os.geteuid() == 0, "mounting a small file system needs root")
class FullDisk(ShardTest):
    def setUp(self):
        super().setUp()
        self.run_folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(self.run_folder)], check=True)
        self.addCleanup(subprocess.run, ["umount", str(self.run_folder)], check=False)

    def test_finished_shards_are_kept(self):
        arguments = ("--set", "data.train=900", "--set", "resources.shard_rows=100", "--set", "data.fields=0")
        result = self.stage("generate", *arguments)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("shard-", result.stderr)
        kept = list(self.shards.iterdir())
        self.assertTrue(kept)
        self.assertEqual([path for path in kept if ".tmp" in path.name], [])
        kept = [path for path in kept if "partial" not in path.name]  # may hold rows that fitted
        subprocess.run(["mount", "-o", "remount,size=8m", str(self.run_folder)], check=True)
        result = self.stage("generate", *arguments)
        self.assert_done(result)
        self.assertIn(f"{len(kept)} of 10 shards are there", result.stderr)


if __name__ == "__main__":
    unittest.main()
