#!/usr/bin/python3
"""Prints what `scorefem reproduce` can make: name, what it shows, what it needs, and its cost at each budget."""

import collections

from paper.catalogue import DENSITIES, Catalogue

_STAGES = {"data": "data", "posteriors": "posterior"}


def needs_text(catalogue, name):
    """In words, e.g. "7 posteriors of linear_ve, linear_vp; 4 posteriors of masks_ve"; with them come their trainings and data sets."""
    if name == "claims":
        return "all figures and table2"
    if name == "zero_noise":
        return "1 training of linear_ve"
    if catalogue.needs(name) == [DENSITIES]:
        return "densities"
    runs = collections.Counter(tuple(file.split("/")[:2]) for file in catalogue.needs(name))
    if not runs:
        return "nothing"
    studies = collections.defaultdict(list)
    for (stage, study), count in runs.items():  # a figure's runs are all of one stage
        studies[_STAGES[stage] if count == 1 else f"{count} {_STAGES[stage]}s"].append(study)
    return "; ".join(f"{what} of {', '.join(names)}" for what, names in studies.items())


def duration(minutes):
    return "< 1 min" if minutes < 1 else f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.0f} h"


def main():
    budgets = {name: Catalogue(name) for name in ("quick", "full")}
    rows = [("name", "quick", "full", "needs (at budget quick)", "shows")]
    entries = {**budgets["quick"].figures, **budgets["quick"].others}
    for name, entry in entries.items():
        rows.append((name, *(duration(catalogue.minutes(name)) for catalogue in budgets.values()),
                     needs_text(budgets["quick"], name), entry["shows"]))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[4]]))
    quick, full = (duration(catalogue.minutes(*catalogue.expand(["all"]))) for catalogue in budgets.values())
    print("\nall: every figure, table2 and claims. Costs are rough, on two cores, of making one alone; models, posteriors and\n"
          f"data sets are shared: all of them take {quick} at budget quick, {full} at budget full.")


if __name__ == "__main__":
    main()
