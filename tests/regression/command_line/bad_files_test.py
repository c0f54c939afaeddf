"""Files that are not what they should be: masks, sensors, data sets, checkpoints, measurements."""

import pathlib
import unittest

import h5py
import numpy
import torch

from program import CONFIG, ProgramTest


class Masks(ProgramTest):
    MASKED = ("--set", "model.masked=true", "--set")

    def assert_rejected(self, text, *words):
        mask = self.write("mask.csv", text)
        self.assert_refused(self.stage("generate", *self.MASKED, f"data.mask_file={mask}"), *words)
        self.assertFalse((self.run_folder / "dataset.h5").exists())

    def test_bad_masks(self):
        self.assert_rejected(",".join(["1"] * 29) + "\n", "mask.csv:1", "29 columns", "expected 30")
        self.assert_rejected(",".join(["1"] * 29 + ["0.5"]) + "\n", "mask.csv", "row 1, column 30", "0 (off)")
        self.assert_rejected((",".join(["1"] * 30) + "\n") * 7, "mask.csv", "7 rows", "420")
        self.assert_refused(self.stage("generate", *self.MASKED, "data.mask_file=absent.csv"), "absent.csv")
        for value in ("-0.1", "0", "1.1", "nan"):
            self.assert_refused(self.stage("generate", *self.MASKED, f"data.mask_probability={value}"),
                                "data.mask_probability", value, "(0, 1]")
        mask = self.write("mask.csv", ",".join(["1"] * 30) + "\n")
        self.assert_refused(self.stage("generate", "--set", f"data.mask_file={mask}"), "model.masked: true")

    def test_mask_file_is_looked_for_beside_the_configuration(self):
        self.write("mask.csv", ",".join(["1"] * 29 + ["0"]) + "\n")
        text = pathlib.Path(CONFIG).read_text(encoding="utf-8").replace("data: {", "data: {mask_file: mask.csv, ")
        config = self.write("masks.yaml", text.replace("network: mlp", "network: mlp, masked: true"))
        for elsewhere in ("/", self.folder):
            self.assert_done(self.scorefem("generate", config, "--output", self.run_folder, cwd=elsewhere))
        with h5py.File(self.run_folder / "dataset.h5") as data:
            self.assertEqual(data["test/mask"][0].tolist(), [1] * 29 + [0])

    def test_given_masks_are_stored_and_their_contents_matter(self):
        rows = [[(i * j) % 3 // 2 for j in range(30)] for i in range(420)]
        mask = self.write("mask.csv", "\n".join(",".join(map(str, row)) for row in rows) + "\n")
        setting = (*self.MASKED, f"data.mask_file={mask}")
        self.assert_done(self.stage("generate", *setting))
        with h5py.File(self.run_folder / "dataset.h5") as data:
            self.assertEqual(data["train/mask"][:].tolist(), rows[:400])
            self.assertEqual(data["test/mask"][:].tolist(), rows[400:])
        self.assertIn("skipped", self.stage("generate", *setting).stderr)
        self.write("mask.csv", ",".join(["1"] * 29 + ["0"]) + "\n")
        again = self.stage("generate", *setting)
        self.assert_done(again)
        self.assertIn("mask_file", again.stderr)
        with h5py.File(self.run_folder / "dataset.h5") as data:
            self.assertEqual(data["train/mask"][:].sum(axis=0).tolist(), [400] * 29 + [0])


class BadSensors(ProgramTest):
    def test_outside_the_channel(self):
        for setting, words in (("sensors.positions=[[0.5, 0.5], [9, 1]]", ("positions", "(9.000000, 1.000000) is outside")),
                               ("sensors.rows=[0.5, 2.5]", ("rows", "(0.500000, 2.500000) is outside")),
                               ("sensors.positions=[[0.5]]", ("sensors.positions", "pairs [x, y]")),
                               ("sensors.spacing=0", ("sensors.spacing", "> 0")),
                               ("sensors.per_row=0", ("sensors.per_row", "[1, 100000]"))):
            self.assert_refused(self.stage("generate", "--set", setting), *words)
        self.assertEqual(self.written(), [])


class BadFiles(ProgramTest):
    def test_data_set(self):
        self.assert_done(self.stage("generate"))
        path = self.run_folder / "dataset.h5"
        whole = path.read_bytes()
        with h5py.File(path, "r+") as file:
            file.attrs.modify("format_version", 99)
        self.assert_refused(self.stage("train"), "dataset.h5", "format version 99")
        path.write_bytes(whole[: len(whole) // 2])
        self.assert_refused(self.stage("train"), "dataset.h5", "truncated")
        path.write_bytes(b"this is not HDF5")
        self.assert_refused(self.stage("train"), "dataset.h5", "not an HDF5 file")
        self.assert_refused(self.stage("run"), "dataset.h5", "not an HDF5 file")
        path.write_bytes(whole)
        self.assert_refused(self.stage("train", "--set", "prior.mean=3"), "dataset.h5", "mean: 2 -> mean: 3")
        self.assert_done(self.stage("train", "--set", "training.epochs=1"))

    def test_values_of_the_data_set(self):
        self.assert_done(self.stage("generate"))
        path = self.run_folder / "dataset.h5"
        whole = path.read_bytes()

        def train_with(array, value, *place, failures=()):
            path.write_bytes(whole)
            with h5py.File(path, "r+") as file:
                file[array][place] = value
                if failures:
                    file["failures/row"] = numpy.array([[0, row] for row in failures], float)
                    file["failures/reason"] = numpy.array(["stalled"] * len(failures), "S8")
            return self.stage("train", "--set", "training.epochs=1", "--set", "data.allow_failed=1")

        every = slice(None)
        self.assert_refused(train_with("train/observations", numpy.nan, every, 3), "dataset.h5: /train/observations, row 0",
                            "column 3", "nan", "finite")
        self.assert_refused(train_with("train/unknowns", numpy.inf, 7, 2), "/train/unknowns, row 7, column 2", "inf")
        self.assert_refused(train_with("train/noise", numpy.nan, 8, 1, failures=[8]), "/train/noise, row 8, column 1")
        self.assert_refused(train_with("train/observations", numpy.nan, 9, every, failures=[8]), "/train/observations, row 9")
        self.assert_refused(train_with("train/observations", numpy.nan, every, every, failures=range(400)), "no training sample")
        self.assert_refused(train_with("train/observations", 1.0, every, 3), "measured is constant in column 3")
        self.assert_refused(train_with("train/unknowns", 1.0, every, 4), "inferred is constant in column 4")
        self.assertEqual([name for name in self.written() if name.endswith(".pt")], [])
        done = train_with("train/observations", numpy.nan, 9, every, failures=[9])
        self.assert_done(done)
        self.assertIn("399 pairs", done.stderr)

    def test_checkpoint(self):
        self.assert_done(self.stage("generate"))
        self.assert_done(self.stage("train", "--set", "training.epochs=1"))
        self.assert_refused(self.stage("sample"), "model.pt", "does not fit the configuration", "epochs: 1 -> epochs: 30")
        model = self.run_folder / "model.pt"
        whole = model.read_bytes()
        model.write_bytes(whole[: len(whole) // 2])
        self.assert_refused(self.stage("sample", "--set", "training.epochs=1"), "model.pt")
        model.write_bytes(b"not a checkpoint")
        self.assert_refused(self.stage("sample", "--set", "training.epochs=1"), "model.pt")
        model.write_bytes(whole)
        other = torch.jit.load(model)
        other.format_version = 99
        other.save(model)
        self.assert_refused(self.stage("sample", "--set", "training.epochs=1"), "model.pt", "format version 99", "reads version")
        self.assertFalse((self.run_folder / "posterior.h5").exists())
        model.write_bytes(whole)
        self.assert_done(self.stage("sample", "--set", "training.epochs=1"))

    def test_measurements(self):
        self.assert_done(self.stage("generate"))
        self.assert_done(self.stage("train", "--set", "training.epochs=1"))
        one_missing = self.write("measured.csv", ",".join(["1"] * 29) + ",\n")
        result = self.scorefem("infer", CONFIG, "--measurement", one_missing, "--output", self.folder / "out.h5", "--run",
                               self.run_folder, "--set", "training.epochs=1")
        self.assert_refused(result, "measured.csv", "sensor 30", "masks")
        self.assertNotIn("out.h5", self.written())


if __name__ == "__main__":
    unittest.main()
