#!/usr/bin/python3
"""How close the learnt posteriors are to the exact ones: one trained network for each study, at every noise level.

Runs the stages of inputs/STUDY.yaml in OUTPUT/STUDY/: one data set and one model, and for each noise level in a folder of its own the
posterior, the reference and the evaluation. What is finished is kept: the same command goes on after an interruption. Level 0
has a model of its own and no reference. Writes the results' numbers to --results, with the table beside the bars, and the table into
README.md.

    scripts/posterior_study.py linear            # about half an hour on two cores
    scripts/posterior_study.py --table           # the table alone, from the stored numbers
"""

import argparse
import json
import pathlib
import subprocess
import sys

from benchmarking.machine import ROOT
from reporting import readme

# Noise levels, and the bars of the error ratio and of the difference of standard deviations from the exact posterior's.
STUDIES = {
    "linear": {"levels": ["0", "0.01", "0.03", "0.1", "0.3", "1"], "error": 1.02, "sd": 0.03, "segment_sd": 0.06, "settings": []},
    "masks": {"levels": ["0.01", "0.03", "0.1", "0.3", "1"], "error": 1.03, "sd": 0.06, "settings": []},
    "reaction": {"levels": ["0", "0.01", "0.03", "0.1", "0.3", "1"], "error": 1.05, "sd": 0.08, "settings": []},
}
ZERO_NOISE_ERROR = 0.005
C2ST = 0.55


def stage(program, name, study, folder, settings):
    words = [word for setting in settings for word in ("--set", setting)]
    command = [program, name, ROOT / f"inputs/{study}.yaml", "--output", folder, *words]
    if subprocess.run([str(word) for word in command]).returncode != 0:
        sys.exit(f"{name} of {study} failed: {' '.join(map(str, command))}")


def link(folder, name, target):
    path = folder / name
    if not path.is_symlink():
        path.symlink_to(target)


def run(program, study, levels, output, results, settings):
    base = output / study
    own = [*STUDIES[study]["settings"], *settings]
    stage(program, "generate", study, base, own)
    if any(float(level) > 0 for level in levels):
        stage(program, "train", study, base, own)
    for level in levels:
        folder = base / level
        folder.mkdir(parents=True, exist_ok=True)
        link(folder, "dataset.h5", "../dataset.h5")
        here = [*own, f"noise.relative={level}"]
        if float(level) == 0:
            here.append("training.noise_range=[]")
            stage(program, "train", study, folder, here)
        else:
            link(folder, "model.pt", "../model.pt")
            link(folder, "training.csv", "../training.csv")
            stage(program, "reference", study, folder, here)
        stage(program, "sample", study, folder, here)
        stage(program, "evaluate", study, folder, here)
        target = results / study
        target.mkdir(parents=True, exist_ok=True)
        for name in ("summary.json", "metrics.csv"):
            (target / f"{level}_{name}").write_text((folder / name).read_text())


def segment_sd(path):
    """The largest relative difference of learnt and exact standard deviation on a segment."""
    lines = path.read_text().splitlines()
    columns = lines[0].split(",")
    learnt, exact = columns.index("posterior_std"), columns.index("exact_std")
    rows = [line.split(",") for line in lines[1:]]
    return max(abs(float(row[learnt]) / float(row[exact]) - 1) for row in rows if float(row[exact]) > 0)


def mark(good):
    return "" if good else " ✗"


def table(results):
    lines = ["# Learnt posteriors beside the exact ones", "",
             "One network for all noise levels of a study (and all masks); without noise, one of its own. Error: of the posterior mean, over",
             "the mean flux. Ratio and sd: against the reference posterior of the same measurements. Gates: coverage at one and two sd, SBC,",
             "TARP, predictive check. ✗: beyond the bar. Written by scripts/posterior_study.py.", "",
             "| study | noise | measurements | error | exact | Gaussian fit | ratio (Gaussian fit) | sd (largest, segment) | C2ST | gates failed |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for study, bars in STUDIES.items():
        for level in bars["levels"]:
            path = results / study / f"{level}_summary.json"
            if not path.exists():
                continue
            summary = json.loads(path.read_text())
            found = summary["comparison"]
            error = found["relative_error"]
            failed = ", ".join(gate["name"] for gate in summary["gates"] if not gate["pass"]) or "none"
            row = [study, level, str(summary["sizes"]["measurements"])]
            if float(level) == 0:
                row += [f"{error['learnt']:.2%}{mark(error['learnt'] <= ZERO_NOISE_ERROR)}", "", f"{error['gaussian']:.2%}", "", "", "", failed]
            else:
                ratio, sd, c2st = found["error_ratio"], found["std_difference"]["learnt"], found["c2st"]["learnt"]
                row += [f"{error['learnt']:.2%}", f"{error['exact']:.2%}", f"{error['gaussian']:.2%}",
                        f"{ratio['learnt']:.3f}{mark(ratio['learnt'] <= bars['error'])} ({ratio['gaussian']:.3f})"]
                largest = segment_sd(path.with_name(f"{level}_metrics.csv"))
                row.append(f"{sd:+.1%}{mark(abs(sd) <= bars['sd'])} ({largest:.1%}{mark(largest <= bars.get('segment_sd', 9))})")
                row += ["" if c2st is None else f"{c2st:.3f}{mark(c2st <= C2ST)}", failed]
            lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="*", choices=[*STUDIES, []], help="any of " + ", ".join(STUDIES))
    parser.add_argument("--levels", nargs="+", help="noise levels, relative (default: all of the study)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a configuration key, for all stages")
    parser.add_argument("--table", action="store_true", help="write the table only")
    parser.add_argument("--program", default=ROOT / "build/scorefem", type=pathlib.Path)
    parser.add_argument("--output", default=ROOT / "runs/posterior", type=pathlib.Path)
    parser.add_argument("--results", default=ROOT / "results/posterior", type=pathlib.Path)
    arguments = parser.parse_args()
    if not arguments.study and not arguments.table:
        parser.error(f"name a study ({', '.join(STUDIES)}) or give --table")
    for study in arguments.study:
        run(arguments.program, study, arguments.levels or STUDIES[study]["levels"], arguments.output, arguments.results, arguments.set)
    arguments.results.mkdir(parents=True, exist_ok=True)
    text = table(arguments.results)
    (arguments.results / "table.md").write_text(text)
    readme.write_table("posterior", text)
    print(text)


if __name__ == "__main__":
    main()
