#!/usr/bin/python3
"""Draws the figures of an output folder into OUTPUT_DIR/figures, as PNG and PDF."""

import argparse
import sys
from pathlib import Path

from plotting.gallery import FIGURES, OTHER_FIGURES, available, draw
from plotting.run_files import OutputError


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: figures.py runs/quickstart error_by_unknown")
    parser.add_argument("output_dir", type=Path, help="folder with dataset.h5, posterior.h5, metrics.csv, training.csv")
    parser.add_argument("figure", nargs="*", help=f"any of {', '.join([*FIGURES, *OTHER_FIGURES])} (default: all of a run)")
    parser.add_argument("--unknown", action="append", metavar="NAME", help="in the corner plot, up to eight (default: as the run's "
                        "report.corner says, else some at equal distances in their order)")
    arguments = parser.parse_args()
    names = [*FIGURES, *OTHER_FIGURES]
    unknown = [name for name in arguments.figure if name not in names]
    if unknown:
        parser.error(f"no figure named {', '.join(unknown)}; there are {', '.join(names)}")
    try:
        names = arguments.figure or available(arguments.output_dir)
        for path in draw(arguments.output_dir, names, arguments.unknown).values():
            print(path)
    except (OutputError, OSError) as error:
        sys.exit(f"figures.py: {error}")


if __name__ == "__main__":
    main()
