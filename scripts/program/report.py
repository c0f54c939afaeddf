#!/usr/bin/python3
"""Draws an output folder's figures and writes its report.html, one file that needs no network."""

import argparse
import sys
from pathlib import Path

from plotting import gallery
from plotting.outputs import read_problem
from plotting.run_files import OutputError
from plotting.tables import read_by_sensors, read_metrics, read_summary
from reporting import page


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: report.py runs/quickstart")
    parser.add_argument("output_dir", type=Path, nargs="?", help="folder with dataset.h5, posterior.h5, metrics.csv, training.csv, summary.json and what else `scorefem evaluate` writes")
    parser.add_argument("--check", action="store_true", help="draw nothing: whether Python has what it takes")
    arguments = parser.parse_args()
    if arguments.check:
        return
    folder = arguments.output_dir or parser.error("no output_dir")
    try:
        summary, metrics = read_summary(folder), read_metrics(folder)
        images = gallery.draw(folder, gallery.available(folder))
        print(page.write(folder, page.page(summary, read_problem(folder), metrics, read_by_sensors(folder), images)))
    except (OutputError, OSError) as error:
        sys.exit(f"report.py: {error}")


if __name__ == "__main__":
    main()
