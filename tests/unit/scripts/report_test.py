"""Figures and report from a small synthetic run; usage: report_test.py PROGRAM_SCRIPTS RESPONSE_CSV."""

import json
import re
import sys
import tempfile
import unittest
from pathlib import Path

from pages import Page
from report_texts import check_texts
from run_script import run
from small_problems import in_the_plane, without_positions
from small_run import CONFIGURATION, GATES, write_run, write_small_run

SCRIPTS, RESPONSE = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(SCRIPTS))  # for what is tested without a program
FIGURES = ("problem", "posterior_cases", "corner", "error_by_unknown", "std_by_unknown", "coverage_by_unknown", "ranks_by_unknown",
           "coverage_by_level", "ranks_of_quantities", "training")


class ReportOfASmallRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.output = Path(cls.folder.name)
        cls.summary = write_small_run(cls.output, RESPONSE)
        cls.result = run(SCRIPTS, "report.py", cls.output)
        cls.text = (cls.output / "report.html").read_text(encoding="utf-8") if cls.result.returncode == 0 else ""
        cls.page = Page(cls.text)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_succeeds_and_names_the_report(self):
        self.assertEqual(self.result.returncode, 0, self.result.stderr)
        self.assertEqual(self.result.stdout.strip(), str(self.output / "report.html"))

    def test_leaves_every_figure_as_png_and_pdf_and_nothing_else(self):
        for name in FIGURES:
            self.assertTrue((self.output / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG"), name)
            self.assertTrue((self.output / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF"), name)
        self.assertEqual(len(list((self.output / "figures").iterdir())), 2 * len(FIGURES))
        self.assertEqual([path.name for path in self.output.iterdir() if path.name.startswith(".")], [])

    def test_numbers_equal_the_summary(self):
        shown = check_texts(self, self.summary, self.page.keyed)
        for group in ("means", "standard_errors", "sizes", "stage_seconds", "training", "seeds"):
            for name in self.summary[group]:
                self.assertIn(f"{group}.{name}", shown)
        self.assertIn("configuration", shown)

    def test_unknowns_table_holds_every_row_of_the_metrics(self):
        rows = [row for row in self.page.rows if row and row[0] in ("lower wall", "upper wall")]
        self.assertEqual([(row[0], row[1]) for row in rows],
                         [(f"{wall} wall", f"{wall} {i}") for wall in ("lower", "upper") for i in range(1, 16)])
        self.assertTrue(all(len(row) == 14 for row in rows))

    def test_shows_the_gates_first(self):
        rows = [row for row in self.page.rows if row and row[0] in [gate["name"] for gate in GATES]]
        self.assertEqual([(row[0], row[3]) for row in rows],
                         [(gate["name"], "PASS" if gate["pass"] else "FAIL") for gate in GATES])
        self.assertTrue(all(row[4].endswith("PASS") for row in rows), rows)
        self.assertIn("3 of 5 gates failed", self.text)
        self.assertLess(self.text.index("3 of 5 gates failed"), self.text.index('class="tiles"'))

    def test_shows_every_measure_of_the_three_answers(self):
        shown = {key for key, _, _ in self.page.keyed}
        for name, row in self.summary["comparison"].items():
            if isinstance(row, dict):
                for answer, value in row.items():
                    self.assertEqual(f"comparison.{name}.{answer}" in shown, value is not None, f"{name} {answer}")

    def test_shows_the_local_test_of_calibration(self):
        self.assertIn("25.0%</span> of", self.text)
        self.assertIn("5% are expected", self.text)
        self.assertIn("least p-value that there is: 1 / ", self.text)
        shown = {key: value for key, value, _ in self.page.keyed}
        for position, one in enumerate(self.summary["local_calibration"]["worst"]):
            for name, value in one.items():
                self.assertEqual(shown[f"local_calibration.worst.{position}.{name}"], repr(value))

    def test_shows_the_groups_by_sensors(self):
        self.assertEqual([row[1] for row in self.page.rows if row and row[0] in ("15 to 20", "21 to 28")], ["5", "7"])

    def test_captions_name_every_curve(self):
        captions = re.findall(r"<figcaption>(.*?)</figcaption>", self.text)
        for title in ("Error by unknown", "Posterior standard deviation by unknown", "Expected coverage"):
            (caption,) = [one for one in captions if title in one]
            for curve in ("exact posterior", "Gaussian fit"):
                self.assertIn(curve, caption)

    def test_says_nothing_of_sizes_that_are_not_the_runs(self):
        for words in ("the paper", "reduced run"):
            self.assertFalse(words in self.text, words)

    def test_names_units_and_groups_of_the_layout(self):
        self.assertIn("(lower wall, upper wall)", self.text)
        self.assertIn("Posterior standard deviation (flux)", self.text)

    def test_says_which_samples_left_the_support(self):
        self.assertIn("Samples outside the prior", self.text)
        self.assertIn(("outside_support", "0.0125", "1.250%"), [tuple(one) for one in self.page.keyed])

    def test_says_that_the_forward_model_is_too_coarse(self):
        self.assertIn("A forward model that is too coarse", self.text)
        self.assertIn("the discretisation&#x27;s error is &lt;large&gt;", self.text)

    def test_refers_to_nothing_outside_itself(self):
        self.assertEqual([r for r in self.page.references if not r.startswith(("#", "data:image/png;base64,"))], [])
        self.assertIsNone(re.search(r"https?://|url\(|@import", self.text))
        anchors = re.findall(r'href="#([^"]+)"', self.text)
        self.assertEqual([name for name in anchors if f'id="{name}"' not in self.text], [])

    def test_escapes_text(self):
        self.assertIn("# <b>&", CONFIGURATION)
        self.assertIn("# &lt;b&gt;&amp;", self.text)

    def test_is_the_same_when_made_again(self):
        again = run(SCRIPTS, "report.py", self.output)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual((self.output / "report.html").read_text(encoding="utf-8"), self.text)


class UnusualRuns(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.output = Path(folder.name)

    def expect_failure(self, script, *words):
        result = run(SCRIPTS, script, self.output)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertNotIn("Traceback", result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_without_exact_posterior_and_optional_entries(self):
        summary = write_small_run(self.output, RESPONSE, masks=False, exact=None)
        (self.output / "summary.json").write_text(json.dumps({"means": summary["means"]}), encoding="utf-8")
        result = run(SCRIPTS, "report.py", self.output)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_with_a_reference(self):
        summary = write_small_run(self.output, RESPONSE, masks=False, exact="reference")
        summary |= {"gates": [gate for gate in GATES if gate["pass"]]}
        (self.output / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
        result = run(SCRIPTS, "report.py", self.output)
        self.assertEqual(result.returncode, 0, result.stderr)
        text = (self.output / "report.html").read_text(encoding="utf-8")
        self.assertIn("Markov chain Monte Carlo", text)
        self.assertIn("all 2 gates passed", text)
        self.assertNotIn("Observations there", text)

    def test_tiles_are_over_the_same_measurements(self):
        """Of twelve measurements five have a reference."""
        from reporting import means  # pylint: disable=import-outside-toplevel
        summary = write_small_run(self.output, RESPONSE, masks=False, exact="reference")
        summary["means_over"] = {"learnt": 12, "exact": 5, "gaussian": 12}
        summary["comparison"]["measurements"] = 5
        self.assertIn("Exact (5 measurements)", means.summary_table(summary))
        for compared in (True, False):
            tiles = means.summary_tiles(summary)
            self.assertEqual([key for key, _, _ in Page(tiles).keyed[:2]], [f"comparison.relative_error.{one}" for one in ("learnt", "exact")]
                             if compared else ["means.relative_error", "means.exact_relative_error"])
            self.assertEqual("error of the mean, of 5 measurements" in tiles, compared)
            summary["comparison"].pop("relative_error", None)

    def test_without_stored_fields(self):
        write_small_run(self.output, RESPONSE, fields=0)
        result = run(SCRIPTS, "report.py", self.output)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((self.output / "figures" / "posterior_cases.png").is_file())
        self.assertNotIn("the true field", (self.output / "report.html").read_text(encoding="utf-8"))

    def test_unknowns_without_positions(self):
        write_run(self.output, without_positions())
        result = run(SCRIPTS, "report.py", self.output)
        self.assertEqual(result.returncode, 0, result.stderr)
        drawn = {path.stem for path in (self.output / "figures").glob("*.png")}
        self.assertEqual(drawn, set(FIGURES) - {"problem"})
        text = re.sub(r"base64,[^\"]*", "", (self.output / "report.html").read_text(encoding="utf-8"))  # holds any short word
        labels = ["mass (kg)", "stiffness, static (N/m)", "tarp"]
        self.assertEqual([row[0] for row in Page(text).rows if len(row) == 13 and row[0] in labels], labels)
        for word in ("Samples outside", "flux", "wall", "segment", "sensor"):
            self.assertFalse(word in text, word)

    def test_unknowns_in_the_plane(self):
        for exact in ("closed_form", None):
            write_run(self.output, in_the_plane(), masks=True, exact=exact, fields=3)
            result = run(SCRIPTS, "report.py", self.output)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("Maps: truth", (self.output / "report.html").read_text(encoding="utf-8"))
            self.assertEqual({path.stem for path in (self.output / "figures").glob("*.png")}, set(FIGURES))

    def test_corner_plot_of_chosen_unknowns(self):
        write_small_run(self.output, RESPONSE)
        self.assertEqual(run(SCRIPTS, "figures.py", self.output, "corner", "--unknown", "lower 3", "--unknown", "upper 1").returncode, 0)
        for names, words in ((["lower 16"], ("no unknown named lower 16", "lower 15")), ([f"lower {i}" for i in range(1, 10)], ("at most 8",))):
            result = run(SCRIPTS, "figures.py", self.output, "corner", *(word for name in names for word in ("--unknown", name)))
            self.assertEqual(result.returncode, 1)
            for word in words:
                self.assertIn(word, result.stderr)

    def test_corner_plot_is_of_the_unknowns_of_the_configuration(self):
        summary = write_small_run(self.output, RESPONSE)
        for names, status in ((["lower 3", "upper 1"], 0), (["lower 16"], 1)):
            (self.output / "summary.json").write_text(json.dumps(summary | {"corner": names}), encoding="utf-8")
            result = run(SCRIPTS, "figures.py", self.output, "corner")
            self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn("no unknown named lower 16", result.stderr)

    def test_gates_that_cannot_tell(self):
        summary = write_small_run(self.output, RESPONSE)
        summary["gates"] = [gate | {"pass": False, "verdict": "not enough measurements to tell", "detects": "nothing"}
                            for gate in GATES if gate["pass"]]
        (self.output / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
        self.assertEqual(run(SCRIPTS, "report.py", self.output).returncode, 0)
        text = (self.output / "report.html").read_text(encoding="utf-8")
        self.assertTrue("2 of 2 gates cannot tell" in text)
        self.assertFalse("verdict-fail\">" in text)
        self.assertEqual(text.count("verdict-unknown\">not enough measurements to tell<"), 2)

    def test_names_a_missing_file(self):
        self.expect_failure("report.py", "summary.json", "scorefem evaluate")

    def test_names_a_missing_column(self):
        write_small_run(self.output, RESPONSE)
        (self.output / "metrics.csv").write_text("group,name\nlower wall,lower 1\n", encoding="utf-8")
        self.expect_failure("report.py", "metrics.csv", "relative_error")

    def test_names_a_file_that_is_not_hdf5(self):
        write_small_run(self.output, RESPONSE)
        (self.output / "posterior.h5").write_bytes(b"not HDF5")
        self.expect_failure("figures.py", "posterior.h5", "HDF5")

    def test_refuses_a_posterior_of_another_run(self):
        import h5py
        write_small_run(self.output, RESPONSE)
        with h5py.File(self.output / "posterior.h5", "a") as file:
            file["truth"][...] += 1
        self.expect_failure("figures.py", "posterior.h5", "same run")

    def test_refuses_it_in_any_unit(self):
        import h5py
        write_small_run(self.output, RESPONSE)
        for name, arrays in (("posterior.h5", ("truth", "samples")), ("dataset.h5", ("train/unknowns", "test/unknowns"))):
            with h5py.File(self.output / name, "a") as file:
                for array in arrays:
                    file[array][...] *= 1e-9
        self.assertEqual(run(SCRIPTS, "figures.py", self.output).returncode, 0)
        with h5py.File(self.output / "posterior.h5", "a") as file:
            file["truth"][...] *= 1.01
        self.expect_failure("figures.py", "posterior.h5", "same run")

    def test_leaves_no_report_behind_on_failure(self):
        write_small_run(self.output, RESPONSE)
        (self.output / "training.csv").unlink()
        self.expect_failure("report.py", "training.csv", "scorefem train")
        self.assertFalse((self.output / "report.html").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
