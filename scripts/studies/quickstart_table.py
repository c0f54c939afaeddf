#!/usr/bin/python3
"""Writes what the quickstart found into the README's table. Reads summary.json and metrics.csv of the folder alone."""

import argparse
import csv
import json
from pathlib import Path

import readme


def rows(summary, metrics):
    """The table's rows. @param metrics rows of metrics.csv as dictionaries"""
    of = summary["comparison"]
    error, sd = of["relative_error"], of["posterior_std"]
    largest = max(abs(float(row["std_difference"])) for row in metrics)
    gates = summary["gates"]
    passed = sum(gate["verdict"] == "PASS" for gate in gates)
    return "\n".join((
        f"| {summary['means_over']['exact']} measurements | learnt | exact | learnt / exact |",
        "|---|---|---|---|",
        f"| error of the posterior mean, over the mean flux | {error['learnt']:.2%} | {error['exact']:.2%} | "
        f"{of['error_ratio']['learnt']:.3f} |",
        f"| posterior standard deviation, flux (prior: {summary['means']['prior_std']:.2f}) | {sd['learnt']:.4f} | "
        f"{sd['exact']:.4f} | {1 + of['std_difference']['learnt']:.3f}, at most {largest:.1%} off on a segment |",
        f"| calibration, over {summary['means_over']['learnt']} measurements | {passed} of {len(gates)} gates pass | | |"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=readme.ROOT / "results" / "quickstart", help="default: results/quickstart")
    folder = parser.parse_args().folder
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    with open(folder / "metrics.csv", encoding="utf-8", newline="") as file:
        readme.write_table("quickstart", rows(summary, list(csv.DictReader(file))))


if __name__ == "__main__":
    main()
