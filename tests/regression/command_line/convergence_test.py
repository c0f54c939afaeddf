"""`scorefem convergence`: a table, a CSV file and a figure, and an error that falls as the mesh is refined."""
import csv
import unittest

from program import CONFIG, ProgramTest

MESHES = "convergence.discretisations=[[2, 1, 4, 2], [3, 1, 4, 2], [4, 1, 4, 2]]"


class Convergence(ProgramTest):
    def rows(self):
        with open(self.run_folder / "convergence.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(line for line in file if not line.startswith("#")))

    def test_error_falls_with_the_unknowns(self):
        for problem in ("linear", "reaction"):
            result = self.stage("convergence", "--set", MESHES, "--set", f"forward.problem={problem}")
            self.assert_done(result)
            rows = self.rows()
            self.assertEqual([row["degree"] for row in rows], ["2", "3", "4"])
            table = result.stdout.splitlines()[1:4]
            self.assertEqual([line.split()[4] for line in table], [row["unknowns"] for row in rows])
            for before, after in zip(rows, rows[1:]):
                self.assertGreater(int(after["unknowns"]), int(before["unknowns"]))
                self.assertLess(float(after["error"]), float(before["error"]))
            self.assertLess(float(rows[-1]["error"]), 0.1 * float(rows[0]["error"]))
            for suffix in ("png", "pdf"):
                self.assertTrue((self.run_folder / "figures" / f"convergence.{suffix}").exists())

    def test_bad_discretisations(self):
        for value, words in (("[[2, 1, 4]]", ("= [2, 1, 4];", "rows [degree,")), ("[]", ("at least one",)),
                             ("[[2.5, 1, 4, 2]]", ("integers",)), ("[[2, 0, 4, 2]]", ("cells per segment",)),
                             ("[[2, 1, 4, x]]", ("'x'", "a number"))):
            result = self.stage("convergence", "--set", f"convergence.discretisations={value}")
            self.assert_refused(result, *words)
        self.assertEqual(self.written(), [])
        self.assert_done(self.scorefem("convergence", CONFIG, "--dry-run"))


if __name__ == "__main__":
    unittest.main()
