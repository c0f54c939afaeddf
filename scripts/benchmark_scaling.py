#!/usr/bin/python3
"""Strong and weak scaling of the solver that distributes one mesh over MPI ranks.

Strong: one mesh on 1, 2, ... ranks; weak: as many cells per rank. What is timed is everything from the mesh to the response matrix: 30
solves of the linear problem. Medians of three. Writes scaling.json and scaling.md to --output.

    ./scripts/build.sh && ./scripts/benchmark_scaling.py
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

from studies.machine import ROOT, headline, stamp, write

DEGREE, CELLS_PER_SEGMENT, CELLS_ACROSS = 4, 4, 24


def solve(program, ranks, cells_per_segment):
    environment = dict(os.environ, OMP_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    command = ["mpirun", "-n", ranks, program, DEGREE, cells_per_segment, CELLS_ACROSS]
    runs = []
    for _ in range(3):
        result = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"{command} failed:\n{result.stderr}")
        runs.append(json.loads(result.stdout))
    return {**runs[0], "seconds": statistics.median(run["seconds"] for run in runs)}


def markdown(result):
    def rows(kind):
        first = result[kind][0]["seconds"]
        return [f"| {kind} | {row['ranks']} | {row['unknowns']:,} | {row['seconds']:.2f} | "
                f"{first / row['seconds'] / (row['ranks'] if kind == 'strong' else 1):.0%} | {row['sensor_error']:.0e} |"
                for row in result[kind]]

    return "\n".join(["# One mesh on several ranks", "", headline(result), "Written by scripts/benchmark_scaling.py.", "",
                      f"Degree {DEGREE}, GMRES with algebraic multigrid; mesh, matrix, preconditioner and 30 solves.", "",
                      "| scaling | ranks | unknowns | seconds | parallel efficiency | sensor error |", "|---|---|---|---|---|---|",
                      *rows("strong"), *rows("weak"), ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/domain_scaling", type=pathlib.Path)
    parser.add_argument("--output", default=ROOT / "results/benchmark", type=pathlib.Path)
    parser.add_argument("--ranks", default=[1, 2], type=int, nargs="+", help="numbers of ranks, ascending from 1 (default 1 2)")
    arguments = parser.parse_args()
    if not arguments.program.exists():
        sys.exit(f"{arguments.program} is missing: run ./scripts/build.sh first")
    result = stamp()
    result["strong"] = [solve(arguments.program, ranks, CELLS_PER_SEGMENT) for ranks in arguments.ranks]
    result["weak"] = [solve(arguments.program, ranks, ranks * CELLS_PER_SEGMENT) for ranks in arguments.ranks]
    write(arguments.output, "scaling", result, markdown(result))


if __name__ == "__main__":
    main()
