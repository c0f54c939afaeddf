#!/usr/bin/python3
"""Draws one figure of the paper from an output folder of `scorefem reproduce`, as PDF and PNG."""

import argparse
import sys
from pathlib import Path

from paper.catalogue import Catalogue, CatalogueError
from paper.figures import draw
from plotting.run_files import OutputError


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: paper_figure.py fig09 runs/paper/quick")
    parser.add_argument("figure", help="fig01 to fig20")
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--budget", default="quick")
    arguments = parser.parse_args()
    try:
        catalogue = Catalogue(arguments.budget)
        if arguments.figure not in catalogue.figures:
            parser.error(f"no figure named {arguments.figure}; there are {', '.join(catalogue.figures)}")
        print(draw(arguments.output_dir, catalogue, arguments.figure))
    except (OutputError, CatalogueError, OSError) as error:
        sys.exit(f"paper_figure.py: {error}")


if __name__ == "__main__":
    main()
