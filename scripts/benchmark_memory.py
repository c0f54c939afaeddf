#!/usr/bin/python3
"""Peak memory of each stage for more and more pairs, and for more and more measurements, as Markdown tables.

    benchmark_memory.py [CONFIG] [--pairs N...] [--measurements N...]

A stage's peak is that of its process, without the figures that `evaluate` has drawn by another. The network is small and trained
for one epoch: its own memory is that of its size, whatever the number of pairs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from studies import machine  # noqa: E402

ROOT = machine.ROOT
NETWORK = ("model.width=32", "training.epochs=1", "resources.shard_rows=10000", "data.fields=0", "reference.run=0")
SAMPLES = 20  # of each measurement
FEW_PAIRS, FEW_MEASUREMENTS = 2000, 100


def peak_memory(command, environment):
    """Runs a command; its peak resident memory in MB."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"benchmark_memory.py: {' '.join(command)}: exit status {os.waitstatus_to_exitcode(status)}\n"
                         + message.decode())
    return usage.ru_maxrss / 1024


class Study:
    """The program with one configuration, in a folder of its own."""

    def __init__(self, arguments, folder, n_pairs, n_measurements, *settings):
        self.program, self.config, self.folder = str(arguments.program), str(arguments.config), Path(folder)
        self.settings = (*NETWORK, f"data.train={n_pairs}", f"data.test={n_measurements}", *settings,
                         f"sampling={{measurements: {n_measurements}, samples: {SAMPLES}}}")
        scripts = self.folder / "scripts"
        scripts.mkdir()
        (scripts / "report.py").touch()  # figures are no part of this
        self.environment = dict(os.environ, SCOREFEM_SCRIPTS=str(scripts))

    def peak(self, command, *arguments):
        settings = [word for setting in self.settings for word in ("--set", setting)]
        where = () if "--run" in arguments else ("--output", str(self.folder / "run"))
        return peak_memory([self.program, command, self.config, *where, "--threads", "1", *arguments, *settings], self.environment)

    def infer(self, n_measurements):
        """Of the test measurements of the data set, from a CSV file."""
        import h5py
        import numpy
        with h5py.File(self.folder / "run" / "dataset.h5") as data:
            numpy.savetxt(self.folder / "measured.csv", data["test/observations"][:n_measurements], fmt="%.9g", delimiter=",")
        return self.peak("infer", "--run", str(self.folder / "run"), "--measurement", str(self.folder / "measured.csv"), "--output",
                         str(self.folder / "inferred.h5"))

    def megabytes(self, name):
        return (self.folder / "run" / name).stat().st_size / 2**20


def row(*entries):
    return "| " + " | ".join(f"{entry:,.0f}" if isinstance(entry, float) else f"{entry:,}" for entry in entries) + " |"


def table(header, rows):
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for entries in rows:
        line = row(*entries)
        print(line, flush=True)
        yield line


def of_pairs(arguments, *settings):
    for n in arguments.pairs:
        with tempfile.TemporaryDirectory(prefix="scorefem-memory-", dir=arguments.scratch) as folder:
            study = Study(arguments, folder, n, FEW_MEASUREMENTS, *settings)
            generate = study.peak("generate")
            train = study.peak("train")
            sample = study.peak("sample")
            yield n, study.megabytes("dataset.h5"), generate, train, sample, study.peak("evaluate"), study.infer(FEW_MEASUREMENTS)


def of_measurements(arguments, *settings):
    for n in arguments.measurements:
        with tempfile.TemporaryDirectory(prefix="scorefem-memory-", dir=arguments.scratch) as folder:
            study = Study(arguments, folder, FEW_PAIRS, n, *settings)
            study.peak("generate")
            study.peak("train")
            sample = study.peak("sample")
            yield n, study.megabytes("posterior.h5"), sample, study.peak("evaluate"), study.infer(n)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "inputs" / "quickstart.yaml")
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "scorefem")
    parser.add_argument("--pairs", type=int, nargs="+", default=(10_000, 100_000, 1_000_000))
    parser.add_argument("--measurements", type=int, nargs="+", default=(1_000, 10_000, 100_000))
    parser.add_argument("--scratch", type=Path, help="where data sets are written for a while; by default the system's")
    parser.add_argument("--output", type=Path, default=ROOT / "results" / "benchmark" / "memory.md")
    arguments = parser.parse_args()
    stages = ("generate", "train", "sample", "evaluate", "infer")
    lines = ["# Peak memory", "",
             f"`scripts/benchmark_memory.py`, {arguments.config.name} with a network of width 32, one thread. Peak resident memory of "
             "each stage's process in MB;", "the libraries alone take some 300. " + machine.headline(machine.stamp()), ""]
    lines += [f"More pairs, {FEW_MEASUREMENTS} measurements:", ""]
    lines += table(("pairs", "data set (MB)", *stages), of_pairs(arguments))
    lines += ["", "The same with the quadratic regression as the network's centre (`model.centre: quadratic`):", ""]
    lines += table(("pairs", "data set (MB)", *stages), of_pairs(arguments, "model.centre=quadratic"))
    masks = ("data.mask_probability=0.7", "model.masked=true")
    lines += ["", f"More measurements, {SAMPLES} samples of each, {FEW_PAIRS:,} pairs, each with sensors of its own "
              "(`data.mask_probability: 0.7`):", ""]
    lines += table(("measurements", "posterior (MB)", "sample", "evaluate", "infer"), of_measurements(arguments, *masks))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
