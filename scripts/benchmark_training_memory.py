#!/usr/bin/python3
"""Training on pairs that are larger than the memory it may take (training.window), beside training in memory: time of a step, peak
memory, and what a limit does to each, as a Markdown table.

The limit is the kernel's RLIMIT_DATA, on memory that is the process's own; of the mapped file, which `training.window` keeps pairs in, the
system holds what it has room for. Runs of one and of two epochs tell a step's time from that of reading the pairs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from studies import machine

ROOT = machine.ROOT
UNKNOWNS, OBSERVATIONS = 20, 105
BATCH = 1000
OUT_OF_MEMORY = ("std::bad_alloc", "allocate memory")  # of the standard library; of LibTorch and the system
CONFIG = f"""study: training_memory
seed: 1
forward: {{problem: pairs}}
noise: {{model: none}}
data: {{test_share: 0}}
model: {{width: 128, hidden_layers: 3}}
training: {{epochs: 1, batch_size: {BATCH}, validation_interval: 1000000, patience: 0}}
"""


def make_pairs(path, rows):
    random = np.random.default_rng(1)
    response = random.standard_normal((UNKNOWNS, OBSERVATIONS))
    with h5py.File(path, "w") as file:
        theta = file.create_dataset("theta", (rows, UNKNOWNS), "f8")
        x = file.create_dataset("x", (rows, OBSERVATIONS), "f8")
        for begin in range(0, rows, 10000):
            n = min(10000, rows - begin)
            theta[begin:begin + n] = values = random.standard_normal((n, UNKNOWNS))
            x[begin:begin + n] = values @ response + random.standard_normal((n, OBSERVATIONS))


class Run:
    """One `scorefem train`, anew: wall and CPU seconds, peak memory in MB, exit status, what it printed."""

    def __init__(self, command, limit_mb=None):
        # By way of a small process, since the memory of the parent counts until the program begins.
        limits = "" if limit_mb is None else f"resource.setrlimit(resource.RLIMIT_DATA, ({limit_mb << 20}, {limit_mb << 20}));"
        starter = f"import os, resource, sys; {limits} os.execv(sys.argv[1], sys.argv[1:])"
        start = time.monotonic()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen([sys.executable, "-S", "-c", starter, *map(str, command)], stdout=subprocess.DEVNULL, stderr=said,
                                       close_fds=False)
            _, status, usage = os.wait4(process.pid, 0)
            said.seek(0)
            self.message = said.read().decode(errors="replace")
        self.seconds, self.cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        self.peak, self.status = usage.ru_maxrss / 1024, process.returncode

    def within_limit(self):
        """Says so, or that memory ran out; ends here if it was something else."""
        if self.status == 0:
            return "yes"
        if any(words in self.message for words in OUT_OF_MEMORY):
            return "no, out of memory"
        return self.end()

    def end(self):
        sys.exit(f"benchmark_training_memory.py: exit status {self.status}: {self.message.strip()}")


class Study:
    """Pairs of a number of rows as a data set in a folder of its own, and the command that trains on them."""

    def __init__(self, folder, rows, program):
        folder.mkdir()
        config, pairs = folder / "config.yaml", folder / "pairs.h5"
        config.write_text(CONFIG, encoding="utf-8")
        make_pairs(pairs, rows)
        subprocess.run([program, "import", config, "--pairs", pairs, "--output", folder], check=True, stderr=subprocess.DEVNULL)
        pairs.unlink()
        self.rows, self.steps = rows, int(rows * 0.95) // BATCH
        self.command = [program, "train", config, "--output", folder, "--threads", "1", "--force"]

    def row(self, label, words, limit_mb):
        """A line of the table."""
        short, long = (Run([*self.command, *words, "--set", f"training.epochs={epochs}"]) for epochs in (1, 2))
        for whole in (short, long):
            if whole.status:
                whole.end()
        limited = Run([*self.command, *words], limit_mb)
        return (f"| {self.rows:,} | {label} | {1000 * (long.cpu - short.cpu) / self.steps:.2f} | "
                f"{1000 * (long.seconds - short.seconds) / self.steps:.2f} | {2 * short.cpu - long.cpu:.1f} | {long.peak:.0f} | "
                f"{limited.within_limit()} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=1_000_000, help=f"of {UNKNOWNS} unknowns and {OBSERVATIONS} observations: 1 KB each")
    parser.add_argument("--in-memory", type=int, default=1_000_000, metavar="PAIRS",
                        help="that are trained on in memory, if --pairs is more: they need twice their size (default %(default)s)")
    parser.add_argument("--window", type=int, default=50_000)
    parser.add_argument("--limit", type=int, default=512, help="MB of memory of its own")
    parser.add_argument("--folder", type=Path, help="of bulk files; default: the system's temporary one")
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "scorefem")
    parser.add_argument("--output", type=Path, default=ROOT / "results" / "benchmark" / "training_memory.md")
    arguments = parser.parse_args()
    where = machine.stamp()
    window = (f"`training.window: {arguments.window}`", ("--set", f"training.window={arguments.window}"))
    lines = ["# Training on more pairs than memory", "",
             f"`scripts/benchmark_training_memory.py`: pairs of {UNKNOWNS} unknowns and {OBSERVATIONS} observations, a million of them "
             f"{8 * (UNKNOWNS + OBSERVATIONS):,} MB; network 3 x 128, batches of {BATCH:,}, one thread. A step: of one epoch, the "
             f"difference of runs of two and of one. Limit: RLIMIT_DATA of {arguments.limit:,} MB, on memory of the process's own. "
             f"{machine.headline(where)}", "",
             "| pairs | where they are | step, CPU (ms) | step, wall (ms) | reading, CPU (s) | peak resident memory (MB) | within the limit |",
             "|---|---|---|---|---|---|---|"]
    compared = min(arguments.pairs, arguments.in_memory)
    rows = {arguments.pairs: [window]} | {compared: [("in memory", ()), window]}
    for pairs, ways in sorted(rows.items()):
        with tempfile.TemporaryDirectory(prefix="scorefem-training-", dir=arguments.folder) as name:
            study = Study(Path(name) / "study", pairs, arguments.program)
            for label, words in ways:
                lines.append(study.row(label, words, arguments.limit))
                print(lines[-1], flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
