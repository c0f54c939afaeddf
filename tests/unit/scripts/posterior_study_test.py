"""The table of posterior_study.py from small summaries, and the stages that it runs, with a program that only notes them;
usage: posterior_study_test.py SCRIPTS_DIR."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS = Path(sys.argv.pop(1))
sys.path.insert(0, str(SCRIPTS))
import posterior_study  # noqa: E402  (the path comes first)

# Notes its arguments; evaluation leaves the files that are kept.
PROGRAM = """#!/usr/bin/python3
import pathlib, sys
command, config, _, folder, *settings = sys.argv[1:]
with open({log!r}, "a") as log:
    print(command, pathlib.Path(config).stem, *settings[1::2], file=log)
if command == "generate":
    pathlib.Path(folder).mkdir(parents=True)
    (pathlib.Path(folder) / "dataset.h5").touch()
if command == "evaluate":
    for name in ("summary.json", "metrics.csv"):
        (pathlib.Path(folder) / name).write_text("{{}}")
    assert (pathlib.Path(folder) / "dataset.h5").exists()
"""


def row(learnt, exact, gaussian):
    return {"learnt": learnt, "exact": exact, "gaussian": gaussian}


def summary(ratio=1.01, measurements=64, exact="reference", steps=1000):
    def gate(name, learnt, beside):
        return {"name": name, "pass": learnt, "exact": {"pass": beside} if exact else None}

    return {"exact": exact, "sizes": {"measurements": 1000}, "training": {"steps": steps},
            "gates": [gate("sbc", True, False), gate("tarp", False, True)],
            "comparison": {"measurements": measurements, "relative_error": row(0.1 * ratio, 0.1 if exact else None, 0.2),
                           "error_ratio": row(ratio, 1, 2) if exact else row(None, None, None),
                           "std_difference": row(-0.02, 0, 0.1) if exact else row(None, None, None),
                           "c2st": row(0.56, None, 0.7)}}


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)


class TheTable(Folder):
    def rows(self, study, **summaries):
        folder = self.folder / study
        folder.mkdir()
        for name, content in summaries.items():
            (folder / f"{name}_summary.json").write_text(json.dumps(content))
            (folder / f"{name}_metrics.csv").write_text("group,name,posterior_std,exact_std\nlower wall,lower 1,1.05,1\nupper wall,upper 1,0.99,1\n")
        lines = [line for line in posterior_study.table(self.folder).splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]

    def test_shows_the_reference_the_bars_and_the_papers_network(self):
        header, rule, cells = self.rows("linear", **{"0.1": summary(), "0.1_paper": summary(ratio=1.5, steps=6000)})
        self.assertEqual(len(header), len(rule))
        self.assertEqual(len(header), len(cells))
        found = dict(zip(header, cells))
        self.assertEqual(found["measurements"], "64 of 1000")
        self.assertEqual(found["ratio (Gaussian fit)"], "1.010 (2.000)")
        self.assertEqual(found["sd (largest, segment)"], "-2.0% (5.0%)")
        self.assertEqual(found["C2ST"], "0.560 ✗")
        self.assertEqual((found["gates failed"], found["exact: gates failed"]), ("tarp", "sbc"))
        self.assertEqual((found["paper: error (ratio)"], found["paper: sd"], found["paper: steps"]), ("15.00% (1.500)", "-2.0%", "6,000"))

    def test_without_noise_the_error_alone_is_judged(self):
        header, _, cells = self.rows("reaction", **{"0": summary(exact=None, measurements=1000)})
        found = dict(zip(header, cells))
        self.assertEqual((found["measurements"], found["error"], found["exact"]), ("1000", "10.10% ✗", ""))
        self.assertEqual((found["ratio (Gaussian fit)"], found["gates failed"], found["exact: gates failed"]), ("", "", ""))

    def test_a_closed_form_is_no_reference(self):
        header, _, cells = self.rows("masks", **{"1": summary(exact="closed_form")})
        self.assertEqual(dict(zip(header, cells))["ratio (Gaussian fit)"], "")


class TheStages(Folder):
    def stages(self, parts, levels, *settings, paper=()):
        log = self.folder / "log"
        program = self.folder / "program"
        program.write_text(PROGRAM.format(log=str(log)))
        program.chmod(0o755)
        posterior_study.run(program, "reaction", levels, parts, self.folder / "runs", self.folder / "results", list(settings), list(paper))
        return [line.split() for line in log.read_text().splitlines()]

    def test_all_but_the_papers(self):
        found = self.stages(posterior_study.PARTS[:-1], ["0", "0.1"])
        self.assertEqual([words[0] for words in found],
                         ["generate", "train", "train", "sample", "evaluate", "reference", "sample", "evaluate"])
        self.assertIn("sampling.measurements=4000", found[3])
        self.assertNotIn("model.positive=false", found[6])
        self.assertTrue((self.folder / "results/reaction/0.1_summary.json").exists())

    def test_the_papers_network_shares_data_and_reference(self):
        found = self.stages(["data", "paper"], ["0.1"], "data.test=100", "model.width=8", paper=["training.epochs=7"])
        self.assertEqual([words[:2] for words in found],
                         [["generate", "reaction"]] + [[name, "reaction_ve"] for name in ("train", "sample", "evaluate")])
        self.assertTrue({"seed=1", "data.train=100000", "data.test=100", "reference.measurements=64", "sampling.measurements=1000",
                         "training.epochs=7", "noise.relative=0.1"} <= set(found[-1]))
        self.assertNotIn("model.width=8", found[-1])
        self.assertLess(found[-1].index("data.test=4000"), found[-1].index("data.test=100"))
        self.assertEqual((self.folder / "runs/reaction/paper/0.1/reference.h5").readlink(), Path("../../0.1/reference.h5"))
        self.assertTrue((self.folder / "results/reaction/0.1_paper_summary.json").exists())

    def test_without_noise_the_papers_network_keeps_its_own_training(self):
        found = self.stages(["data", "paper"], ["0"])
        self.assertIn("sampling.measurements=4000", found[1])
        self.assertFalse([word for word in found[1] if word.startswith(("model.", "training."))], found[1])


if __name__ == "__main__":
    unittest.main()
