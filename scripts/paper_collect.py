#!/usr/bin/python3
"""Gathers the small results of an output folder of `scorefem reproduce` in a folder that is committed: figures as PNG, the
tables, metrics.csv of all runs in one file, and runs.json with each run's means, sizes and provenance."""

import argparse
import csv
import json
import shutil
import sys
from pathlib import Path

from paper.catalogue import Catalogue, CatalogueError
from plotting.outputs import OutputError, read_summary

_LIMIT_MB = 5
_SUMMARY = ("study", "scorefem_version", "git_hash", "date", "seeds", "sizes", "training", "noise", "means", "standard_errors",
            "stage_seconds", "network_evaluations", "failed_samples")
_TABLES = ("tables/claims.md", "tables/claims.json", "densities/table2.md", "densities/table2.csv")


def _runs(folder):
    """Folders of all evaluated posteriors, with study, noise and sampler."""
    for path in sorted((folder / "posteriors").glob("*/*/*/metrics.csv")):
        yield path.parent, dict(zip(("study", "noise", "sampler"), path.parts[-4:-1]))


def _write_metrics(folder, target):
    """One row for each run, wall and segment; a column that a run lacks stays empty."""
    rows = []
    for run, key in _runs(folder):
        with open(run / "metrics.csv", newline="", encoding="utf-8") as stream:
            rows += [{**key, **row} for row in csv.DictReader(stream)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    with open(target, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _run_entry(run, key):
    summary = read_summary(run)
    kept = {name: summary[name] for name in _SUMMARY if name in summary}
    return {**kept, **key, "relative_noise": summary["noise"]["relative"]}


def collect(folder, target, catalogue):
    """Writes everything into a new folder that replaces `target` when it is whole; a README.md there stays."""
    if target.exists() and any(target.iterdir()) and not (target / "runs.json").is_file():
        raise OutputError(f"{target}: expected a new folder, or one that this script wrote before")
    temporary = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    for name in catalogue.figures:
        image = folder / "figures" / f"{name}.png"
        if image.is_file():
            shutil.copy(image, temporary)
    for table in _TABLES:
        if (folder / table).is_file():
            shutil.copy(folder / table, temporary)
    _write_metrics(folder, temporary / "metrics.csv")
    runs = [_run_entry(run, key) for run, key in _runs(folder)]
    (temporary / "runs.json").write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    if (target / "README.md").is_file():
        shutil.copy(target / "README.md", temporary)
    size = sum(path.stat().st_size for path in temporary.iterdir()) / 1e6
    if size > _LIMIT_MB:
        shutil.rmtree(temporary)
        raise OutputError(f"{folder}: {size:.1f} MB of results; expected at most {_LIMIT_MB} MB to commit")
    shutil.rmtree(target, ignore_errors=True)
    temporary.replace(target)
    return size


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     epilog="example: paper_collect.py runs/paper/quick results/paper/quick")
    parser.add_argument("output_dir", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--budget", default="quick")
    arguments = parser.parse_args()
    try:
        size = collect(arguments.output_dir, arguments.target, Catalogue(arguments.budget))
        print(f"{arguments.target}: {size:.1f} MB")
    except (OutputError, CatalogueError, OSError) as error:
        sys.exit(f"paper_collect.py: {error}")


if __name__ == "__main__":
    main()
