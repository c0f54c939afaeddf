#!/usr/bin/python3
"""Draws the figures of a study of one-dimensional densities and writes its table2.md."""

import argparse
import sys
from pathlib import Path

from plotting import densities
from plotting.run_files import OutputError


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: densities.py runs/densities")
    parser.add_argument("output_dir", type=Path, help="folder with table2.json, reference_*.h5 and samples/")
    folder = parser.parse_args().output_dir
    try:
        print(densities.write_table(folder))
        for path in densities.draw(folder):
            print(path)
    except (OutputError, OSError) as error:
        sys.exit(f"densities.py: {error}")


if __name__ == "__main__":
    main()
