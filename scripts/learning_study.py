#!/usr/bin/python3
"""How long the default network has to learn: error, standard deviation and C2ST beside the exact posterior, against steps of training.

For each study one data set and one reference a noise level, shared by all trainings, in OUTPUT/STUDY/; a training of its own for every
length, since the learning rate falls to 0 at the end of each, and for every --variant of it. Whatever is finished is kept: the same
command goes on after an interruption. Writes RESULTS/STUDY.csv, a row for each training and noise level, RESULTS/table.md and
RESULTS/learning.png of all studies that are there.

    scripts/learning_study.py linear                                     # about an hour on one core
    scripts/learning_study.py linear --epochs 10 80 --variant residual:model.layers=residual
    scripts/learning_study.py --table                                    # table and figure alone
"""

import argparse
import csv
import json
import pathlib

import matplotlib
from posterior_study import link, segment_sd, settings_of, stage
from studies.machine import ROOT

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)

LEVELS = {"linear": ["0.01", "0.1", "1"], "masks": ["0.01", "0.1", "1"], "reaction": ["0.01", "0.1", "1"]}
EPOCHS = (10, 20, 42, 84, 150)  # of 95 steps each: the fourth is 8,000
COLUMNS = ("variant", "steps", "noise", "error_ratio", "sd_difference", "largest_segment_sd", "c2st", "c2st_standard_error", "gates_failed",
           "validation_loss", "measurements", "seed", "version")
GOAL = {"error_ratio": 0.01, "sd_difference": 0.01, "largest_segment_sd": 0.02}
TITLES = {"error_ratio": "error of the mean, beyond the exact", "sd_difference": "standard deviation, off the exact",
          "largest_segment_sd": "the same, worst unknown", "c2st": "C2ST"}


def variants(texts):
    """Settings of each training's kind, by name; `default` has none."""
    named = {"default": []}
    for text in texts:
        name, colon, settings = text.partition(":")
        if not colon or not all("=" in setting for setting in settings.split(",")):
            raise SystemExit(f"--variant {text}: expected NAME:KEY=VALUE[,KEY=VALUE...]")
        named[name] = settings.split(",")
    return named


def row(folder, variant, level):
    """What was found of one training at one level."""
    summary = json.loads((folder / "summary.json").read_text())
    found = summary["comparison"]
    failed = [gate["name"] for gate in summary["gates"] if gate["verdict"] == "FAIL"]
    return {"variant": variant, "steps": summary["training"]["steps"], "noise": level, "error_ratio": found["error_ratio"]["learnt"],
            "sd_difference": found["std_difference"]["learnt"], "largest_segment_sd": segment_sd(folder / "metrics.csv"),
            "c2st": found["c2st"]["learnt"], "c2st_standard_error": found["c2st_standard_error"]["learnt"],
            "gates_failed": " ".join(failed), "validation_loss": summary["training"]["final_validation_loss"],
            "measurements": found["measurements"], "seed": summary["seeds"]["study"],
            "version": summary["git_hash"]}


def run(arguments, study):
    """All trainings of a study, shortest first, so that an interrupted study has a curve."""
    base, program = arguments.output / study, arguments.program
    shared = [f"sampling.measurements={arguments.measurements}", f"reference.measurements={arguments.measurements}", *arguments.set]
    stage(program, "generate", study, base, shared)
    for level in LEVELS[study]:
        folder = base / "references" / level
        folder.mkdir(parents=True, exist_ok=True)
        link(folder, "dataset.h5", "../../dataset.h5")
        stage(program, "reference", study, folder, [*settings_of(study, level), *shared])
    rows = []
    for name, settings in variants(arguments.variant).items():
        for epochs in sorted(arguments.epochs):
            training = base / name / str(epochs)
            training.mkdir(parents=True, exist_ok=True)
            link(training, "dataset.h5", "../../dataset.h5")
            here = [*shared, *settings, f"training.epochs={epochs}"]
            stage(program, "train", study, training, here)
            for level in LEVELS[study]:
                folder = training / level
                folder.mkdir(exist_ok=True)
                link(folder, "dataset.h5", "../../../dataset.h5")
                link(folder, "reference.h5", f"../../../references/{level}/reference.h5")
                for file in ("model.pt", "training.csv"):
                    link(folder, file, f"../{file}")
                for command in ("sample", "evaluate"):
                    stage(program, command, study, folder, [*settings_of(study, level), *here])
                rows.append(row(folder, name, level))
            write(arguments.results / f"{study}.csv", rows)


