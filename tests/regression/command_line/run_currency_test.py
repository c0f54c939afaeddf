"""Whether what is there is current: results are made again when what they were made of has changed, and inputs that change are noticed."""

import json
import os
import shutil
import unittest

import h5py
import numpy

from program import CONFIG, wait_until
from safety import LONG, SafetyTest


class Currency(SafetyTest):
    def ready(self):
        for command in ("generate", "train", "sample"):
            self.assert_done(self.stage(command))

    def test_report_that_failed_is_made_again(self):
        self.ready()
        self.assert_done(self.stage("evaluate"))
        self.assert_done(self.stage("sample", "--set", "sampling.samples=30"))
        settings = ("--set", "sampling.samples=30")
        failed = self.scorefem("evaluate", CONFIG, "--output", self.run_folder, *settings,
                               env=dict(os.environ, SCOREFEM_SCRIPTS="/nonexistent"))
        self.assertEqual(failed.returncode, 1)
        again = self.stage("evaluate", *settings)
        self.assert_done(again)
        self.assertNotIn("up to date", again.stderr)
        self.assertIn("up to date", self.stage("evaluate", *settings).stderr)
        (self.run_folder / "calibration.csv").unlink()
        (self.run_folder / "metrics.csv").write_text("another program's\n")
        self.assertIn("not those that were written", self.stage("evaluate", *settings).stderr)
        self.assertTrue((self.run_folder / "calibration.csv").exists())

    def test_more_references_are_evaluated(self):
        self.ready()
        chains = ("--set", "reference.chains=4", "--set", "reference.samples=100", "--set", "reference.ess=50")
        for n in (2, 4):
            self.assert_done(self.stage("reference", *chains, "--set", f"reference.measurements={n}"))
            self.assert_done(self.stage("evaluate", *chains))
            summary = json.loads((self.run_folder / "summary.json").read_text())
            self.assertEqual(summary["means_over"]["exact"], n)

    def test_results_of_an_earlier_version_are_made_again(self):
        self.ready()
        with h5py.File(self.run_folder / "posterior.h5", "r+") as file:
            del file.attrs["result_version"], file.attrs["contents"]  # what earlier programs did not write
        self.assert_refused(self.stage("evaluate"), "posterior.h5", "numerics", "scorefem sample")
        self.assertIn("result version 1 -> 3", self.stage("sample").stderr)
        self.assert_done(self.stage("evaluate"))

    def test_model_of_other_data_is_noticed(self):
        self.ready()
        with h5py.File(self.run_folder / "dataset.h5", "r+") as file:
            file["train/observations"][3, 4] *= 1.01
        self.assert_refused(self.stage("sample", "--set", "sampling.samples=30"), "the training data changed")
        self.assertIn("model.pt is made again, the training data changed", self.stage("train").stderr)

    def test_views_show_the_shards_they_were_made_of(self):
        for i in (1, 2):
            self.assert_done(self.stage("generate", "--shard", f"{i}/2"))
        self.assert_done(self.stage("merge"))
        other = self.folder / "other"
        for i in (1, 2):
            self.assert_done(self.scorefem("generate", CONFIG, "--output", other, "--set", "seed=6", "--shard", f"{i}/2"))
        once = ("--set", "training.epochs=1")
        result = self.scorefem("train", CONFIG, "--output", self.run_folder, *once,
                               env=dict(os.environ, HDF5_VDS_PREFIX=str(other)))
        self.assert_done(result)
        self.assertIn("up to date", self.stage("train", *once).stderr)  # the same data without the prefix
        shard = self.run_folder / "shards" / "shard-2-of-2.h5"
        shard.write_bytes((other / "shards" / "shard-2-of-2.h5").read_bytes())
        self.assert_refused(self.stage("train", *once), "shard-2-of-2.h5", "other samples")

    def test_unfinished_work_of_another_configuration_is_not_removed(self):
        self.assert_done(self.stage("generate", "--shard", "1/2"))
        for command in (("generate",), ("generate", "--shard", "1/2")):
            self.assert_refused(self.stage(*command, "--set", "prior.mean=3"), "shard-1-of-2.h5", "mean: 2 -> mean: 3",
                                "--force")
        self.assert_done(self.stage("generate", "--force", "--set", "prior.mean=3"))
        process = self.start("train", "--set", "prior.mean=3", *LONG)
        wait_until((self.run_folder / "model.partial.pt").exists)
        self.assertEqual(self.stop(process)[0], 75)
        self.assert_refused(self.stage("train", "--set", "prior.mean=3"), "model.partial.pt", "epochs: 100000 -> epochs: 30",
                            "--force")
        self.assert_done(self.stage("train", "--force", "--set", "prior.mean=3"))
        chains = ("--set", "prior.mean=3", "--set", "reference.measurements=1", "--set", "reference.ess=50", "--set",
                  "reference.samples=100")
        self.assert_done(self.stage("reference", *chains))
        parts = self.run_folder / "reference.parts"  # as a reference that was stopped leaves it
        parts.mkdir()
        (self.run_folder / "reference.h5").rename(parts / "part-00001.h5")
        self.assert_refused(self.stage("reference", *chains, "--set", "reference.samples=400"), "reference.parts", "-> samples: 400",
                            "--force")
        self.assertTrue((parts / "part-00001.h5").exists())


