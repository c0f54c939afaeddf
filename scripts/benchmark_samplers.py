#!/usr/bin/python3
"""Draws error against network evaluations for every sampler, on a mixture of Gaussians with a score in closed form.

The error is the 1-Wasserstein distance between 20,000 samples and the exact quantiles; starting points are equally
probable, so that only the stochastic samplers have a statistical error (dashed: that of exact samples). Writes
samplers.csv, samplers.png, samplers.pdf and samplers.md to --output.

    ./scripts/build.sh && ./scripts/benchmark_samplers.py
"""

import argparse
import csv
import io
import pathlib
import subprocess
import sys

from studies.machine import ROOT

sys.path.append(str(ROOT / "scripts/program"))
from plotting import style  # noqa: E402  (the path comes first)

# Name -> colour, marker.
METHODS = {"rk45": ("#000000", "o"), "euler": ("#E69F00", "v"), "heun": ("#E69F00", "^"), "angle_euler": ("#56B4E9", "v"),
           "angle_midpoint": ("#0072B2", "s"), "angle_heun": ("#0072B2", "^"), "angle_rk3": ("#CC79A7", "o"), "dpm_solver_2m": ("#009E73", "D"),
           "euler_maruyama": ("#CC79A7", "v"), "stochastic_heun": ("#D55E00", "^")}
PROCESSES = {"ve_geometric": "variance exploding (geometric, a = 5)", "vp": "variance preserving (k = 2)"}


def draw(rows):
    figure, panels = style.plt.subplots(1, 2, figsize=(9, 4), sharey=True)
    for axes, (process, title) in zip(panels, PROCESSES.items()):
        for method, (colour, marker) in METHODS.items():
            points = [(int(row["evaluations"]), float(row["error"])) for row in rows
                      if row["process"] == process and row["method"] == method]
            axes.loglog(*zip(*sorted(points)), color=colour, marker=marker, markersize=3.5, linewidth=1.2, label=method)
        floor = next(float(row["error"]) for row in rows if row["process"] == process and row["method"] == "exact samples")
        axes.axhline(floor, color=style.PRIOR, linestyle=(0, (6, 3)), linewidth=1, label="exact random samples")
        axes.set_title(title)
        axes.set_xlabel("evaluations of the score")
        axes.set_xlim(3, 600)
    panels[0].set_ylabel("1-Wasserstein distance\n(the mixture's sd is 1.2)")
    panels[1].legend(fontsize=7, ncol=2)
    return figure


def fewest(rows, process, method, bound):
    """The fewest evaluations with an error of at most `bound`; None if more than were tried."""
    found = [int(row["evaluations"]) for row in rows
             if row["process"] == process and row["method"] == method and float(row["error"]) <= bound]
    return min(found) if found else None


def markdown(rows):
    bounds = (0.03, 0.01, 0.003)
    lines = ["# Samplers: evaluations needed for an error", "",
             "1-Wasserstein distance on a mixture of two Gaussians (standard deviation 1.2), score in closed form; the fewest of the",
             "numbers tried. Written by scripts/benchmark_samplers.py; figure: samplers.png.", "",
             "| sampler | " + " | ".join(f"{process}: {bound:g}" for process in PROCESSES for bound in bounds) + " |",
             "|---|" + "---|" * (len(bounds) * len(PROCESSES))]
    for method in METHODS:
        counts = [fewest(rows, process, method, bound) for process in PROCESSES for bound in bounds]
        lines.append(f"| {method} | " + " | ".join("–" if count is None else str(count) for count in counts) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/sampler_accuracy", type=pathlib.Path)
    parser.add_argument("--output", default=ROOT / "results/benchmark", type=pathlib.Path)
    arguments = parser.parse_args()
    if not arguments.program.exists():
        sys.exit(f"{arguments.program} is missing: run ./scripts/build.sh first")
    text = subprocess.run([arguments.program], check=True, capture_output=True, text=True).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "samplers.csv").write_text(text)
    (arguments.output / "samplers.md").write_text(markdown(rows))
    style.apply()
    print(style.save(draw(rows), arguments.output, "samplers"))
    print(markdown(rows))


if __name__ == "__main__":
    main()
