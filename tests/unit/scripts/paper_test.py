"""The paper's figures and claims on small synthetic runs; usage: paper_test.py SCRIPTS_DIR RESPONSE_CSV."""

import json
import re
import shutil
import sys
import tempfile
import types
import unittest
from pathlib import Path

import numpy as np

from run_script import run
from small_paper import COMPARED, use_scripts, write_small_paper

SCRIPTS, RESPONSE = Path(sys.argv[1]), Path(sys.argv[2])
use_scripts(SCRIPTS)
from paper import claims, figures  # noqa: E402
from paper.catalogue import Catalogue  # noqa: E402
from plotting import kernel_family, noise_levels, outputs, style  # noqa: E402


class TheFigures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.temporary.name)
        cls.catalogue = Catalogue("smoke")
        write_small_paper(cls.folder, cls.catalogue, RESPONSE)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_all_are_drawn_as_vectors_and_pixels(self):
        for name in self.catalogue.figures:
            png = figures.draw(self.folder, self.catalogue, name)
            self.assertTrue(png.read_bytes().startswith(b"\x89PNG"), name)
            self.assertTrue(png.with_suffix(".pdf").read_bytes().startswith(b"%PDF"), name)

    def test_small_print_says_how_it_was_made(self):
        text = figures.small_print(self.folder, self.catalogue, "fig08")
        for words in ("budget smoke", "200 epochs (paper: 10,000)", "12 measurements x 200 samples", "0123456789abcdef"):
            self.assertIn(words, text)
        self.assertIn("5 epochs (paper: 10,000)", figures.small_print(self.folder, self.catalogue, "fig03"))

    def axes(self, name):
        entry = self.catalogue.figures[name]
        return figures._KINDS[entry["kind"]](self.folder, self.catalogue, entry).axes

    def test_compared_figures_have_the_same_limits(self):
        limits = {name: [axes.get_ylim() for axes in self.axes(name)] for name in ("fig03", "fig04", *COMPARED)}
        self.assertEqual(limits["fig03"], limits["fig04"])
        for one, others in COMPARED.items():
            for other in others:
                self.assertEqual(limits[one], limits[other], f"{one}, {other}")

    def test_axes_make_room_for_what_stands_beside(self):
        levels = {"0": {"group": ["lower wall", "upper wall"], "relative_error": np.array([0.1, 0.2])}}
        larger = {"0": {"relative_error": np.array([0.1, 0.9])}}
        for beside, top in (([], 0.25), ([larger], 1.0)):
            self.assertEqual(noise_levels.error_by_noise(levels, *beside).axes[0].get_ylim(), (0, top))

    def test_draws_a_curve_for_each_level_and_the_exact_posteriors(self):
        for name, curves in (("fig08", 4), ("fig17", 3), ("fig10", 5)):  # fig17 has no exact one at 0, fig10 the prior too
            self.assertEqual([len(one.lines) for one in self.axes(name)[:2]], [curves, curves], name)

    def test_small_print_says_which_exact_posterior_is_drawn(self):
        for name, words in (("fig08", "exact posterior: in closed form, prior not clipped, at 0; by Markov chain Monte Carlo at 0.03"),
                            ("fig17", "exact posterior: none at 0; by Markov chain Monte Carlo at 0.03"),
                            ("fig16", "exact posterior: by Markov chain Monte Carlo at 0.03")):
            self.assertTrue(figures.small_print(self.folder, self.catalogue, name).endswith("\n" + words), name)

    def test_measurements_carry_noise_and_gaps(self):
        flux, fields, measurement = outputs.read_instances(self.folder / "data" / "masks", 3, 0.03)
        _, _, clean = outputs.read_instances(self.folder / "data" / "masks", 3, 0.0)
        self.assertEqual((len(flux), len(fields), measurement.shape), (3, 3, (3, 30)))
        self.assertTrue(np.isnan(measurement).any())
        with outputs.Hdf5(self.folder / "data" / "masks" / "dataset.h5") as data:
            unit = data.array("train/observations", 2).std()
            noise = data.array("test/noise", 2)[:3]
        on = np.isfinite(clean)
        np.testing.assert_allclose((measurement - clean)[on], 0.03 * unit * noise[on], rtol=1e-10)

    def test_kernels_are_the_papers(self):
        mean = np.linspace(0, 1, 11)
        np.testing.assert_allclose(kernel_family.stddev(mean, 2) ** 2, 1 - mean**2, atol=1e-15)
        np.testing.assert_allclose(kernel_family.stddev(mean, 1), 1 - mean, atol=1e-15)

    def test_claims_are_written_and_name_what_is_missing(self):
        result = run(SCRIPTS, "program/paper_check.py", self.folder, "--budget", "smoke")
        self.assertEqual(result.returncode, 0, result.stderr)
        document = json.loads((self.folder / "tables" / "claims.json").read_text(encoding="utf-8"))
        by_figure = {}
        for claim in document["claims"]:
            by_figure.setdefault(claim["figure"], []).append(claim)
        self.assertEqual(set(by_figure), {*self.catalogue.figures, "table2"})
        missing = [claim for claim in document["claims"] if claim["passed"] is None]
        self.assertTrue(missing)
        for claim in missing:
            self.assertRegex(claim["found"], r"not run \(posteriors/\w+/0.03/sde/metrics.csv: no such file")
        self.assertTrue(by_figure["fig05"][0]["passed"])
        self.assertTrue(by_figure["fig03"][0]["passed"])
        self.assertFalse(by_figure["fig10"][0]["passed"])  # the same synthetic posterior at every level
        text = (self.folder / "tables" / "claims.md").read_text(encoding="utf-8")
        self.assertIn("| fig09 | `scorefem reproduce fig09 --budget smoke` | VE and VP incur similar errors |", text)
        self.assertIn("200 epochs", text)

    def test_a_missing_run_is_named(self):
        result = run(SCRIPTS, "program/paper_figure.py", "fig08", self.folder / "data", "--budget", "smoke")
        self.assertEqual(result.returncode, 1)
        self.assertIn("linear_ve/0/ode/metrics.csv", result.stderr)
        self.assertNotIn("Traceback", result.stderr)

    def test_the_small_part_draws_the_same_without_the_runs(self):
        target = self.folder / "small"
        result = run(SCRIPTS, "studies/paper_keep.py", self.folder, target, "--budget", "smoke")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("linear_ve/0.03/ode", result.stdout)
        moved = self.folder / "elsewhere"
        target.rename(moved)  # its links are its own
        for name in self.catalogue.figures:
            whole, small = (figures._KINDS[entry["kind"]](folder, self.catalogue, entry) for folder, entry in
                            ((self.folder, self.catalogue.figures[name]), (moved, self.catalogue.figures[name])))
            self.assertEqual(len(whole.axes), len(small.axes), name)
            for one, other in zip(whole.axes, small.axes):
                for line, kept_line in zip(one.lines, other.lines, strict=True):
                    np.testing.assert_allclose(kept_line.get_ydata(), line.get_ydata(), rtol=1e-5, atol=1e-4, err_msg=name)
                for patch, kept_patch in zip(one.patches, other.patches, strict=True):
                    np.testing.assert_allclose(kept_patch.get_window_extent().bounds, patch.get_window_extent().bounds, atol=0.5)
            style.plt.close("all")
        drawn = self.folder / "drawn"
        result = run(SCRIPTS, "program/paper_from.py", moved, drawn, "fig05", "fig07", "claims")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((drawn / "figures" / "fig07.pdf").is_file())
        run(SCRIPTS, "program/paper_check.py", self.folder, "--budget", "smoke")
        whole, small = (json.loads((folder / "tables" / "claims.json").read_text(encoding="utf-8"))["claims"]
                        for folder in (self.folder, drawn))
        self.assertEqual([(claim["says"], claim["passed"]) for claim in small], [(claim["says"], claim["passed"]) for claim in whole])

    def test_a_part_of_the_levels_is_drawn(self):
        target = self.folder / "part"
        run(SCRIPTS, "studies/paper_keep.py", self.folder, target, "--budget", "smoke")
        shutil.rmtree(target / "posteriors" / "linear_ve" / "0")
        shutil.rmtree(target / "posteriors" / "masks_ve")
        result = run(SCRIPTS, "program/paper_from.py", target, target, "fig08", "fig14", "claims")
        self.assertEqual(result.returncode, 1)  # fig14 is of masks_ve
        self.assertRegex(result.stderr, "fig14: .*posteriors/masks_ve: no noise level")
        self.assertTrue((target / "figures" / "fig08.png").is_file())
        claims_of_fig08 = [claim for claim in json.loads((target / "tables" / "claims.json").read_text(encoding="utf-8"))["claims"]
                           if claim["figure"] == "fig08"]
        self.assertTrue(all("not run" in claim["found"] for claim in claims_of_fig08))

    def test_results_are_collected_with_their_provenance(self):
        for name in ("fig01", "fig08"):
            figures.draw(self.folder, self.catalogue, name)
        run(SCRIPTS, "program/paper_check.py", self.folder, "--budget", "smoke")
        target = self.folder / "collected"
        result = run(SCRIPTS, "studies/paper_collect.py", self.folder, target, "--budget", "smoke")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((target / "fig08.png").is_file())
        self.assertFalse(list(target.rglob("*.pdf")) + list(target.rglob("*.h5")))
        runs = json.loads((target / "runs.json").read_text(encoding="utf-8"))
        self.assertEqual(len(runs), 10)
        self.assertEqual(runs[0]["git_hash"], "0123456789abcdef")
        self.assertEqual((runs[0]["exact"], runs[1]["exact"]), ("closed_form", "reference"))
        self.assertIn("study: small", runs[0]["configuration"])
        lines = (target / "metrics.csv").read_text(encoding="utf-8").splitlines()
        self.assertTrue(lines[0].startswith("study,noise,sampler,group,name,relative_error"))
        self.assertEqual(len(lines), 1 + 10 * 30)
        self.assertTrue((target / "claims.md").is_file())
        page = (target / "figures.md").read_text(encoding="utf-8")
        self.assertIn(f"## fig08\n\n{self.catalogue.figures['fig08']['shows']}.\n\n![", page)
        self.assertIn("](fig08.png)\n\n| the paper says | found | holds if | holds |\n", page)
        self.assertIn("| error around 5.9 % without noise | ", page)
        self.assertEqual(re.findall(r"^## (\w+)", page, re.M), sorted(path.stem for path in target.glob("*.png")))
        refused = run(SCRIPTS, "studies/paper_collect.py", self.folder, self.folder / "posteriors", "--budget", "smoke")
        self.assertEqual(refused.returncode, 1)
        self.assertTrue((self.folder / "posteriors" / "linear_ve").is_dir())


