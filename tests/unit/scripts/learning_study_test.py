"""learning_study.py: its variants, its rows from small summaries, what it keeps, and whether an aim is reached; usage: learning_study_test.py
SCRIPTS_DIR."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(sys.argv.pop(1))
sys.path.insert(0, str(SCRIPTS))
import learning_study  # noqa: E402  (the path comes first)


def summary(steps=8000, ratio=1.004, sd=0.005):
    return {"training": {"steps": steps, "final_validation_loss": 0.8}, "seeds": {"study": 1}, "git_hash": "abc",
            "gates": [{"name": "sbc", "verdict": "PASS"}, {"name": "tarp", "verdict": "FAIL"}, {"name": "x", "verdict": "cannot tell"}],
            "comparison": {"measurements": 200, "error_ratio": {"learnt": ratio}, "std_difference": {"learnt": sd}, "c2st": {"learnt": 0.51},
                           "c2st_standard_error": {"learnt": 0.01}}}


class LearningStudy(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def row(self, segment=1.01, level="0.1", variant="default", **changes):
        (self.folder / "summary.json").write_text(json.dumps(summary(**changes)))
        (self.folder / "metrics.csv").write_text(f"group,name,posterior_std,exact_std\nlower,lower 1,{segment},1\nupper,upper 1,1,1\n")
        return learning_study.row(self.folder, variant, level)

    def test_a_row_has_what_was_found(self):
        row = self.row()
        self.assertEqual(set(row), set(learning_study.COLUMNS))
        self.assertAlmostEqual(row["largest_segment_sd"], 0.01)
        self.assertEqual((row["steps"], row["gates_failed"], row["seed"]), (8000, "tarp", 1))

    def test_the_aim_is_all_three(self):
        self.assertTrue(learning_study.reached(self.row()))
        for off in ({"ratio": 1.011}, {"sd": -0.011}, {"segment": 0.979}):
            self.assertFalse(learning_study.reached(self.row(**off)), off)

    def test_rows_of_other_trainings_stay_and_the_same_are_replaced(self):
        path = self.folder / "results/linear.csv"
        learning_study.write(path, [self.row(), self.row(steps=950)])
        learning_study.write(path, [self.row(ratio=1.5), self.row(variant="residual")])
        rows = learning_study.read(path)
        self.assertEqual([(row["variant"], row["steps"], row["error_ratio"]) for row in rows],
                         [("default", "950", "1.004"), ("default", "8000", "1.5"), ("residual", "8000", "1.004")])
        text = learning_study.table({"linear": rows})
        self.assertIn("| linear | default | 950 | 0.1 | 1.004 | +0.5% (1.0%) | 0.510 ± 0.010 | tarp | ✓ |", text)
        self.assertIn("| linear | default | 8,000 | 0.1 | 1.500 |", text)
        learning_study.draw({"linear": rows}, self.folder / "learning.png")
        self.assertGreater((self.folder / "learning.png").stat().st_size, 10000)

    def test_variants(self):
        self.assertEqual(learning_study.variants(["a:model.width=64,training.epochs=2"]),
                         {"default": [], "a": ["model.width=64", "training.epochs=2"]})
        for wrong in ("a", "a:", "a:model.width"):
            with self.assertRaisesRegex(SystemExit, "NAME:KEY=VALUE"):
                learning_study.variants([wrong])


if __name__ == "__main__":
    unittest.main()
