#!/usr/bin/python3
"""Keeps the small part of an output folder of `scorefem reproduce` in a folder that is committed: what is finished so far, over what is
there. `scorefem reproduce --from FOLDER NAME...` draws figures, table and claims from it alone."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts" / "program"))
from paper import kept  # noqa: E402  (the path comes first)
from paper.catalogue import Catalogue, CatalogueError  # noqa: E402
from plotting.run_files import OutputError  # noqa: E402

_LIMIT_MB = 12


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("target", type=Path, nargs="?", default=ROOT / "results" / "paper" / "full", help="default: results/paper/full")
    parser.add_argument("--budget", default="full")
    arguments = parser.parse_args()
    try:
        for name in kept.keep(arguments.output_dir, arguments.target, Catalogue(arguments.budget)):
            print(name)
    except (OutputError, CatalogueError, OSError) as error:
        sys.exit(f"paper_keep.py: {error}")
    size = kept.size_mb(arguments.target)
    print(f"{arguments.target}: {size:.1f} MB")
    if size > _LIMIT_MB:
        sys.exit(f"paper_keep.py: {arguments.target} has {size:.1f} MB; expected at most {_LIMIT_MB}")


if __name__ == "__main__":
    main()