def fake_run(error, first=1.5, std=0.5, standard_error=0.001, coverage=0.7, segments=15):
    """What the claims read of a run; `first`: the first segment's error over the others'."""
    shape = np.ones(segments)
    shape[0] = first
    columns = {"relative_error": error * shape, "posterior_std": np.full(segments, std)}
    means = {"posterior_std": std, "prior_std": 1.0, "coverage_1sd": coverage, "exact_relative_error": np.nan}
    return types.SimpleNamespace(error=error, standard_error=standard_error, epochs=10000, mean=means.__getitem__,
                                 summary={"sizes": {"measurements": 1000, "samples": 200}}, column=lambda name, wall: columns[name])


def fake_results(**studies):
    """studies: name -> runs at the levels 0, 0.03, 3."""
    noise = ["0", "0.03", "3"]
    catalogue = types.SimpleNamespace(levels=lambda study: noise, case_noise="0.03")
    return types.SimpleNamespace(
        catalogue=catalogue, folder=Path("/nonexistent"), levels=studies.__getitem__,
        pairs=lambda study, other: list(zip(studies[study], studies[other])),
        run=lambda study, level, sampler="ode": studies[study if sampler == "ode" else f"{study}_sde"][noise.index(level)],
        error_without_information=lambda study: 0.39)


