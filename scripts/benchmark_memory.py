#!/usr/bin/python3
"""Peak memory of `scorefem generate` for data sets of 10,000 and 1,000,000 samples, and of `scorefem sample` for 100,000 and
1,000,000 posterior samples, as Markdown tables."""

import argparse
import os
import platform
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = (10_000, 1_000_000)
SHARD_ROWS = 10_000
# The default network, after one training pass: the memory is that of any other weights.
TRAINING = ("training.epochs=1", "data.train=2000", "data.test=1000", "model.network=gaussian_residual")
SAMPLES_EACH = 1000
SAMPLED_MEASUREMENTS = (100, 1000)


def peak_memory(command):
    """Runs a command; its peak resident memory in MB."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"benchmark_memory.py: {' '.join(command)}: exit status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024


def megabytes(path):
    return path.stat().st_size / 2**20


class Program:
    """The program with one configuration, in a folder of its own."""

    def __init__(self, program, config, folder):
        self.start, self.end, self.folder = [str(program)], [str(config), "--output", str(folder), "--threads", "1"], Path(folder)

    def peak(self, command, *settings):
        return peak_memory([*self.start, command, *self.end, *(word for setting in settings for word in ("--set", setting))])


def generate(program, size):
    peak = program.peak("generate", f"data.train={size - 1000}", "data.test=1000", f"resources.shard_rows={SHARD_ROWS}")
    return peak, megabytes(program.folder / "dataset.h5")


def sample(program, measurements):
    peak = program.peak("sample", *TRAINING, f"sampling={{measurements: {measurements}, samples: {SAMPLES_EACH}, "
                        "method: angle_midpoint, steps: 2}")
    return peak, megabytes(program.folder / "posterior.h5")


def processor():
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "inputs" / "quickstart.yaml")
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "scorefem")
    parser.add_argument("--output", type=Path, default=ROOT / "results" / "benchmark" / "memory.md")
    arguments = parser.parse_args()
    lines = []

    def add(*texts):
        lines.extend(texts)
        print(*texts, sep="\n", flush=True)

    add("# Peak memory", "",
        f"`scripts/benchmark_memory.py`, {arguments.config.name}, one process, one thread, {processor()}. Most of it is the "
        "libraries'.", "",
        f"`scorefem generate`, shards of {SHARD_ROWS:,} samples:", "",
        "| samples | data set (MB) | peak resident memory (MB) |", "|---|---|---|")
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="scorefem-memory-") as folder:
            peak, file_size = generate(Program(arguments.program, arguments.config, folder), size)
        add(f"| {size:,} | {file_size:.0f} | {peak:.0f} |")
    add("", f"`scorefem sample`, {SAMPLES_EACH:,} samples for each measurement:", "",
        "| samples | posterior (MB) | peak resident memory (MB) |", "|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="scorefem-memory-") as folder:
        program = Program(arguments.program, arguments.config, folder)
        for command in ("generate", "train"):
            program.peak(command, *TRAINING)
        for measurements in SAMPLED_MEASUREMENTS:
            peak, file_size = sample(program, measurements)
            add(f"| {measurements * SAMPLES_EACH:,} | {file_size:.0f} | {peak:.0f} |")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
