"""The committed numbers: results/sbibm/c2st.csv, a row for each task, budget, seed and observation, and the table made of it."""

from __future__ import annotations

import csv
import statistics
from pathlib import Path

from . import TASK_NAMES, published

_COLUMNS = ("task", "simulations", "seed", "observation", "c2st", "training_seconds", "version")
_KEY = _COLUMNS[:4]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def read(folder: Path) -> list[dict[str, str]]:
    path = folder / "c2st.csv"
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def add(folder: Path, rows: list[dict]) -> None:
    """Adds rows, in place of those of the same task, budget, seed and observation."""
    known = {tuple(row[name] for name in _KEY): row for row in read(folder)}
    known |= {tuple(str(row[name]) for name in _KEY): {name: str(row[name]) for name in _COLUMNS} for row in rows}

    def place(key):
        return TASK_NAMES.index(key[0]), *map(int, key[1:])

    lines = [",".join(_COLUMNS), *(",".join(known[key][name] for name in _COLUMNS) for key in sorted(known, key=place))]
    _write(folder / "c2st.csv", "\n".join(lines) + "\n")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def table(folder: Path) -> str:
    """Markdown: a row for each task and budget, beside published values."""
    cells: dict[tuple[str, int], list[dict[str, str]]] = {}
    for row in read(folder):
        cells.setdefault((row["task"], int(row["simulations"])), []).append(row)
    lines = ["# C2ST on the public benchmark of simulation-based inference", "",
             "Mean over the observations that have a reference posterior, and over seeds; ±: its standard error over both. 0.5 is",
             "perfect. Aim: the best amortised figures published, or below them; **bold**: at or below it. NPE and the best of six",
             "methods (sequential ones among them): Lueckmann et al. 2021; GenSBI: 2026; BayesFlow 2025: trained online on up to 32",
             "million simulations, whatever the row's budget. Minutes: of training, each seed. Written by scripts/benchmark_sbibm.py.", "",
             "| task | simulations | C2ST | seeds x observations | aim | NPE | best of six | GenSBI | BayesFlow, online | minutes |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for (task, simulations), rows in cells.items():
        values = [float(row["c2st"]) for row in rows]
        mean = statistics.mean(values)
        error = f" ± {statistics.stdev(values) / len(values) ** 0.5:.3f}" if len(values) > 1 else ""
        seeds = {row["seed"]: float(row["training_seconds"]) for row in rows}
        aim = published.value(published.AIM, task, simulations)
        shown = f"{mean:.3f}{error}"
        lines.append("| " + " | ".join([
            task, f"{simulations:,}", f"**{shown}**" if aim is not None and mean <= aim else shown,
            f"{len(seeds)} x {len({row['observation'] for row in rows})}", _number(aim),
            *(_number(published.value(source, task, simulations)) for source in (published.NPE, published.BEST_OF_SIX, published.GENSBI)),
            _number(published.BAYESFLOW_ONLINE.get(task)), f"{statistics.mean(seeds.values()) / 60:.1f}"]) + " |")
    reached = [cell for cell, rows in cells.items() if (aim := published.value(published.AIM, *cell)) is not None
               and statistics.mean(float(row["c2st"]) for row in rows) <= aim]
    lines += ["", f"{len(reached)} of {sum(published.value(published.AIM, *cell) is not None for cell in cells)} at or below the aim; "
              + "versions: " + ", ".join(sorted({row["version"] for rows in cells.values() for row in rows})) + "."]
    return "\n".join(lines) + "\n"


def write_table(folder: Path) -> str:
    text = table(folder)
    _write(folder / "table.md", text)
    return text