class TheClaims(unittest.TestCase):
    """Each criterion is met by numbers as the paper describes them, and not by others."""

    def expect(self, check, results, passed):
        found, verdict = check(results)
        self.assertTrue(found)
        self.assertEqual(bool(verdict), passed, found)

    def runs(self, *errors, **keywords):
        return [fake_run(error, **keywords) for error in errors]

    def test_error_grows(self):
        self.expect(claims.error_grows("a"), fake_results(a=self.runs(0.06, 0.08, 0.35)), True)
        self.expect(claims.error_grows("a"), fake_results(a=self.runs(0.06, 0.05, 0.35)), False)
        self.expect(claims.error_grows("a"), fake_results(a=self.runs(0.06, 0.059, 0.35)), True)  # within two standard errors
        self.expect(claims.error_grows("a"), fake_results(a=self.runs(0.06, 0.06, 0.06)), False)

    def test_error_saturates(self):
        for last, passed in ((0.35, True), (0.25, False), (0.6, False)):
            self.expect(claims.error_saturates("a"), fake_results(a=self.runs(0.06, 0.08, last)), passed)

    def test_first_segment(self):
        self.expect(claims.first_segment_is_worst("a"), fake_results(a=self.runs(0.06, 0.08, 0.35)), True)
        self.expect(claims.first_segment_is_worst("a"), fake_results(a=self.runs(0.06, 0.08, 0.35, first=0.9)), False)
        runs = self.runs(0.06, 0.08, 0.35)
        for run in runs:  # above the others' mean, but not the largest
            run.column("relative_error", "lower")[7] *= 1.6
        self.expect(claims.first_segment_is_worst("a"), fake_results(a=runs), False)
        runs = self.runs(0.06, 0.08, first=0.9) + self.runs(0.35)
        found, passed = claims.first_segment_is_worst("a")(fake_results(a=runs))
        self.assertTrue(passed)  # on average, though not in every curve
        self.assertIn("(the largest in 2 of 6 curves)", found)

    def test_reaction(self):
        def results(error, last):
            runs = self.runs(error, error, error)
            for run in runs:
                run.column("relative_error", "lower")[-3:] *= last
            return fake_results(reaction_ve=runs, linear_ve=self.runs(0.1, 0.1, 0.1))
        for error, last, passed in ((0.12, 1.5, True), (0.12, 0.9, False), (0.08, 1.5, False)):
            self.expect(claims.higher_than_linear("reaction_ve", "relative_error"), results(error, last), passed)
        for error, passed in ((0.04, True), (0.01, False)):
            self.expect(claims.error_remains_without_noise("a"), fake_results(a=self.runs(error, 0.1, 0.3)), passed)

    def test_alike(self):
        check = claims.alike(lambda r: r.pairs("a", "b"), "A, B", 0.2)
        self.expect(check, fake_results(a=self.runs(0.06, 0.08, 0.35), b=self.runs(0.065, 0.08, 0.35)), True)
        self.expect(check, fake_results(a=self.runs(0.06, 0.08, 0.35), b=self.runs(0.08, 0.08, 0.35)), False)

    def test_std(self):
        def levels(*stds):
            return fake_results(a=[fake_run(0.1, std=std) for std in stds])
        self.expect(claims.std_grows_to_the_prior("a"), levels(0.1, 0.3, 0.9), True)
        self.expect(claims.std_grows_to_the_prior("a"), levels(0.3, 0.1, 0.9), False)
        self.expect(claims.std_grows_to_the_prior("a"), levels(0.1, 0.3, 0.6), False)
        self.expect(claims.std_grows_to_the_prior("a"), levels(0.1, 0.3, 2.4), False)

    def test_cases(self):
        self.expect(claims.cases_are_close("a"), fake_results(a=self.runs(0.06, 0.08, 0.35)), True)
        self.expect(claims.cases_are_close("a"), fake_results(a=self.runs(0.06, 0.3, 0.35)), False)
        self.expect(claims.truth_is_within_one_sd("a"), fake_results(a=self.runs(0.06, 0.3, 0.35, coverage=0.4)), False)

    def test_masks(self):
        full = self.runs(0.06, 0.08, 0.35)
        self.expect(claims.masks_are_worse, fake_results(masks_ve=self.runs(0.07, 0.09, 0.34), linear_ve=full), True)
        self.expect(claims.masks_are_worse, fake_results(masks_ve=self.runs(0.05, 0.07, 0.36), linear_ve=full), False)

    def test_zero_noise(self):
        for error, passed in ((0.059, True), (0.001, False), (0.09, False)):
            self.expect(claims.zero_noise_error, fake_results(linear_ve=self.runs(error, 0.1, 0.3)), passed)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
