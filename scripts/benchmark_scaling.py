#!/usr/bin/python3
"""Strong and weak scaling of the solver that distributes one mesh over MPI ranks.

Strong: one mesh on 1, 2, ... ranks; weak: as many cells per rank. What is timed is everything from the mesh to the response matrix: 30
solves of the linear problem. Medians of three. Large: meshes of some 1e6 and, with --largest, 1e7 unknowns on the most ranks, once each, as
they take minutes. Writes scaling.json and scaling.md to --output.

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
LARGE = {"1e6": (24, 144), "1e7": (76, 456)}  # cells of a segment, and across


def solve(program, ranks, cells_per_segment, cells_across=CELLS_ACROSS, times=3):
    environment = dict(os.environ, OMP_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    command = ["mpirun", "-n", ranks, program, DEGREE, cells_per_segment, cells_across]
    runs = []
    for _ in range(times):
        result = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"{command} failed:\n{result.stderr}")
        runs.append(json.loads(result.stdout))
    return {**runs[0], "seconds": statistics.median(run["seconds"] for run in runs)}


def markdown(result):
    def rows(kind):
        first = result[kind][0]["seconds"]
        return [f"| {kind} | {row['ranks']} | {row['unknowns']:,} | {row['seconds']:.2f} | "
                f"{first / row['seconds'] / (row['ranks'] if kind == 'strong' else 1):.0%} | {row['megabytes_a_rank']:,.0f} | "
                f"{row['sensor_error']:.0e} |" for row in result[kind]]

    def large(row):
        return (f"| large | {row['ranks']} | {row['unknowns']:,} | {row['seconds']:,.0f} | | {row['megabytes_a_rank']:,.0f} | "
                f"{row['sensor_error']:.0e} |")

    return "\n".join(["# One mesh on several ranks", "", headline(result), "Written by scripts/benchmark_scaling.py.", "",
                      f"Degree {DEGREE}, GMRES with algebraic multigrid; mesh, matrix, preconditioner and 30 solves.", "",
                      "Peak memory of the largest rank. The sensor error of large meshes is that of the reference values.", "",
                      "| scaling | ranks | unknowns | seconds | parallel efficiency | MB a rank | sensor error |", "|---|---|---|---|---|---|---|",
                      *rows("strong"), *rows("weak"), *map(large, result["large"]), ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/domain_scaling", type=pathlib.Path)
    parser.add_argument("--output", default=ROOT / "results/benchmark", type=pathlib.Path)
    parser.add_argument("--ranks", default=[1, 2], type=int, nargs="+", help="numbers of ranks, ascending from 1 (default 1 2)")
    parser.add_argument("--largest", choices=("none", *LARGE), default="1e6", help="large mesh to end with (default 1e6)")
    arguments = parser.parse_args()
    if not arguments.program.exists():
        sys.exit(f"{arguments.program} is missing: run ./scripts/build.sh first")
    result = stamp()
    result["strong"] = [solve(arguments.program, ranks, CELLS_PER_SEGMENT) for ranks in arguments.ranks]
    result["weak"] = [solve(arguments.program, ranks, ranks * CELLS_PER_SEGMENT) for ranks in arguments.ranks]
    names = list(LARGE)
    result["large"] = [solve(arguments.program, arguments.ranks[-1], *LARGE[name], times=1)
                       for name in ([] if arguments.largest == "none" else names[:names.index(arguments.largest) + 1])]
    write(arguments.output, "scaling", result, markdown(result))


if __name__ == "__main__":
    main()
