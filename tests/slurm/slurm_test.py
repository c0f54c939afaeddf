"""The job scripts on a real Slurm of one node: a whole study, and jobs that are stopped, requeued and finish."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import h5py

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SUBMIT = ROOT / "scripts" / "slurm" / "submit.sh"
STAGE = ROOT / "scripts" / "slurm" / "stage.sbatch"
CONFIG = ROOT / "tests" / "regression" / "command_line" / "tiny.yaml"
PROGRAM = os.environ["SCOREFEM_PROGRAM"]
PROFILE = ROOT / "scripts" / "slurm" / "profile"
TOOLS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "mpirun", "scontrol", "scancel", "snakemake")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, check=False, **options)


class Slurm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        missing = [tool for tool in TOOLS if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None]
        if missing:
            raise AssertionError(f"not found: {', '.join(missing)}; scripts/install_packages.sh test paper installs them")
        if os.geteuid() != 0:
            raise AssertionError("starting a Slurm node needs root: run this test as root, or leave it out by ctest -LE slurm")
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="scorefem-slurm-"))
        cls.folder.chmod(0o755)  # munged refuses a socket that others cannot reach
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        (cls.folder / "logs").mkdir()
        cls.node = cls.folder / "node"
        started = run(HERE / "slurm_node.sh", "up", cls.node)
        cls.addClassCleanup(run, HERE / "slurm_node.sh", "down", cls.node)
        if started.returncode != 0:
            raise AssertionError("the Slurm node did not start: " + started.stderr)
        cls.environment = dict(os.environ, SLURM_CONF=str(cls.node / "slurm.conf"), SCOREFEM=PROGRAM, SCOREFEM_CPUS="1",
                               SCOREFEM_MEM="500M", SCOREFEM_LOGS=str(cls.folder / "logs"), OMP_NUM_THREADS="1")

    def slurm(self, *command, **variables):
        result = run(*command, env=dict(self.environment, **variables), cwd=self.folder)
        self.assertEqual(result.returncode, 0, f"{command}: {result.stderr}")
        return result.stdout

    def job(self, number):
        """Fields of a job (of an array's first task), e.g. JobState, Restarts."""
        return dict(re.findall(r"(\w+)=(\S*)", self.slurm("scontrol", "show", "job", number)))

    def wait_for(self, number, seconds=80):
        """Until a job, or every task of an array, has completed."""
        end = time.monotonic() + seconds
        while True:
            states = set(re.findall(r"JobState=(\w+)", self.slurm("scontrol", "show", "job", number)))
            if states == {"COMPLETED"}:
                return
            bad = states & {"FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "DEADLINE", "OUT_OF_MEMORY"}
            self.assertFalse(bad, f"job {number}: {states}\n{self.logs()}")
            self.assertLess(time.monotonic(), end, f"job {number}: {states}\n{self.logs()}")
            time.sleep(0.2)

    def logs(self):
        """What the jobs and Slurm itself wrote, for messages."""
        paths = sorted((self.folder / "logs").glob("*")) + [self.node / "log" / "slurmctld.log", self.node / "log" / "slurmd.log"]
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in paths)

    def test_study_in_jobs_that_depend_on_each_other(self):
        output = self.folder / "study"
        printed = self.slurm(SUBMIT, CONFIG, 4, "--output", output)
        jobs = dict(line.split() for line in printed.splitlines())
        self.assertEqual(list(jobs), ["generate", "merge", "train", "sample", "evaluate"])
        self.assertEqual(len(jobs["generate"].split(":")), 2)  # MaxArraySize is 3
        self.wait_for(jobs["evaluate"])
        self.assertTrue((output / "report.html").exists())
        self.assertEqual(sorted(path.name for path in (output / "shards").iterdir()),
                         [f"shard-{i}-of-4.h5" for i in (1, 2, 3, 4)])
        with h5py.File(output / "dataset.h5") as data:
            self.assertEqual(data["train/unknowns"].shape, (400, 30))
            self.assertTrue((data["train/observations"][:] == data["train/observations"][:]).all())
        self.shards_are_those_that_the_logs_name(output, jobs["generate"].split(":"))

    def shards_are_those_that_the_logs_name(self, output, arrays):
        """Of four shards in two arrays; and each is repeated alone as the page for clusters says."""
        names = [f"{arrays[0]}_1", f"{arrays[0]}_2", f"{arrays[1]}_2+1", f"{arrays[1]}_2+2"]
        for shard, name in enumerate(names, start=1):
            path = output / "shards" / f"shard-{shard}-of-4.h5"
            self.assertIn(path.name, (self.folder / "logs" / f"generate-{name}.log").read_text())
            path.unlink()
            offset, _, index = name.partition("_")[2].rpartition("+")
            again = self.slurm("sbatch", "--parsable", f"--array={index}", "--output", self.folder / "logs" / "again-%A_%a.log", STAGE,
                               PROGRAM, "generate", CONFIG, "--output", output, SCOREFEM_SHARDS="4", SCOREFEM_SHARD_OFFSET=offset)
            self.wait_for(again.strip())
            self.assertTrue(path.exists(), name)

    def test_stages_run_in_the_image_that_is_named(self):
        """In place of Apptainer a script that takes its options as Apptainer does, and its image for this machine."""
        image = self.folder / "scorefem.sif"
        image.touch()
        tool = self.folder / "apptainer"
        tool.write_text(f"""#!/bin/bash
            [ "$1 $2 $3 $4" = "exec --cleanenv --pwd $PWD" ] && [ "$5" = --bind ] || exit 99
            [ "$6" = "$PWD,{CONFIG.parent},/usr" ] && [ "$7" = {image} ] || exit 98
            shift 7
            echo "in the image: $*"
            exec "$@"\n""")
        tool.chmod(0o755)
        output = self.folder / "contained"
        printed = self.slurm(SUBMIT, "--container", image, CONFIG, 2, "--output", output, SCOREFEM_APPTAINER=str(tool),
                             SCOREFEM_BIND="/usr")
        self.wait_for(dict(line.split() for line in printed.splitlines())["evaluate"])
        self.assertTrue((output / "report.html").exists())
        logs = "".join(path.read_text() for path in (self.folder / "logs").glob("*.log"))
        for stage in ("generate", "merge", "train", "sample", "evaluate"):
            self.assertIn(f"in the image: {PROGRAM} {stage} {CONFIG}", logs)

    def test_bad_input_is_refused_before_anything_is_submitted(self):
        for arguments, message in ((("--set", "prior.varianze=1"), "prior.varianze"), (("--nothing",), "--nothing")):
            result = run(SUBMIT, CONFIG, 2, *arguments, env=dict(self.environment, SCOREFEM_LOGS=str(self.folder / "refused")), cwd=self.folder)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(message, result.stderr)
            self.assertEqual(result.stdout, "")
            self.assertFalse((self.folder / "refused").exists())

    def test_jobs_ask_for_no_more_cores_than_a_node_has(self):
        result = run(SUBMIT, CONFIG, 1, "--output", self.folder / "cores", env=dict(self.environment, SCOREFEM_CPUS="4000"), cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        jobs = dict(line.split() for line in result.stdout.splitlines())
        self.addCleanup(run, "scancel", *jobs.values(), env=self.environment)
        self.assertIn("no node of the partition has 4000 cores", result.stderr)
        self.assertEqual(self.job(jobs["train"])["NumCPUs"], str(os.cpu_count()))
        self.assertEqual(self.job(jobs["merge"])["NumCPUs"], "1")

    def test_image_that_is_not_there_is_refused(self):
        result = run(SUBMIT, "--container", "nowhere.sif", CONFIG, 1, env=self.environment, cwd=self.folder)
        self.assertEqual(result.returncode, 2)
        self.assertIn("nowhere.sif", result.stderr)

    def test_stopped_job_requeues_itself_and_finishes(self):
        output = self.folder / "requeued"
        arguments = ("generate", CONFIG, "--output", output, "--set", "data.train=600000")
        number = self.slurm("sbatch", "--parsable", "--array=2", "--output", self.folder / "logs" / "requeue.log", STAGE,
                            PROGRAM, *arguments, SCOREFEM_SHARDS="2").strip()
        shards = output / "shards"
        end = time.monotonic() + 30
        while not list(shards.glob("shard-2-of-2.partial.h5")):
            self.assertLess(time.monotonic(), end, "the job did not start\n" + self.logs())
            time.sleep(0.05)
        self.slurm("scancel", "--batch", "--signal=USR1", number)
        end = time.monotonic() + 30
        while self.job(number)["Restarts"] == "0":
            self.assertLess(time.monotonic(), end, f"the job was not requeued: {self.job(number)}\n{self.logs()}")
            time.sleep(0.1)
        self.assertFalse((shards / "shard-2-of-2.h5").exists())
        with h5py.File(shards / "shard-2-of-2.partial.h5") as partial:
            self.assertGreaterEqual(partial.attrs["rows_done"], 64)  # the first block
        # Slurm lets a requeued job wait for two minutes; started within a second it would find its credential revoked.
        self.slurm("scontrol", "update", f"JobId={number}", "StartTime=now+3")
        self.wait_for(number)
        with h5py.File(shards / "shard-2-of-2.h5") as shard:
            self.assertEqual(shard.attrs["rows_done"], 300010)
        self.assertIn("interrupted with its work saved", self.logs())

    def test_preempted_job_requeues_itself_and_a_cancelled_one_does_not(self):
        for name, command, requeued in (("preempted", ("--batch", "--signal=TERM"), True), ("cancelled", (), False)):
            output = self.folder / name
            number = self.slurm("sbatch", "--parsable", "--array=1", "--output", self.folder / "logs" / f"{name}.log", STAGE,
                                PROGRAM, "generate", CONFIG, "--output", output, "--set", "data.train=3000000",
                                SCOREFEM_SHARDS="2").strip()
            partial = output / "shards" / "shard-1-of-2.partial.h5"
            self.wait_until(partial.exists)
            self.slurm("scancel", *command, number)
            if requeued:
                self.wait_until(lambda: self.job(number)["Restarts"] != "0")
                self.slurm("scancel", number)
            self.wait_until(lambda: self.job(number)["JobState"] == "CANCELLED")
            time.sleep(1)
            self.assertEqual(self.job(number)["JobState"], "CANCELLED")
            self.assertTrue(partial.exists())

    def wait_until(self, condition, seconds=40):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, self.logs())
            time.sleep(0.1)

    def srun(self, *command):
        return run("srun", "--overcommit", *command, env=self.environment, cwd=self.folder)

    def test_processes_of_srun_find_each_other_or_are_refused(self):
        arguments = (PROGRAM, "generate", CONFIG, "--set", "data.train=2000", "--threads", "1", "--output")
        for launcher in (("srun", "--overcommit", "-n2", "--mpi=pmix"),
                         ("mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "2")):
            output = self.folder / f"with_{launcher[0]}"
            result = run(*launcher, *arguments, output, env=self.environment, cwd=self.folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("on 2 process(es)", result.stderr)
            self.assertEqual(result.stderr.count("written"), 1, result.stderr)
        output = self.folder / "strangers"
        result = self.srun("-n2", "--mpi=none", *arguments, output)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("2 were started (SLURM_STEP_NUM_TASKS)", result.stderr)
        self.assertIn("--mpi=pmix", result.stderr)
        self.assertFalse(output.exists())
        # One process needs no launcher.
        result = self.srun("-n1", "--mpi=none", *arguments, output)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_figure_of_the_paper_survives_a_cancelled_training(self):
        output = self.folder / "paper"
        command = [PROGRAM, "reproduce", "fig07", "--budget", "smoke", "--epochs", "4000", "--threads", "1",
                   "--output", str(output), "--set", "resources.checkpoint_interval=0.2", "--profile", str(PROFILE)]
        process = subprocess.Popen(command, env=self.environment, cwd=self.folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        partial = output / "models" / "linear_ve" / "0.03" / "model.partial.pt"
        end = time.monotonic() + 60
        while not partial.exists():
            self.assertLess(time.monotonic(), end, "the training did not start")
            time.sleep(0.1)
        log, = (output / "logs").glob("train-*.log")
        self.slurm("scancel", "--signal=KILL", "--full", log.stem.rpartition("-")[2])
        printed, _ = process.communicate(timeout=200)
        self.assertEqual(process.returncode, 0, printed + self.logs())
        self.assertIn("Trying to restart job", printed)
        self.assertEqual(len(list((output / "logs").glob("train-*.log"))), 2)
        self.assertIn("going on from", "".join(path.read_text() for path in (output / "logs").glob("train-*.log")))
        self.assertTrue((output / "figures" / "fig07.pdf").is_file())


if __name__ == "__main__":
    unittest.main()
