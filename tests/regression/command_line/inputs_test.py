"""Every configuration of inputs/ that users copy from does its whole job, at a reduced size."""
import pathlib
import subprocess
import sys
import unittest

from program import ProgramTest

ROOT = pathlib.Path(__file__).resolve().parents[3]
INPUTS = ROOT / "inputs"
SMALL_MODEL = ("model.width=16", "model.hidden_layers=1", "training.epochs=2", "training.batch_size=200")
SMALL = ("data.train=1000", "data.test=20", "forward.discretisation.degree=2", "forward.discretisation.cells_across=4", *SMALL_MODEL,
         "sampling.measurements=6", "sampling.samples=20", "reference.run=0", "reference.measurements=4")
ELSEWHERE = {"umbridge", "sbibm"}  # tests/regression/umbridge/example_test.py and tests/unit/scripts/sbibm_test.py


def settings(*keys):
    return [part for key in keys for part in ("--set", key)]


class Inputs(ProgramTest):
    def do(self, command, name, *arguments):
        result = self.scorefem(command, INPUTS / f"{name}.yaml", "--output", self.run_folder / name, *arguments)
        self.assert_done(result)
        return result

    def test_each_is_tried(self):
        tried = {name.removeprefix("test_") for name in dir(self) if name.startswith("test_")}
        self.assertEqual({path.stem for path in INPUTS.glob("*.yaml")} - tried, ELSEWHERE)

    def run_small(self, name):
        result = self.do("run", name, *settings(*SMALL))
        self.assertTrue((self.run_folder / name / "report.html").is_file())
        return result

    def test_quickstart(self):
        self.run_small("quickstart")

    def test_linear(self):
        self.run_small("linear")

    def test_masks(self):
        self.run_small("masks")

    def test_reaction(self):
        self.run_small("reaction")

    def test_convergence(self):
        self.do("convergence", "convergence", *settings("convergence.samples=1", "convergence.discretisations=[[1, 1, 5, 2], [2, 1, 5, 2]]"))

    def test_densities(self):
        self.do("densities", "densities", *settings("trainings=1", "data.train=1000", "data.test=4000", *SMALL_MODEL, "samples=100",
                                                    "sde.steps=100"))

    def test_own_pairs(self):
        subprocess.run([sys.executable, str(ROOT / "scripts" / "studies" / "own_pairs.py"), "make", str(self.folder), "--pairs", "1000"],
                       check=True, capture_output=True)
        self.do("import", "own_pairs", "--pairs", self.folder / "train.csv", "--test", self.folder / "test.csv")
        self.do("run", "own_pairs", *settings(*SMALL_MODEL, "sampling.measurements=6", "sampling.samples=20"))
        patients = self.folder / "patients.csv"
        self.assert_done(self.scorefem("infer", INPUTS / "own_pairs.yaml", "--run", self.run_folder / "own_pairs", "--measurement",
                                       patients, "--output", self.folder / "patients.h5", *settings(*SMALL_MODEL)))


if __name__ == "__main__":
    unittest.main()
