"""`scorefem reproduce` at budget smoke."""
import fcntl
import os
import signal
import subprocess
import unittest

from program import PROGRAM, ProgramTest, wait_until

MODEL = "models/linear_ve/0.03/model.pt"


def alive_in_session(session):
    """The processes of a session that have not ended, as their lines of `ps`."""
    listed = subprocess.run(["ps", "-s", str(session), "-o", "pid=,stat=,args="], capture_output=True, text=True, check=False)
    return [line for line in listed.stdout.splitlines() if line.split()[1][0] != "Z"]


def kill_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Reproduce(ProgramTest):
    def reproduce(self, *arguments, **options):
        return self.scorefem("reproduce", *arguments, "--budget", "smoke", "--output", self.run_folder, "--cores", "1",
                             **options)

    def modified(self, name):
        return (self.run_folder / name).stat().st_mtime_ns

    def test_figure_and_what_is_kept(self):
        self.assert_done(self.reproduce("fig07", "fig01"))
        for name in ("fig07", "fig01"):
            for suffix in ("pdf", "png"):
                self.assertTrue((self.run_folder / "figures" / f"{name}.{suffix}").is_file())
        before = {name: self.modified(name) for name in (MODEL, "data/linear/dataset.h5", "figures/fig01.png")}

        again = self.reproduce("fig07", "fig01")
        self.assert_done(again)
        self.assertIn("Nothing to be done", again.stdout + again.stderr)

        (self.run_folder / "figures" / "fig07.png").unlink()
        self.assert_done(self.reproduce("fig07", "fig01"))
        self.assertTrue((self.run_folder / "figures" / "fig07.png").is_file())
        self.assertTrue((self.run_folder / "posteriors/linear_ve/0.03/ode/reference.h5").is_file())
        self.assertEqual({name: self.modified(name) for name in before}, before)

        self.assert_done(self.reproduce("fig07", "--epochs", "4"))
        self.assertNotEqual(self.modified(MODEL), before[MODEL])
        self.assertEqual(self.modified("data/linear/dataset.h5"), before["data/linear/dataset.h5"])

    def test_failed_job_leaves_the_others_whole(self):
        obstacle = self.run_folder / "models/linear_ve/0.03/model.partial.pt"
        obstacle.parent.mkdir(parents=True)
        obstacle.write_text("not a checkpoint")
        result = self.reproduce("fig07", "fig06", "--keep-going")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("model.partial.pt", result.stderr)
        self.assertTrue((self.run_folder / "figures/fig06.pdf").is_file())
        self.assertFalse((self.run_folder / "figures/fig07.pdf").exists())
        data = self.modified("data/linear/dataset.h5")
        obstacle.unlink()
        with open(self.run_folder / "reproduce.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            print("command: scorefem reproduce\nprocess: 77", file=lock, flush=True)
            self.assert_refused(self.reproduce("fig06"), "`scorefem reproduce` of process 77", "wait for it")
        self.assert_done(self.reproduce("fig07", "fig06"))
        self.assertTrue((self.run_folder / "figures/fig07.pdf").is_file())
        self.assertEqual(self.modified("data/linear/dataset.h5"), data)

    def test_stored_results_are_drawn_without_a_run(self):
        stored, drawn = self.folder / "stored", self.folder / "drawn"
        self.assert_refused(self.scorefem("reproduce", "fig01", "--from", stored), "--from", str(stored), "folder")
        stored.mkdir()
        self.assert_refused(self.scorefem("reproduce", "fig01", "--from", stored, "--set", "model.width=8"), "--set")
        self.assert_refused(self.scorefem("reproduce", "fig01", "--from", stored, "--epochs", "4"), "--epochs")
        result = self.scorefem("reproduce", "fig01", "fig08", "--from", stored, "--output", drawn)
        self.assert_failed(result, "fig08", "linear_ve")
        self.assertTrue((drawn / "figures" / "fig01.png").is_file())

    def test_killed_run_leaves_no_lock_that_stops_the_next(self):
        process = subprocess.Popen([PROGRAM, "reproduce", "fig05", "--budget", "smoke", "--output", str(self.run_folder),
                                    "--cores", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: list(self.run_folder.glob("data/*/*")) or process.poll() is not None)
        self.assertIsNone(process.poll())
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=60)
        self.assertFalse((self.run_folder / "figures").exists())
        self.assert_done(self.reproduce("fig05"))
        self.assertTrue((self.run_folder / "figures" / "fig05.png").is_file())

    def test_signal_ends_the_jobs_too_and_the_next_call_goes_on(self):
        epochs = ("--epochs", "3000")  # seconds
        process = subprocess.Popen([PROGRAM, "reproduce", "fig07", "--budget", "smoke", "--output", str(self.run_folder),
                                    "--cores", "1", *epochs], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        self.addCleanup(kill_group, process.pid)
        training = (self.run_folder / MODEL).with_name("log.jsonl")
        wait_until(lambda: training.exists() or process.poll() is not None, 120)
        self.assertIsNone(process.poll())
        self.assertFalse((self.run_folder / MODEL).exists())
        process.terminate()
        self.assertIn(process.wait(timeout=60), (-signal.SIGTERM, 128 + signal.SIGTERM))
        self.assertEqual(alive_in_session(process.pid), [])
        self.assertFalse((self.run_folder / "reproduce.lock").exists())
        data = self.modified("data/linear/dataset.h5")
        self.assert_done(self.reproduce("fig07", *epochs))
        self.assertTrue((self.run_folder / "figures/fig07.pdf").is_file())
        self.assertEqual(self.modified("data/linear/dataset.h5"), data)

    def test_list(self):
        result = self.scorefem("reproduce", "--list")
        self.assert_done(result)
        for name in ("fig01", "fig20", "table2", "claims", "zero_noise"):
            self.assertIn(f"\n{name} ", result.stdout)

    def test_bad_input(self):
        for arguments, words in (("fg09", ["fg09", "did you mean 'fig09'"]), ("table3", ["did you mean 'table2'"]),
                                 ("", ["reproduce --list"]),
                                 ("fig09 --set trainig.epochs=2", ["did you mean 'training'"]),
                                 ("fig09 --set noise.relative=2", ["noise.relative", "budget"]),
                                 ("fig09 --set data.test=2", ["data.fields", "data.test"]),
                                 ("fig09 --profile nowhere", ["nowhere", "config.yaml"]),
                                 ("fig09 --epochs 0", ["--epochs"])):
            self.assert_refused(self.reproduce(*arguments.split()), *words)
        self.assert_refused(self.scorefem("reproduce", "fig09", "--budget", "quik", "--output", self.run_folder), "quik", "quick")
        self.assertEqual(self.written(), [])

    def test_says_which_package_is_missing(self):
        result = self.reproduce("fig01", env={**os.environ, "PATH": str(self.folder)})
        self.assertEqual(result.returncode, 1)
        self.assertIn("Debian package snakemake", result.stderr)


if __name__ == "__main__":
    unittest.main()
