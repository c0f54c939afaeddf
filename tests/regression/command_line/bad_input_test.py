"""Bad input: a message that names the thing, exit status 2, and nothing written."""
import pathlib
import unittest

import h5py
import numpy
import torch

from program import CONFIG, HAS_CUDA, ProgramTest


class BadConfiguration(ProgramTest):
    def assert_rejected(self, text, *words):
        config = self.write("config.yaml", text)
        result = self.scorefem("run", config, "--output", self.run_folder)
        self.assert_refused(result, "config.yaml", *words)
        self.assertEqual(self.written(), ["config.yaml"])

    BASE = "study: x\nseed: 1\nforward: {problem: linear}\nnoise: {relative: 0.1}\ndata: {train: 20, test: 10}\n"

    def test_unknown_key(self):
        self.assert_rejected(self.BASE + "sampling: {sampels: 5}\n", ":6", "sampling.sampels", "did you mean 'samples'")

    def test_missing_key(self):
        self.assert_rejected(self.BASE.replace("seed: 1\n", ""), "seed", "(missing)")

    def test_wrong_type(self):
        self.assert_rejected(self.BASE.replace("seed: 1", "seed: one"), ":2", "seed", "'one'", "an integer")

    def test_out_of_range(self):
        self.assert_rejected(self.BASE.replace("problem: linear", "problem: linear, diffusivity: -1"), ":3",
                             "forward.diffusivity", "'-1'", "> 0")

    def test_unknown_choice(self):
        self.assert_rejected(self.BASE.replace("linear", "linaer"), ":3", "forward.problem", "did you mean 'linear'")

    def test_process(self):
        self.assert_rejected(self.BASE + "process: {family: vp, k: 0}\n", ":6", "process.k", "'0'", "> 0")
        self.assert_rejected(self.BASE + "process: {family: ve_linear, s_min: 2, s_max: 2}\n", ":6", "s_max", "more than s_min")

    def test_sampler(self):
        self.assert_rejected(self.BASE + "sampling: {method: stochastic_heun, alpha: -1}\n", ":6", "sampling.alpha", "'-1'", "> 0")
        # Where the reverse process is singular at t = 0.
        self.assert_rejected(self.BASE + "sampling: {method: rk45, end_time: 0}\n", "end_time = 0", "gaussian_residual")
        cubic = self.BASE + "process: {family: vp, k: 3}\nmodel: {network: mlp}\n"
        self.assert_rejected(cubic + "sampling: {end_time: 0}\n", "end_time = 0", "g^2")
        resolved = self.scorefem("generate", self.write("config.yaml", cubic), "--dry-run")
        self.assert_done(resolved)
        self.assertNotIn("end_time", resolved.stdout)  # chosen where the process leaves nothing to resolve

    def test_training(self):
        self.assert_rejected(self.BASE, "batch_size = 1000", "19 of 20 pairs")
        self.assert_rejected(self.BASE + "training: {batch_size: 11, validation_fraction: 0.5}\n", "batch_size = 11", "10 of 20")
        self.assert_rejected(self.BASE + "training: {patience: 3, validation_fraction: 0}\n", ":6", "training.patience",
                             "validation_fraction")
        self.assert_rejected(self.BASE + "training: {small_angles: 1.5}\n", ":6", "training.small_angles", "'1.5'")
        self.assert_rejected(self.BASE + "training: {small_angles: 0.5, small_angle_sd: 0}\n", ":6", "training.small_angle_sd", "'0'")
        self.assert_rejected(self.BASE + "training: {small_angle_mean: -2}\n", ":6", "small_angle_mean")  # of none
        self.assert_rejected(self.BASE + "training: {weight_decay: -1}\n", ":6", "training.weight_decay", "'-1'")
        self.assert_rejected(self.BASE + "model: {network: mlp, layers: residual}\n", ":6", "layers")
        self.assert_rejected(self.BASE + "model: {layers: dense}\n", ":6", "model.layers", "plain", "residual")
        self.assert_rejected(self.BASE + "model: {layers: residual}\nsampling: {precision: bfloat16}\n", ":7", "sampling.precision",
                             "layers: residual")
        self.assert_rejected(self.BASE + "sampling: {step_error: 0}\n", ":6", "sampling.step_error", "> 0")
        self.assert_rejected(self.BASE + "model: {network: mlp}\ntraining: {fresh_noise: true, noise_range: [0.1, 1]}\n", ":7",
                             "training.noise_range", "gaussian_residual")

    def test_noise_that_the_network_would_not_serve(self):
        outside = self.BASE + "training: {batch_size: 5, noise_range: [0.2, 1]}\n"
        self.assert_rejected(outside, ":4", "noise", "relative: 0.1", "training.noise_range, [0.2, 1]")
        config = self.write("config.yaml", outside)
        for command in ("train", "check"):
            self.assert_refused(self.scorefem(command, config, "--output", self.run_folder), "config.yaml:4", "training.noise_range")
        # The data do not depend on it, and what several rows have together may be within.
        self.assert_done(self.scorefem("generate", config, "--output", self.run_folder, "--dry-run"))
        self.assert_done(self.scorefem("run", config, "--output", self.run_folder, "--dry-run", "--set", "noise.relative=0.2"))
        self.assert_done(self.scorefem("generate", config, "--output", self.run_folder))
        absolute = ("--set", "noise={absolute: 1e-6}")
        self.assert_refused(self.scorefem("train", config, "--output", self.run_folder, *absolute), "training.noise_range", "1e-06")
        self.assertFalse((self.run_folder / "model.pt").exists())

    def test_an_empty_configuration_and_a_number_that_is_none(self):
        empty = self.write("empty.yaml", "\n")
        self.assert_refused(self.scorefem("generate", empty, "--dry-run"), "empty.yaml: empty; expected a configuration")
        result = self.stage("generate", "--dry-run", "--set", "prior={model: independent, mean: .nan}")
        self.assert_refused(result, "prior.mean", "expected a number that is finite")

    def test_an_output_that_cannot_be_written_is_noticed_first(self):
        """Before the run is looked at, which there is not."""
        measured = self.write("measured.csv", "1\n")
        output = self.write("file", "") / "answer.h5"
        result = self.scorefem("infer", CONFIG, "--run", self.run_folder, "--measurement", measured, "--output", output)
        self.assert_refused(result, f"--output {output}: cannot be written", "not a folder")

    def test_bounds_of_a_prior_that_are_not_given(self):
        """None is made up: the prior would be another one."""
        def prior(words):
            return self.stage("generate", "--dry-run", "--set", f"prior={{model: independent, {words}}}")

        self.assert_refused(prior("distribution: uniform, upper: 4"), "prior.distribution", "both lower and upper")
        self.assert_refused(prior("distribution: truncated_normal, mean: 2"), "prior.distribution", "normal is the one without bounds")
        half = prior("distribution: truncated_normal, mean: 2, lower: 0")
        self.assert_done(half)
        section = half.stdout[half.stdout.index("\nprior:"):].split("\n", 8)
        self.assertIn("lower: 0", half.stdout)
        self.assertFalse([line for line in section[:8] if "upper:" in line], half.stdout)

    def test_a_prior_beyond_the_bounds_of_the_unknowns(self):
        settings = ("--set", "forward.problem=reaction", "--set", "prior={model: independent, distribution: normal}")
        self.assert_refused(self.stage("generate", *settings), "prior.model = independent", "lower 1", "[-inf, inf]", "within the bounds [0, inf]",
                            "forward.problem = reaction")
        self.assertEqual(self.written(), [])

    @unittest.skipIf(HAS_CUDA, "this machine has a CUDA device")
    def test_no_such_device(self):
        for command in ("run", "train", "sample"):
            self.assert_refused(self.stage(command, "--set", "resources.device=cuda"), "resources.device cuda",
                                "allowed here: auto, cpu")
        self.assertEqual(self.written(), [])

    def test_not_yaml(self):
        self.assert_rejected(self.BASE + "  broken: [\n", "not YAML")

    def test_missing_file(self):
        self.assert_refused(self.scorefem("run", self.folder / "absent.yaml"), "absent.yaml")
        self.assertEqual(self.written(), [])

    def test_override(self):
        self.assert_refused(self.stage("run", "--set", "noise.relativ=1"), "--set noise.relativ=1", "did you mean 'relative'")
        self.assertEqual(self.written(), [])


