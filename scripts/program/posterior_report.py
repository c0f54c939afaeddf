#!/usr/bin/python3
"""Draws the posteriors of one file, as `scorefem infer` writes it, and one page about them that needs no network."""

import argparse
import sys
from pathlib import Path

from plotting import corner, posterior_cases, style
from plotting.outputs import OwnPosterior
from plotting.run_files import OutputError
from reporting import posterior_page

MOST_MEASUREMENTS = 20  # in tables; the CSV of `scorefem export --format csv` has all
SHOWN = 3  # in figures


def draw(posterior, folder, of_corner=None):
    """Name -> path of the PNG. `of_corner`: names of the unknowns in the corner plot, else some are chosen."""
    style.apply()
    first = posterior.first(SHOWN)
    figures = {"posteriors": posterior_cases.posterior_cases(posterior, None, first), "corner": corner.corner(posterior, first, of_corner)}
    return {name: style.save(figure, folder, name) for name, figure in figures.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: posterior_report.py patients.h5 patients")
    parser.add_argument("posterior", type=Path, help="posterior file (pipeline/posterior/posterior_format.md)")
    parser.add_argument("stem", type=Path, help="writes STEM_report.html and STEM_figures/")
    parser.add_argument("--unknown", action="append", metavar="NAME", help="in the corner plot, up to eight (default: some, at equal "
                        "distances in their order)")
    arguments = parser.parse_args()
    try:
        posterior = OwnPosterior(arguments.posterior, MOST_MEASUREMENTS)
        name = arguments.stem.name
        images = draw(posterior, arguments.stem.with_name(f"{name}_figures"), arguments.unknown)
        target = arguments.stem.with_name(f"{name}_report.html")
        posterior_page.write(target, posterior_page.page(arguments.posterior.name, posterior, images))
        print(f"export: {target}")
    except (OutputError, OSError) as error:
        sys.exit(f"posterior_report.py: {error}")


if __name__ == "__main__":
    main()