def write(path, rows):
    """The rows, and those of other trainings that are there already."""
    def key(each):
        return each["variant"], int(each["steps"]), each["noise"]

    kept = {key(each): each for each in read(path)} | {key(each): each for each in rows}
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept[each] for each in sorted(kept))


def read(path):
    if not path.exists():
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def reached(each):
    """Whether a training is as near the exact posterior as is aimed at."""
    off = {"error_ratio": float(each["error_ratio"]) - 1, "sd_difference": abs(float(each["sd_difference"])),
           "largest_segment_sd": float(each["largest_segment_sd"])}
    return all(off[name] <= GOAL[name] for name in GOAL)


def table(found):
    lines = ["# How long the default network has to learn", "",
             "Against the exact posteriors of the same measurements, by length of training; one network for all noise levels of a study, a",
             f"training of its own for every length. Aim (✓): error within {GOAL['error_ratio']:.0%}, standard deviation within "
             f"{GOAL['sd_difference']:.0%}, on every unknown within {GOAL['largest_segment_sd']:.0%}.",
             "One seed. Written by scripts/learning_study.py.", "",
             "| study | network | steps | noise | error / exact | sd (largest, unknown) | C2ST | gates failed | aim |",
             "|---|---|---|---|---|---|---|---|---|"]
    for study, rows in found.items():
        for each in rows:
            c2st = f"{float(each['c2st']):.3f} ± {float(each['c2st_standard_error']):.3f}" if each["c2st"] else ""
            lines.append(f"| {study} | {each['variant']} | {int(each['steps']):,} | {each['noise']} | {float(each['error_ratio']):.3f} | "
                         f"{float(each['sd_difference']):+.1%} ({float(each['largest_segment_sd']):.1%}) | {c2st} | "
                         f"{each['gates_failed'] or 'none'} | {'✓' if reached(each) else ''} |")
    return "\n".join(lines) + "\n"


def draw(found, path):
    """A row for each measure, a column for each study, a line for each noise level of the default network."""
    figure, axes = plt.subplots(len(TITLES), len(found), figsize=(1 + 3.4 * len(found), 9), squeeze=False, sharex=True, constrained_layout=True)
    for column, (study, rows) in enumerate(found.items()):
        for line, (name, title) in enumerate(TITLES.items()):
            axis = axes[line][column]
            for color, level in enumerate(LEVELS[study]):
                own = [each for each in rows if each["variant"] == "default" and each["noise"] == level and each[name]]
                off = [float(each[name]) - (1 if name == "error_ratio" else 0) for each in own]
                axis.plot([int(each["steps"]) for each in own], off if name == "c2st" else [100 * abs(value) for value in off], "o-",
                          color=f"C{color}", markersize=3, label=f"noise {level}")
            axis.set_xscale("log")
            if name == "c2st":
                axis.axhline(0.5, color="0.6", linewidth=0.8)
                axis.set_xlabel("steps of training")
            else:
                axis.axhline(100 * GOAL[name], color="0.6", linewidth=0.8, linestyle="--")
                axis.set_yscale("log")
            if column == 0:
                axis.set_ylabel(title + ("" if name == "c2st" else " (%)"))
            if line == 0:
                axis.set_title(study)
    axes[0][0].legend(fontsize="small")
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="*", choices=[*LEVELS, []], help="any of " + ", ".join(LEVELS))
    parser.add_argument("--epochs", nargs="+", type=int, default=EPOCHS, help="lengths of training (default: %(default)s)")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME:KEY=VALUE", help="trainings with other settings beside the default's")
    parser.add_argument("--measurements", type=int, default=200, help="test measurements that are compared (default: 200)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a configuration key, for all stages")
    parser.add_argument("--table", action="store_true", help="write table and figure only")
    parser.add_argument("--program", default=ROOT / "build/scorefem", type=pathlib.Path)
    parser.add_argument("--output", default=ROOT / "runs/learning", type=pathlib.Path)
    parser.add_argument("--results", default=ROOT / "results/learning", type=pathlib.Path)
    arguments = parser.parse_args()
    if not arguments.study and not arguments.table:
        parser.error(f"name a study ({', '.join(LEVELS)}) or give --table")
    arguments.output, arguments.program = arguments.output.resolve(), arguments.program.resolve()
    for study in arguments.study:
        run(arguments, study)
    found = {study: rows for study in LEVELS if (rows := read(arguments.results / f"{study}.csv"))}
    if not found:
        parser.error(f"{arguments.results} has no results yet")
    (arguments.results / "table.md").write_text(table(found))
    draw(found, arguments.results / "learning.png")


if __name__ == "__main__":
    main()
