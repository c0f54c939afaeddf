"""Tables of pages that are put in by scripts; usage: readme_test.py SCRIPTS_DIR RESPONSE_CSV."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

from small_paper import use_scripts

SCRIPTS, RESPONSE = Path(sys.argv[1]), Path(sys.argv[2])
use_scripts(SCRIPTS)
from paper import table  # noqa: E402
import readme  # noqa: E402


class TheReadme(unittest.TestCase):
    def test_its_table_is_the_committed_results(self):
        path = SCRIPTS.parent / "results" / "paper" / "quick" / "claims.json"
        committed = table.readme_rows(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else ""
        self.assertEqual(readme.table("paper"), committed)

    def test_a_table_is_replaced_between_its_marks(self):
        self.addCleanup(setattr, readme, "PAGES", readme.PAGES)
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "README.md"
            readme.PAGES = {"x": page, "y": page}
            page.write_text("a\n<!-- x table: x.py -->\n| old |\n<!-- end of the x table -->\nb\n", encoding="utf-8")
            readme.write_table("x", "# title\n\n| new |\n|---|\n")
            self.assertEqual(readme.table("x"), "| new |\n|---|\n")
            self.assertTrue(page.read_text(encoding="utf-8").endswith("<!-- end of the x table -->\nb\n"))
            with self.assertRaisesRegex(ValueError, "y table"):
                readme.table("y")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
