"""scripts/program/paper.smk by `snakemake --dry-run`, locally and with the Slurm profile; usage: paper_workflow_test.py SCRIPTS_DIR."""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from small_paper import use_scripts

SCRIPTS = Path(sys.argv[1])
use_scripts(SCRIPTS)
from paper.catalogue import Catalogue  # noqa: E402  (the path comes first)


class Workflow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if shutil.which("snakemake") is None:
            raise AssertionError("not found: snakemake; scripts/install_packages.sh paper installs it")

    def plan(self, names, *options, **config):
        """Rule -> number of jobs that an empty output folder leaves to do."""
        with tempfile.TemporaryDirectory() as folder:
            settings = [f"{key}={value}" for key, value in {"program": "scorefem", "names": names, **config}.items()]
            where = options or ("--cores", "2")
            command = ["snakemake", "--snakefile", SCRIPTS / "program" / "paper.smk", "--directory", folder, "--dry-run", "--printshellcmds"]
            result = subprocess.run([*command, *where, "--config", *settings], capture_output=True, text=True, timeout=120,
                                    cwd=folder)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.text = result.stdout
        statistics = result.stdout.split("Job stats:")[1].split("\n\n")[0]
        return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+) ", statistics, re.M) if rule != "total"}

    def test_every_name_can_be_planned_alone(self):
        for name, trainings in (("fig01", 0), ("fig02", 0), ("fig05", 0), ("fig07", 1), ("fig08", 14), ("fig11", 14), ("fig14", 11),
                                ("fig15", 0), ("fig20", 22), ("table2", 0), ("zero_noise", 1)):
            with self.subTest(name):
                self.assertEqual(self.plan(name, budget="quick").get("train", 0), trainings)

    def test_everything_is_planned_once(self):
        names = ",".join(Catalogue("quick").names)
        jobs = self.plan(names, budget="quick")
        self.assertEqual({rule: jobs[rule] for rule in ("figure", "data", "densities", "table2", "claims")},
                         {"figure": 20, "data": 3, "densities": 1, "table2": 1, "claims": 1})
        self.assertEqual(jobs["reference"], 12)  # linear at 6 levels with noise, the two others at 3
        # 7 levels of the 2 linear studies, 4 of the 3 others, zero_noise; 4 by SDE
        self.assertEqual((jobs["train"], jobs["sample"], jobs["evaluate"]), (27, 31, 31))

    def test_figures_share_their_models(self):
        jobs = self.plan("fig07,fig09,fig11", budget="full")
        self.assertEqual((jobs["data"], jobs["reference"], jobs["train"], jobs["sample"], jobs["figure"]), (1, 6, 14, 14, 3))

    def test_budget_epochs_and_overrides_reach_the_program(self):
        overrides = '["prior.variance=0.5", "forward.discretisation={degree: 3, cells_across: 4}"]'
        self.plan("fig07", budget="quick", epochs="77", set=overrides)
        for words in ("--set training.epochs=77", "--set prior.variance=0.5", "--set noise.relative=0.03",
                      "--set 'forward.discretisation={degree: 3, cells_across: 4}'"):
            self.assertIn(words, self.text)
        self.plan("fig07", budget="full")
        self.assertNotIn("training.epochs", self.text)

    def test_slurm_profile_plans_the_same(self):
        local = self.plan("fig07", budget="quick")
        self.assertEqual(self.plan("fig07", "--profile", SCRIPTS / "slurm" / "profile", budget="quick"), local)
        self.assertIn("mem_mb=4000", self.text)
        (sampling,) = re.findall(r"rule sample:.*?resources: ([^\n]*)", self.text, re.S)
        self.assertIn("runtime=1440", sampling)
        (training,) = re.findall(r"rule train:.*?resources: ([^\n]*)", self.text, re.S)
        self.assertIn("runtime=240", training)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
