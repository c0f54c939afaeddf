#!/usr/bin/python3
"""Times the benchmarks of two builds in turns: did a change cost speed?

    git worktree add /tmp/before REVISION && (cd /tmp/before && ./scripts/build.sh forward_benchmark diffusion_benchmark)
    ./scripts/build.sh forward_benchmark diffusion_benchmark
    ./scripts/compare_builds.py /tmp/before/build build

Each round runs every benchmark of both builds, the other one first each time, with one thread, so that what else the machine does
meets both. Prints, for each benchmark, the ratio of the medians (after / before; for times less is faster) and the range of the
rounds' ratios.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess

PROGRAMS = ["forward_benchmark", "diffusion_benchmark"]


def times(program, minimum):
    """The seconds of each benchmark of a program."""
    result = subprocess.run([program, "--benchmark_format=json", f"--benchmark_min_time={minimum}"], check=True, capture_output=True,
                            text=True, env={**os.environ, "OMP_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1",
                                            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})
    unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
    return {run["name"]: run["real_time"] * unit[run["time_unit"]] for run in json.loads(result.stdout)["benchmarks"]}


def rounds_of(before, after, rounds, minimum):
    """For each benchmark that both builds have: (seconds before, seconds after) of each round."""
    measured = {}
    for number in range(rounds):
        for name in PROGRAMS:
            found = {}
            for build in ([before, after] if number % 2 == 0 else [after, before]):
                found[build] = times(build / name, minimum)
            for benchmark in found[before]:
                if benchmark in found[after]:
                    measured.setdefault((name, benchmark), []).append((found[before][benchmark], found[after][benchmark]))
        print(f"round {number + 1} of {rounds}", flush=True)
    return measured


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=pathlib.Path)
    parser.add_argument("after", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--min-time", type=float, default=0.5, help="seconds of each benchmark in each round (default 0.5)")
    arguments = parser.parse_args()
    for build in (arguments.before, arguments.after):
        for name in PROGRAMS:
            if not (build / name).is_file():
                parser.error(f"{build / name} is missing: build the target {name} there")
    if arguments.before.resolve() == arguments.after.resolve():
        parser.error(f"{arguments.before} and {arguments.after} are the same folder")
    measured = rounds_of(arguments.before, arguments.after, arguments.rounds, arguments.min_time)
    print("\n| program | benchmark | after / before | rounds |\n|---|---|---|---|")
    for (program, benchmark), pairs in measured.items():
        ratios = [after / before for before, after in pairs]
        ratio = statistics.median(after for _, after in pairs) / statistics.median(before for before, _ in pairs)
        print(f"| {program} | {benchmark} | {ratio:.3f} | {min(ratios):.3f} to {max(ratios):.3f} |")


if __name__ == "__main__":
    main()
