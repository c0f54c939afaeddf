"""Bad input: a message that names the thing, exit status 2, and nothing written."""

import unittest

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
        self.assert_rejected(outside, ":4", "noise.relative = 0.1", "training.noise_range, [0.2, 1]")
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
        for far in ("lower: 39", "upper: -39", "lower: 39, upper: 40"):  # of which no double has a share
            self.assert_refused(prior(f"distribution: truncated_normal, {far}"), "expected bounds within 30 sd of the mean")
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


if __name__ == "__main__":
    unittest.main()