class BadCommandLine(ProgramTest):
    def test_unknown_command_and_option(self):
        self.assert_refused(self.scorefem("generat", CONFIG), "'generat' is no command; did you mean 'generate'?")
        self.assert_refused(self.scorefem("run", CONFIG, "--ouput", "x"), "'--ouput'", "did you mean '--output'?")
        self.assert_refused(self.scorefem("run"))
        self.assert_refused(self.scorefem())

    def test_unwritable_output(self):
        blocker = self.write("blocker", "a file, not a folder")
        self.assert_refused(self.scorefem("run", CONFIG, "--output", blocker / "run"), "blocker/run", "cannot be written")

    def test_stages_out_of_order(self):
        self.assert_refused(self.stage("train"), "dataset.h5", "scorefem generate")
        self.assert_refused(self.stage("evaluate"), "dataset.h5")
        self.assertEqual(self.written(), [])


class BadCsv(ProgramTest):
    def assert_rejected(self, text, *words):
        flux = self.write("flux.csv", text)
        result = self.scorefem("observe", CONFIG, "--flux", flux, "--output", self.folder / "out.csv")
        self.assert_refused(result, "flux.csv", *words)
        self.assertEqual(self.written(), ["flux.csv"])

    def test_columns(self):
        self.assert_rejected("# comment\n" + ",".join(["1"] * 29) + "\n", ":2", "29 columns", "expected 30")

    def test_text(self):
        self.assert_rejected(",".join(["1"] * 29 + ["much"]) + "\n", ":1, column 30", "'much'")

    def test_infinity(self):
        self.assert_rejected(",".join(["inf"] + ["1"] * 29) + "\n", ":1, column 1", "'inf'")

    def test_empty(self):
        self.assert_rejected("# nothing\n", "no rows")


    def test_negative_flux(self):
        flux = self.write("flux.csv", ",".join(["1"] * 30) + "\n" + ",".join(["1"] * 4 + ["-0.5"] + ["1"] * 25) + "\n")
        output = self.folder / "out.csv"
        linear = self.scorefem("observe", CONFIG, "--flux", flux, "--output", output)
        self.assert_done(linear)  # out of the channel: as good as any other in a linear problem
        output.unlink()
        reaction = self.scorefem("observe", CONFIG, "--flux", flux, "--output", output, "--set", "forward.problem=reaction")
        self.assert_refused(reaction, "flux.csv", "row 2, column 5 (lower 5)", "-0.5", "[0, inf]")
        self.assertEqual(self.written(), ["flux.csv"])


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
