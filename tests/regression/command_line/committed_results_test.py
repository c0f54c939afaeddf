"""Committed results beside today's program: what is older is listed, in scripts/studies/older.py and results/README.md, and nothing else."""
import json
import sys
import unittest
from unittest import mock

from program import HERE, PROGRAM

ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from studies import older  # noqa: E402
from studies.committed import RESULTS  # noqa: E402

LISTED = {name: set(differs) for each in older.OLDER for name, differs in each.results.items()}


class CommittedResults(unittest.TestCase):
    def test_what_is_older_is_listed_and_nothing_else(self):
        self.assertLessEqual(LISTED.keys(), RESULTS.keys())
        for name in RESULTS:
            with self.subTest(name):
                self.assertEqual(older.differences(name, PROGRAM), LISTED.get(name, set()))

    def test_every_result_of_a_study_has_versions(self):
        versions = json.loads(older.VERSIONS.read_text())
        studies = [name for name in RESULTS if not name.startswith("benchmark_") and name != "sinkhorn"]
        self.assertEqual(sorted([*versions, *older.UNKNOWN]), sorted(studies))
        for stages in versions.values():
            self.assertLessEqual(stages.keys(), older.program_versions().keys())

    def test_the_page_has_the_list(self):
        self.assertIn(f"\n\n{older.table()}\n\n", (ROOT / "results/README.md").read_text())

    def test_a_result_that_becomes_older_is_noticed(self):
        raised = {**older.program_versions(), "posterior": 99}
        with mock.patch.object(older, "program_versions", return_value=raised):
            self.assertEqual(older.differences("quickstart", PROGRAM), LISTED.get("quickstart", set()) | {"posterior"})
        stated = list(older._stated("quickstart"))[0]
        other = (*stated[:3], {**stated[3], "sampling.steps": 99})
        with mock.patch.object(older, "_stated", return_value=[other]):
            self.assertEqual(older.differences("quickstart", PROGRAM), LISTED.get("quickstart", set()) | {"sampling.steps"})


if __name__ == "__main__":
    unittest.main()
