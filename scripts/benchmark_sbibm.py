#!/usr/bin/python3
"""ScoreFEM on the public benchmark of simulation-based inference, beside published results.

For each task, budget and seed: simulates in NumPy, imports the pairs, trains with the settings of inputs/sbibm.yaml, which are the same
for all, draws 10,000 samples for each observation that has a reference posterior, and lets a classifier tell them from the reference
(C2ST; 0.5 is perfect). Adds the numbers to --results (c2st.csv) and writes its table.md. What is finished is kept: the same command goes
on after an interruption.

--data: the benchmark's data, folders TASK/N with observation.csv and reference_posterior_samples.csv.bz2 (a clone of
github.com/sbi-benchmark/sbibm has them too, but not in text what bernoulli_glm and slcp_distractors need besides). Needs
python3-sklearn; a fast BLAS helps it tenfold: scripts/install_packages.sh benchmark.

    scripts/benchmark_sbibm.py two_moons --simulations 1000 --data ../sbibm
    scripts/benchmark_sbibm.py all --simulations 1000 10000 --data ../sbibm --seeds 3
    scripts/benchmark_sbibm.py --table                          # the table alone, from the stored numbers
"""

import argparse
import os
import sys
from pathlib import Path

import yaml

from studies.machine import ROOT
from studies.sbibm import TASK_NAMES, make_task, results, study
from studies.sbibm.task import Data, SbibmError


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}; expected 1 or more")
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", nargs="*", help="all, or any of " + ", ".join(TASK_NAMES))
    parser.add_argument("--simulations", nargs="+", type=positive, default=[], metavar="N", help="budgets, e.g. 1000 10000 100000")
    parser.add_argument("--data", type=Path, help="folder of the benchmark's data")
    parser.add_argument("--seeds", type=positive, default=1, help="repetitions, each with its own simulations and network (default 1)")
    parser.add_argument("--observations", nargs="+", type=positive, metavar="N", help="default: all that have a reference posterior")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a configuration key; give --output and "
                        "--results as well, so that no other setting's files and numbers are taken for its own")
    parser.add_argument("--jobs", type=positive, default=os.cpu_count(), help="metrics computed side by side (default: cores)")
    parser.add_argument("--table", action="store_true", help="write the table only")
    parser.add_argument("--program", default=ROOT / "build/scorefem", type=Path)
    parser.add_argument("--output", default=ROOT / "runs/sbibm", type=Path)
    parser.add_argument("--results", default=ROOT / "results/sbibm", type=Path)
    arguments = parser.parse_args()
    names = list(TASK_NAMES) if "all" in arguments.task else arguments.task
    unknown = [name for name in names if name not in TASK_NAMES]
    if unknown:
        parser.error(f"no task named {', '.join(unknown)}; there are {', '.join(TASK_NAMES)}, and all")
    if not arguments.table and not (names and arguments.simulations and arguments.data):
        parser.error("expected a task, --simulations N and --data FOLDER, or --table")
    if arguments.set and not arguments.table and parser.get_default("results") == arguments.results.resolve():
        parser.error("--set changes the settings that results/sbibm is made with: give --output and --results as well")
    try:
        base = yaml.safe_load((ROOT / "inputs/sbibm.yaml").read_text(encoding="utf-8"))
        for simulations in arguments.simulations if not arguments.table else []:
            for name in names:
                task = make_task(name, arguments.data)
                data = Data(arguments.data, task)
                observations = arguments.observations or data.with_reference()
                if not observations:
                    raise SbibmError(f"{data.folder}: no reference posterior; expected N/reference_posterior_samples.csv.bz2")
                for seed in range(1, arguments.seeds + 1):
                    folder = arguments.output.resolve() / name / f"{simulations}" / f"seed_{seed}"
                    cell = study.Cell(task, simulations, seed, folder, arguments.program.resolve(), base, tuple(arguments.set))
                    results.add(arguments.results, study.run(cell, data, observations, arguments.jobs))
                    results.write_table(arguments.results)
        print(results.write_table(arguments.results))
    except (SbibmError, OSError) as error:
        sys.exit(f"benchmark_sbibm.py: {error}")


if __name__ == "__main__":
    main()
