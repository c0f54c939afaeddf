#!/usr/bin/python3
"""Checks what the paper's text says against the stored numbers of an output folder of `scorefem reproduce`: writes
tables/claims.md and claims.json. Exit status 0 whether or not the statements hold; runs that are missing are named."""

import argparse
import sys
from pathlib import Path

from paper import claims, table
from paper.catalogue import Catalogue, CatalogueError
from paper.results import Results
from plotting.run_files import OutputError


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: paper_check.py runs/paper/quick --budget quick")
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("--budget", default="quick")
    parser.add_argument("--epochs", type=int, help="of every training, where they were not the budget's")
    arguments = parser.parse_args()
    try:
        results = Results(arguments.output_dir, Catalogue(arguments.budget, arguments.epochs))
        verdicts = claims.judge(results)
        print(table.write(arguments.output_dir, verdicts, table.provenance(results)))
    except (OutputError, CatalogueError, OSError) as error:
        sys.exit(f"paper_check.py: {error}")


if __name__ == "__main__":
    main()
