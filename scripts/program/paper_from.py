#!/usr/bin/python3
"""Draws figures and tables of the paper from stored results, in seconds and without a run: a folder of `scorefem reproduce`, or the small
one that scripts/studies/paper_keep.py made of it. A figure of several noise levels has those that are there."""

import argparse
import sys
from pathlib import Path

from paper import claims, figures, kept, table
from paper.catalogue import Catalogue, CatalogueError
from paper.results import Results
from plotting.run_files import OutputError, require_file


def make(name, stored, output, catalogue):
    """Makes one result; returns its path."""
    if name in catalogue.figures:
        return figures.draw(stored, catalogue, name, output)
    if name == "table2":
        source = require_file(stored / "densities", "table2.md", "densities")
        target = output / "tables" / "table2.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
        return target
    if name == "claims":
        results = Results(stored, Catalogue(catalogue.budget))  # which needs every level: a claim on fewer is not run
        return table.write(output, claims.judge(results), table.provenance(results))
    raise CatalogueError(f"{name}: expected a figure, table2 or claims: it is a run, not a drawing")


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: paper_from.py runs/paper/quick runs/paper/redrawn fig09")
    parser.add_argument("stored", type=Path)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("name", nargs="+", help="fig01 to fig20, table2, claims; all")
    parser.add_argument("--budget", default="quick", help="of the folder's runs; a small folder says it itself")
    arguments = parser.parse_args()
    failed = False
    try:
        catalogue = Catalogue(kept.budget_of(arguments.stored) or arguments.budget)
        catalogue.keep_levels_of(arguments.stored)
        for name in catalogue.expand(arguments.name):
            try:
                print(make(name, arguments.stored, arguments.output_dir, catalogue))
            except OutputError as error:  # the others may be there
                print(f"paper_from.py: {name}: {error}", file=sys.stderr)
                failed = True
    except (CatalogueError, OSError) as error:
        sys.exit(f"paper_from.py: {error}")
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
