#!/usr/bin/python3
"""Gathers the small results of an output folder of `scorefem reproduce` in a folder that is committed: figures as PNG, figures.md
with what the paper says about each, the tables, metrics.csv of all runs in one file, and runs.json with each run's means, sizes
and provenance. The table in README.md is written from the committed folder; without OUTPUT_DIR, that alone."""

import argparse
import csv
import json
import shutil
import sys
from pathlib import Path

import readme

sys.path.append(str(Path(__file__).resolve().parents[1] / "program"))
from paper import table  # noqa: E402  (the path comes first)
from paper.catalogue import Catalogue, CatalogueError  # noqa: E402
from plotting.run_files import OutputError  # noqa: E402
from plotting.tables import read_summary  # noqa: E402

_COMMITTED = readme.ROOT / "results" / "paper" / "quick"
_LIMIT_MB = 5
_SUMMARY = ("study", "scorefem_version", "git_hash", "date", "seeds", "sizes", "training", "noise", "means", "standard_errors",
            "exact", "stage_seconds", "network_evaluations", "failed_samples", "configuration")
_TABLES = ("tables/claims.md", "tables/claims.json", "densities/table2.md", "densities/table2.csv")


def _runs(folder):
    """Folders of all evaluated posteriors, with study, noise and sampler."""
    for path in sorted((folder / "posteriors").glob("*/*/*/metrics.csv")):
        yield path.parent, dict(zip(("study", "noise", "sampler"), path.parts[-4:-1]))


def _write_metrics(folder, target):
    """One row for each run and unknown; a column that a run lacks stays empty."""
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


def _read_claims(path):
    """claims.json; without claims where `scorefem reproduce claims` has not run."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"options": "", "claims": []}


def _figures_page(folder, catalogue):
    """Markdown with the folder's images: what each shows, what the paper says about it, and what was found."""
    document = _read_claims(folder / "claims.json")
    lines = [f"# The paper's figures, budget {catalogue.budget}", "", "Written by scripts/studies/paper_collect.py.", ""]
    for name, figure in catalogue.figures.items():
        if (folder / f"{name}.png").is_file():
            lines += [f"## {name}", "", figure["shows"] + ".", "", f"![{figure['shows']}]({name}.png)", "",
                      table.rows(document, "the paper says", "found", "holds if", "holds", figure=name)]
    return "\n".join(lines).rstrip("\n") + "\n"


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
    for name in _TABLES:
        if (folder / name).is_file():
            shutil.copy(folder / name, temporary)
    (temporary / "figures.md").write_text(_figures_page(temporary, catalogue), encoding="utf-8")
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
                                     epilog="example: paper_collect.py runs/paper/quick")
    parser.add_argument("output_dir", type=Path, nargs="?")
    parser.add_argument("target", type=Path, nargs="?", default=_COMMITTED, help="default: results/paper/quick")
    parser.add_argument("--budget", default="quick")
    arguments = parser.parse_args()
    try:
        if arguments.output_dir:
            size = collect(arguments.output_dir, arguments.target, Catalogue(arguments.budget))
            print(f"{arguments.target}: {size:.1f} MB")
        if arguments.target.resolve() == _COMMITTED:
            readme.write_table("paper", table.readme_rows(_read_claims(_COMMITTED / "claims.json")))
    except (OutputError, CatalogueError, OSError) as error:
        sys.exit(f"paper_collect.py: {error}")


if __name__ == "__main__":
    main()
