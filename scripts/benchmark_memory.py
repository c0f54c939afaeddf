#!/usr/bin/python3
"""Peak memory of `scorefem generate` for data sets of 10,000 and 1,000,000 samples, as a Markdown table."""

import argparse
import os
import platform
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = (10_000, 1_000_000)
SHARD_ROWS = 10_000


def peak_memory(command):
    """Runs a command; its peak resident memory in MB."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"benchmark_memory.py: {' '.join(command)}: exit status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024


def measure(program, config, size):
    with tempfile.TemporaryDirectory(prefix="scorefem-memory-") as folder:
        peak = peak_memory([str(program), "generate", str(config), "--output", folder, "--threads", "1", "--set",
                            f"data.train={size - 1000}", "--set", "data.test=1000", "--set",
                            f"resources.shard_rows={SHARD_ROWS}"])
        return peak, (Path(folder) / "dataset.h5").stat().st_size / 2**20


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
    lines = ["# Peak memory of `scorefem generate`", "",
             f"`scripts/benchmark_memory.py`, {arguments.config.name}, one process, one thread, shards of {SHARD_ROWS:,} samples, "
             f"{processor()}. Most of it is the libraries'.", "",
             "| samples | data set (MB) | peak resident memory (MB) |", "|---|---|---|"]
    for size in SIZES:
        peak, file_size = measure(arguments.program, arguments.config, size)
        lines.append(f"| {size:,} | {file_size:.0f} | {peak:.0f} |")
        print(lines[-1], flush=True)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
