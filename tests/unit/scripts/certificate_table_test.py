"""studies/certificate: rows, table and what is made again, of small files; usage: certificate_table_test.py SCRIPTS_DIR."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
import yaml

SCRIPTS = Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(SCRIPTS))
from studies import answers  # noqa: E402  (the path comes first)
from studies.certificate import results, rows  # noqa: E402
from studies.certificate.table import table  # noqa: E402

N, SAMPLES, UNKNOWNS = 3, 200, 2
CONFIGURATION = {"training": {"epochs": 7}, "noise": {"relative": 0.1}, "resources": {"threads": 2}}
VERSION = "0.1.0 (abc)"


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.measured = np.array([[1.0, np.nan], [2.0, 3.0], [4.0, 5.0]])

    def posterior(self, name, **groups):
        """A file as `infer` writes it."""
        path = self.folder / f"{name}.h5"
        with h5py.File(path, "w") as file:
            file.attrs.update(scorefem_version="0.1.0", git_hash="abc", date="2026-01-02T03:04:05Z",
                              configuration=yaml.safe_dump(CONFIGURATION))
            file["measurement"] = self.measured
            file["samples"] = np.random.default_rng(1).standard_normal((N, SAMPLES, UNKNOWNS)).astype("f4")
            for group, arrays in groups.items():
                for key, values in arrays.items():
                    file[f"{group}/{key}"] = values
        return path

    def files(self, converged=(1, 1, 0), shift=0.0):
        """Learnt and corrected posteriors that are right, but for a shift of the latter."""
        random = np.random.default_rng(2)
        exact, draws = random.standard_normal((2, N, 2000, UNKNOWNS))
        ess = np.full((N, UNKNOWNS), 2000.0)
        reference = {"converged": np.array(converged, float), "mean": exact.mean(1), "standard_deviation": exact.std(1),
                     "samples": exact[:, :SAMPLES], "ess_bulk": ess, "ess_tail": ess}
        corrected = {"weighted": draws[:, :SAMPLES] + shift, "weights": np.full((N, SAMPLES), 1 / SAMPLES),
                     "khat": np.array([0.1, 0.2, 0.9]), "effective_draws": np.full(N, float(SAMPLES)), "trustworthy": np.array([1.0, 1, 0]),
                     "mean": draws[:, :SAMPLES].mean(1) + shift, "standard_deviation": draws[:, :SAMPLES].std(1)}
        return {"learnt": self.posterior("learnt"), "reference": self.posterior("reference", reference=reference),
                "corrected": self.posterior("corrected", corrected=corrected)}

    def rows(self, correctable=True, **options):
        files = self.files(**options)
        if not correctable:
            del files["corrected"]
        return rows.rows(files, dict.fromkeys(files, 6.0), np.ones((N, UNKNOWNS)), 2.0)


class Rows(Folder):
    def test_have_all_columns_and_no_exact_numbers_where_the_chains_did_not_converge(self):
        found = self.rows()
        for row in found:
            self.assertEqual(set(row), set(rows.columns(True)))
            self.assertEqual(row["corrected_seconds"], 2)
        self.assertEqual([row["converged"] for row in found], [1, 1, 0])
        self.assertTrue(np.isnan(found[2]["corrected_z"]) and np.isnan(found[2]["exact_error"]))
        self.assertEqual((found[2]["khat"], found[2]["trustworthy"]), (0.9, 0))
        self.assertTrue(0.4 < found[0]["exact_error"] < 0.6)
        self.assertEqual(set(self.rows(correctable=False)[0]), set(rows.columns(False)))


class Table(Folder):
    def cells(self, heading, **options):
        """Of the row below a heading, by column; the second of a name has a 2 behind it."""
        results.write(self.folder / "linear_default_0.1.csv", self.rows(**options))
        table(self.folder)
        self.text = (self.folder / "table.md").read_text()
        lines = [line for line in self.text.split(f"## {heading}\n")[1].split("\n## ")[0].splitlines() if line.startswith("|")]
        header, rule, *_ = found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        self.assertEqual({len(cells) for cells in found}, {len(rule)})
        cells = {}
        for name, cell in zip(header, found[2]):
            cells[name + ("2" if name in cells else "")] = cell
        return cells

    def test_counts_what_converged_and_what_is_trusted(self):
        self.assertEqual(self.cells("Learnt answers")["n"], "2 of 3")
        self.assertEqual(self.cells("Corrected answers")["trusted"], "2 of 2")

    def test_a_right_answer_is_not_counted_as_wrong_and_a_shifted_one_is(self):
        cells = self.cells("Is the trust justified?")
        self.assertEqual((cells["judged"], cells["mean beyond"], cells["either"], cells["surely off"]), ("2 of 2", "0", "0", "0"))
        self.assertEqual(cells["at most"], "77.6%")
        self.assertEqual((cells["learnt: mean beyond"], cells["surely off2"]), ("0", "0"))
        self.assertIn("beyond in 0 of 2 (at most 77.6%), surely off 0 of 2", self.text)
        cells = self.cells("Is the trust justified?", shift=0.7)
        self.assertEqual((cells["mean beyond"], cells["sd beyond"], cells["either"], cells["surely off"]), ("2", "0", "2", "2"))
        self.assertGreater(float(cells["mean z^2"]), 20)

    def test_is_made_even_if_no_chain_converged(self):
        cells = self.cells("Is the trust justified?", converged=(0, 0, 0))
        self.assertEqual((cells["judged"], cells["at most"]), ("0 of 0", "–"))
        self.assertEqual(self.cells("Learnt answers", converged=(0, 0, 0))["distance"], "–")

    def test_has_no_corrected_rows_of_the_papers_network_and_says_its_steps(self):
        results.write(self.folder / "linear_paper_0.1.csv", self.rows(correctable=False))
        entry = {"version": VERSION, "date": "2026-01-02", "processor": "P", "threads": 2, "pairs": 100000, "epochs": 5, "steps": 4750,
                 "measurements": 3, "samples": 200}
        results.add_provenance(self.folder, "linear_paper_0.1", entry)
        table(self.folder)
        text = (self.folder / "table.md").read_text()
        self.assertNotIn("## Corrected", text)
        self.assertIn("4,750 steps)", text)
        self.assertIn("scorefem 0.1.0 (abc), 2026-01-02, P, 2 threads; 3 measurements, 200 draws. "
                      "linear paper: 100,000 pairs, 4,750 steps.", text)

    def test_leaves_out_files_of_an_earlier_version(self):
        (self.folder / "linear_default_0.1.csv").write_text("measurement,khat\n1,0.2\n")
        with contextlib.redirect_stderr(io.StringIO()) as said:
            table(self.folder)
        self.assertIn("earlier version", said.getvalue())


class WhatIsMadeAgain(Folder):
    def setUp(self):
        super().setUp()
        self.checkpoint = self.folder / "model.pt"
        self.checkpoint.touch()
        self.path = self.posterior("learnt")
        self.asked = {"version": VERSION, "samples": SAMPLES, "settings": ["training.epochs=3", "training.epochs=7", "noise.relative=0.1"]}

    def known(self, measured=None, **changes):
        return answers.known(self.path, self.asked | changes, self.measured if measured is None else measured, self.checkpoint)

    def test_a_noted_file_is_used_for_just_what_was_asked(self):
        self.assertIsNone(self.known())
        answers.note(self.path, self.asked, 5.0, "P")
        self.assertEqual(self.known(), {"seconds": 5.0, "processor": "P"})
        for changes in ({"version": "0.2.0 (abc)"}, {"samples": 100}, {"settings": ["noise.relative=0.1"]}, {"measured": self.measured[:2]},
                        {"measured": self.measured + 0.1}):
            self.assertIsNone(self.known(**changes), changes)
        self.assertIsNotNone(answers.known(self.path, {"version": VERSION}, self.measured, self.checkpoint))
        later = self.path.stat().st_mtime + 5
        os.utime(self.checkpoint, (later, later))
        self.assertIsNone(self.known())

    def test_one_of_an_earlier_run_is_used_if_its_attributes_fit(self):
        self.path.with_suffix(".seconds").write_text("4.5")
        self.assertEqual(self.known(), {"seconds": 4.5, "processor": None})
        for changes in ({"version": "0.1.0 (abd)"}, {"samples": 100}, {"settings": ["noise.relative=0.2"]}, {"settings": ["model.width=3"]},
                        {"measured": self.measured[:2]}):
            self.assertIsNone(self.known(**changes), changes)

    def test_what_networks_share_has_to_fit_where_the_rest_does_not_matter(self):
        self.path.with_suffix(".seconds").write_text("4.5")
        for shared, expected in ((["noise.relative=0.1"], {"seconds": 4.5, "processor": None}), (["noise.relative=0.3"], None)):
            self.assertEqual(answers.known(self.path, {"version": VERSION, "shared": shared}, self.measured, self.checkpoint), expected)

    def test_a_table_is_old_if_a_source_is_newer_or_a_column_is_missing(self):
        path = self.folder / "a.csv"
        self.assertFalse(results.is_current(path, (), ("x",)))
        results.write(path, [{"x": 1, "y": 2.0}])
        self.assertTrue(results.is_current(path, [self.path], ("x", "y")))
        self.assertFalse(results.is_current(path, [self.path], ("x", "z")))
        later = path.stat().st_mtime + 5
        os.utime(self.path, (later, later))
        self.assertFalse(results.is_current(path, [self.path], ("x", "y")))

    def test_provenance_is_kept_for_each_table(self):
        results.add_provenance(self.folder, "b", {"steps": 1})
        results.add_provenance(self.folder, "a", {"steps": 2})
        results.add_provenance(self.folder, "b", {"steps": 3})
        self.assertEqual(json.loads((self.folder / "provenance.json").read_text()), {"a": {"steps": 2}, "b": {"steps": 3}})


if __name__ == "__main__":
    unittest.main()