class Inputs(SafetyTest):
    def test_texts_of_any_length(self):
        positions = ", ".join(f"[{0.002 * i + 0.5}, {0.5 + 0.0001 * i}]" for i in range(3000))
        config = self.write("many.yaml", (
            "study: many\nseed: 1\nforward: {problem: linear, discretisation: {degree: 1, cells_across: 4}}\n"
            f"noise: {{relative: 0.1}}\ndata: {{train: 4, test: 2, fields: 0}}\nsensors: {{positions: [{positions}]}}\n"
            "training: {batch_size: 2}\n"))
        self.assert_done(self.scorefem("generate", config, "--output", self.run_folder))
        with h5py.File(self.run_folder / "dataset.h5") as file:
            self.assertGreater(len(file.attrs["configuration"]), 65536)
        self.assertIn("up to date", self.scorefem("generate", config, "--output", self.run_folder).stderr)

    def test_data_set_of_format_1_is_read(self):
        settings = ("--set", "training.epochs=2")
        self.assert_done(self.stage("generate"))
        self.assert_done(self.stage("train", *settings))
        self.assert_done(self.stage("sample", *settings))
        old = self.folder / "old"
        old.mkdir()
        with h5py.File(self.run_folder / "dataset.h5") as new, h5py.File(old / "dataset.h5", "w") as file:
            for name, value in new.attrs.items():
                file.attrs[{"degrees_of_freedom": "n_unknowns"}.get(name, name)] = value
            file.attrs["format_version"] = 1
            for split in ("train", "test"):
                file[f"{split}/flux"] = new[f"{split}/unknowns"][:]
                file[f"{split}/concentration"] = new[f"{split}/observations"][:]
                file[f"{split}/noise"] = new[f"{split}/noise"][:]
                file[f"{split}/mask"] = numpy.ones_like(new[f"{split}/noise"])
            file["response"] = new["response"][:]
            middle = new["unknowns/position"][:, 0]
            wall = [float(group == b"upper wall") for group in new["unknowns/group"]]
            file["segments"] = numpy.stack([wall, middle - 0.25, middle + 0.25], axis=1)
            file["sensors"] = new["observations/position"][:]
        for command in ("train", "sample"):
            self.assert_done(self.scorefem(command, CONFIG, "--output", old, *settings))
        with h5py.File(self.run_folder / "posterior.h5") as new, h5py.File(old / "posterior.h5") as same:
            for name in ("samples", "truth", "measurement", "unknowns/name", "unknowns/position"):
                numpy.testing.assert_array_equal(same[name][:], new[name][:])
        self.assert_done(self.scorefem("evaluate", CONFIG, "--output", old, *settings))

    def test_locked_file_is_named_as_such(self):
        self.assert_done(self.stage("generate"))
        with h5py.File(self.run_folder / "dataset.h5", "r+"):
            self.assert_refused(self.stage("train"), "dataset.h5", "locked", "HDF5_USE_FILE_LOCKING")

    def test_infer_replaces_no_file_of_the_run(self):
        self.assert_done(self.stage("generate"))
        self.assert_done(self.stage("train"))
        with h5py.File(self.run_folder / "dataset.h5") as data:
            row = data["test/observations"][0]
        measured = self.write("measured.csv", ",".join(map(str, row)) + "\n")
        for name in ("posterior.h5", "dataset.h5", "model.pt", "summary.json"):
            output = self.run_folder / ".." / "run" / name
            self.assert_refused(self.scorefem("infer", CONFIG, "--run", self.run_folder, "--measurement", measured, "--output",
                                              output), name, "of the run")
        self.assert_refused(self.scorefem("infer", CONFIG, "--run", self.run_folder, "--measurement", measured, "--output",
                                          measured), "what is read")
        self.assert_refused(self.scorefem("infer", CONFIG, "--run", self.run_folder, "--measurement", measured, "--output",
                                          self.run_folder / "log.jsonl"), "of the run")
        fluxes = self.write("fluxes.csv", ",".join(["1"] * 30) + "\n")
        config = self.write("own.yaml", open(CONFIG, encoding="utf-8").read())
        for output in (self.run_folder / "model.pt", fluxes, config):
            self.assert_refused(self.scorefem("observe", config, "--flux", fluxes, "--output", output), "would replace")

    def test_infer_replaces_no_result_wherever_it_is(self):
        run = self.run_folder
        for part in ("1/2", "2/2"):
            self.assert_done(self.stage("generate", "--shard", part))
        for command in ("merge", "train", "sample"):
            self.assert_done(self.stage(command))
        self.assert_done(self.stage("reference", "--set", "reference={measurements: 2, chains: 2, warmup: 10, iterations: 100, "
                                    "max_iterations: 100, samples: 50}"))
        with h5py.File(run / "dataset.h5") as data:
            row = data["test/observations"][0]
        measured = self.write("measured.csv", ",".join(map(str, row)) + "\n")

        def infer(output):
            return self.scorefem("infer", CONFIG, "--run", run, "--measurement", measured, "--output", output)

        parts = run / "reference.parts"
        parts.mkdir(exist_ok=True)
        shutil.copy(run / "reference.h5", parts / "part-0.h5")
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        for name in ("dataset.h5", "shards/shard-1-of-2.h5", "posterior.h5", "reference.h5"):
            shutil.copy(run / name, elsewhere)
        shutil.copy(run / "model.pt", elsewhere / "own.pt")
        kept = {path: path.read_bytes() for path in (*run.rglob("*.h5"), *elsewhere.iterdir())}
        for output, word in ((run / "shards/shard-1-of-2.h5", "parts"), (run / "shards/own.h5", "parts"),
                             (parts / "part-0.h5", "parts"), (elsewhere / "dataset.h5", "scorefem dataset"),
                             (elsewhere / "shard-1-of-2.h5", "scorefem shard"), (elsewhere / "reference.h5", "scorefem reference"),
                             (elsewhere / "own.pt", "a model"), (elsewhere / "posterior.h5", "scorefem posterior")):
            self.assert_refused(infer(output), "--output", output.name, word)
        self.assertEqual(kept, {path: path.read_bytes() for path in kept})

        own = self.folder / "own.h5"
        for _ in range(2):  # its own earlier output
            self.assert_done(infer(own))
        (self.folder / "shards").mkdir()  # of nobody's run
        self.assert_done(infer(self.folder / "shards" / "own.h5"))

    def test_folder_whose_name_is_not_utf_8(self):
        self.run_folder = self.folder / os.fsdecode(b"latin \xe9")
        self.assert_done(self.scorefem("run", CONFIG, "--output", self.run_folder, errors="surrogateescape"))
        self.assertTrue(json.loads((self.run_folder / "summary.json").read_text(encoding="utf-8"))["finished"])

    def test_late_bad_input_leaves_what_is_finished_and_its_log(self):
        settings = ("--set", "model.network=gaussian_residual", "--set", "training.epochs=1")
        # The unit, of which 0.2 to 0.4 are meant, is known from the data alone.
        late = self.stage("run", *settings, "--set", "training.noise_range=[0.2, 0.4]", "--set", "noise={absolute: 1e-6}")
        self.assert_refused(late, "training.noise_range")
        self.assertTrue((self.run_folder / "dataset.h5").exists())
        events = [json.loads(line)["event"] for line in (self.run_folder / "log.jsonl").read_text().splitlines()]
        self.assertIn("generated", events)

    def test_yaml_that_would_not_count(self):
        text = open(CONFIG, encoding="utf-8").read()
        self.assert_refused(self.scorefem("generate", self.write("two.yaml", text + "---\nunknown: 1\n"), "--dry-run"), "two.yaml:",
                            "second document")
        merged = text.replace("study: tiny", "study: tiny\nprocess: {<<: {family: ve_geometric}}")
        self.assert_refused(self.scorefem("generate", self.write("merge.yaml", merged), "--dry-run"), "merge.yaml:", "process.<<",
                            "merge key")

    def test_unused_options_of_petsc_are_reported(self):
        result = self.scorefem("generate", CONFIG, "--output", self.run_folder,
                               env=dict(os.environ, PETSC_OPTIONS="-ksp_rtol 1e-3"))
        self.assert_done(result)
        self.assertIn("-ksp_rtol", result.stderr)
        self.assertIn("transport_", result.stderr)

    def test_more_rows_than_32_bits_count(self):
        result = self.stage("generate", "--shard", "3000001/3000001", "--set", "data.train=3000000000")
        self.assert_done(result)
        with h5py.File(self.run_folder / "shards" / "shard-3000001-of-3000001.h5") as shard:
            self.assertEqual(shard.attrs["end_row"], 3000000020)
        result = self.stage("generate", "--dry-run", "--set", "data.train=2147483647", "--set", "data.test=2147483647")
        self.assert_done(result)

    def test_failed_test_samples_are_left_out_and_named(self):
        self.assert_done(self.stage("generate"))
        self.assert_done(self.stage("train"))
        with h5py.File(self.run_folder / "dataset.h5", "r+") as file:
            file["test/observations"][7] = numpy.nan
            file["failures/row"] = numpy.array([[1.0, 7.0]])
            file["failures/reason"] = numpy.array(["stalled"], "S8")
        result = self.stage("sample", "--set", "sampling.measurements=20")
        self.assert_done(result)
        self.assertIn("1 of 20 test samples have no solution and are left out (rows 7", result.stderr)
        with h5py.File(self.run_folder / "posterior.h5") as file:
            self.assertEqual(len(file["samples"]), 19)
        with h5py.File(self.run_folder / "dataset.h5", "r+") as file:
            n = len(file["test/observations"])
            file["test/observations"][:] = numpy.nan
            del file["failures/row"], file["failures/reason"]
            file["failures/row"] = numpy.array([[1.0, float(i)] for i in range(n)])
            file["failures/reason"] = numpy.array(["stalled"] * n, "S8")
        self.assert_refused(self.stage("reference"), "no test sample has a solution")

    def test_one_row_does_not_decide_the_unit_of_noise(self):
        self.assert_done(self.stage("generate"))
        path = self.run_folder / "dataset.h5"
        with h5py.File(path, "r+") as file:
            clean = file["train/observations"][:]
            stored = file.attrs["noise_unit"]
            self.assertAlmostEqual(stored, clean.std(), places=9)
            del file.attrs["noise_unit"]  # as in a file of an earlier version: it is computed
        for factor in (30, 1e5):
            with h5py.File(path, "r+") as file:
                file["train/observations"][123] = clean.mean() + factor * (clean[123] - clean.mean())
            result = self.stage("train", "--set", "training.epochs=1")
            self.assert_done(result)
            self.assertIn("rows 123 (from 0)", result.stderr)
        self.assert_done(self.stage("sample", "--set", "training.epochs=1"))
        with h5py.File(self.run_folder / "posterior.h5") as file:
            self.assertAlmostEqual(file.attrs["noise_std"], 0.1 * numpy.delete(clean, 123, axis=0).std(), places=9)

        mostly_zero = clean.copy()
        mostly_zero[22:] = 0
        mostly_zero[5] = 1e5
        with h5py.File(path, "r+") as file:
            file["train/observations"][:] = mostly_zero
        result = self.stage("train", "--set", "training.epochs=1")
        self.assert_done(result)
        self.assertIn("rows 5 (from 0)", result.stderr)
        self.assert_done(self.stage("sample", "--set", "training.epochs=1"))
        with h5py.File(self.run_folder / "posterior.h5") as file:
            self.assertAlmostEqual(file.attrs["noise_std"], 0.1 * numpy.delete(mostly_zero, 5, axis=0).std(), places=9)

    def test_processes_of_an_unknown_launcher_are_refused(self):
        environment = dict(os.environ, SLURM_PROCID="0", SLURM_STEP_NUM_TASKS="2")
        result = self.scorefem("generate", CONFIG, "--output", self.run_folder, env=environment)
        self.assert_refused(result, "2 were started (SLURM_STEP_NUM_TASKS)", "--mpi=pmix")
        environment = dict(os.environ, PMI_RANK="0", PMI_SIZE="2")
        result = self.scorefem("generate", CONFIG, "--output", self.run_folder, env=environment)
        self.assert_refused(result, "MPI has 1 process", "2 were started (PMI_SIZE)")
        self.assertEqual(self.written(), [])


if __name__ == "__main__":
    unittest.main()
