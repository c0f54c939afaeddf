#!/usr/bin/python3
"""How close the learnt posteriors are to the exact ones: one trained network for each study, at every noise level.

Runs the stages of inputs/STUDY.yaml in OUTPUT/STUDY/: one data set and one model, and for each noise level in a folder of its own the
posterior, the reference and the evaluation. Level 0 has a model of its own and no reference. With `paper`, the paper's configuration
inputs/paper/STUDY_ve.yaml beside it in OUTPUT/STUDY/paper/, a network for each level, on the same data set and references. What is
finished is kept: the same command goes on after an interruption. Writes the results' numbers to --results, with the table beside the
bars, and the table into README.md if --results is not another folder.

    scripts/posterior_study.py linear                          # all but the paper's network: half an hour on two cores
    scripts/posterior_study.py linear --only data reference    # a part of it, e.g. while another call has --only train
    scripts/posterior_study.py linear --only paper --paper-epochs 600
    scripts/posterior_study.py --table                         # the table alone, from the stored numbers
"""

import argparse
import json
import pathlib
import subprocess
import sys

import yaml
from studies.machine import ROOT
from studies import readme

# Without noise the fluxes follow from the measurement, so that they are learnt as they are, not before the prior's clipping.
# Noise levels, and the bars of the error ratio and of the difference of standard deviations from the exact posterior's.
STUDIES = {
    "linear": {"levels": ["0", "0.01", "0.03", "0.1", "0.3", "1"], "error": 1.02, "sd": 0.03, "segment_sd": 0.06,
               "zero_settings": ["model.positive=false", "training.epochs=100", "sampling.samples=250"]},
    "masks": {"levels": ["0.01", "0.03", "0.1", "0.3", "1"], "error": 1.03, "sd": 0.06},
    "reaction": {"levels": ["0", "0.01", "0.03", "0.1", "0.3", "1"], "error": 1.05, "sd": 0.08,
                 "zero_settings": ["model.positive=false", "training.epochs=100", "sampling.measurements=4000", "sampling.samples=250"]},
}
PARTS = ("data", "reference", "train", "evaluate", "paper")
# What the learnt posteriors of a study have in common, whatever the network.
SHARED = ("seed", "forward", "prior", "sensors", "data", "reference", "sampling.measurements", "sampling.samples")
ZERO_NOISE_ERROR = 0.005
PICTURED = "0.03"  # the level whose first cases are kept as a picture
C2ST = 0.55


def stage(program, name, config, folder, settings):
    words = [word for setting in settings for word in ("--set", setting)]
    # By paths below the project, as results state their configuration.
    output = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
    command = [program, name, f"inputs/{config}.yaml", "--output", output, *words]
    if subprocess.run([str(word) for word in command], cwd=ROOT).returncode != 0:
        sys.exit(f"{name} of {config} failed: {' '.join(map(str, command))}")


def link(folder, name, target):
    path = folder / name
    if not path.is_symlink():
        path.symlink_to(target)


def settings_of(study, level):
    """Those of a noise level besides the file's."""
    return [*(STUDIES[study].get("zero_settings", []) if float(level) == 0 else []), f"noise.relative={level}"]


def data_settings(study):
    """What the paper's configuration needs to have the study's data set, references and sizes."""
    config = yaml.safe_load((ROOT / f"inputs/{study}.yaml").read_text())
    return [f"seed={config['seed']}", *(f"{section}.{key}={value}" for section in ("data", "reference", "sampling")
                                        for key, value in config.get(section, {}).items())]


def keep(folder, target, name):
    target.mkdir(parents=True, exist_ok=True)
    for file in ("summary.json", "metrics.csv"):
        (target / f"{name}_{file}").write_text((folder / file).read_text())
    if name == PICTURED:
        (target / f"{name}_cases.png").write_bytes((folder / "figures/posterior_cases.png").read_bytes())


def run_paper(program, study, level, base, results, settings):
    """The paper's network for one level, beside that level's folder."""
    folder = base / "paper" / level
    folder.mkdir(parents=True, exist_ok=True)
    link(folder, "dataset.h5", "../../dataset.h5")
    if float(level) > 0:
        link(folder, "reference.h5", f"../../{level}/reference.h5")
    # Of the level's settings those of data and samples; how the study's own network is trained is not the paper's.
    here = [*data_settings(study), *(each for each in settings_of(study, level) if each.startswith((*SHARED, "noise."))), *settings]
    for name in ("train", "sample", "evaluate"):
        stage(program, name, f"paper/{study}_ve", folder, here)
    keep(folder, results / study, f"{level}_paper")


def run(program, study, levels, parts, output, results, settings, paper_settings):
    base = output / study
    if "data" in parts:
        stage(program, "generate", study, base, settings)
    if "train" in parts and any(float(level) > 0 for level in levels):
        stage(program, "train", study, base, settings)
    for level in levels:
        folder = base / level
        folder.mkdir(parents=True, exist_ok=True)
        link(folder, "dataset.h5", "../dataset.h5")
        here = [*settings_of(study, level), *settings]
        if float(level) == 0:
            here.append("training.noise_range=[]")
            if "train" in parts:
                stage(program, "train", study, folder, here)
        else:
            link(folder, "model.pt", "../model.pt")
            link(folder, "training.csv", "../training.csv")
            if "reference" in parts:
                stage(program, "reference", study, folder, here)
        if "evaluate" in parts:
            stage(program, "sample", study, folder, here)
            stage(program, "evaluate", study, folder, here)
            keep(folder, results / study, level)
        if "paper" in parts:
            shared = [setting for setting in settings if setting.startswith(SHARED)]
            run_paper(program, study, level, base, results, [*shared, *paper_settings])


def segment_sd(path):
    """The largest relative difference of learnt and exact standard deviation on a segment."""
    lines = path.read_text().splitlines()
    columns = lines[0].split(",")
    learnt, exact = columns.index("posterior_std"), columns.index("exact_std")
    rows = [line.split(",") for line in lines[1:]]
    return max(abs(float(row[learnt]) / float(row[exact]) - 1) for row in rows if float(row[exact]) > 0)


def mark(good):
    return "" if good else " ✗"


def failed_gates(gates):
    """Names, from entries that have a verdict; empty where there are no gates."""
    return ", ".join(gate["name"] for gate in gates if not gate["pass"]) or ("none" if gates else "")


def compared_with_reference(summary, bars, largest):
    """Cells of a level with noise: error of the exact answer, of the Gaussian fit, ratio, standard deviation, C2ST."""
    found = summary["comparison"]
    error, ratio, sd, c2st = (found["relative_error"], found["error_ratio"], found["std_difference"]["learnt"],
                              found["c2st"]["learnt"])
    return [f"{error['exact']:.2%}", f"{error['gaussian']:.2%}",
            f"{ratio['learnt']:.3f}{mark(ratio['learnt'] <= bars['error'])} ({ratio['gaussian']:.3f})",
            f"{sd:+.1%}{mark(abs(sd) <= bars['sd'])} ({largest:.1%}{mark(largest <= bars.get('segment_sd', 9))})",
            "" if c2st is None else f"{c2st:.3f}{mark(c2st <= C2ST)}"]


def paper_cells(path):
    """The paper's network: error with its ratio, difference of standard deviations, steps of training."""
    if not path.exists():
        return ["", "", ""]
    summary = json.loads(path.read_text())
    found = summary["comparison"]
    error, ratio, sd = (found[name]["learnt"] for name in ("relative_error", "error_ratio", "std_difference"))
    exact = summary["exact"] == "reference"
    return [f"{error:.2%}" + (f" ({ratio:.3f})" if exact else ""), f"{sd:+.1%}" if exact else "",
            f"{summary['training']['steps']:,}"]


def table(results):
    lines = ["# Learnt posteriors beside the exact ones", "",
             "One network for all noise levels of a study (and all masks); without noise, one of its own. Measurements: those that are",
             "compared, of those sampled. Error: of the posterior mean, over the mean flux. Ratio and sd: against the reference posterior",
             "of the same measurements. Gates: coverage at one and two sd, SBC, TARP, predictive check; none without noise, where the",
             "posterior is a point. Paper: its network, trained for each level by itself for so many steps (its own 10,000 epochs are 80,000",
             "and more), on the same data set and measurements. ✗: beyond the bar. Written by scripts/posterior_study.py.", "",
             "| study | noise | measurements | error | exact | Gaussian fit | ratio (Gaussian fit) | sd (largest, segment) | C2ST | gates failed | exact: gates failed | paper: error (ratio) | paper: sd | paper: steps |",
             "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for study, bars in STUDIES.items():
        for level in bars["levels"]:
            path = results / study / f"{level}_summary.json"
            if not path.exists():
                continue
            summary = json.loads(path.read_text())
            compared, sampled = summary["comparison"]["measurements"], summary["sizes"]["measurements"]
            error = summary["comparison"]["relative_error"]
            noisy = float(level) > 0
            row = [study, level, f"{compared}" if compared == sampled else f"{compared} of {sampled}",
                   f"{error['learnt']:.2%}{mark(noisy or error['learnt'] <= ZERO_NOISE_ERROR)}"]
            if summary["exact"] == "reference":
                row += compared_with_reference(summary, bars, segment_sd(path.with_name(f"{level}_metrics.csv")))
            else:
                row += ["", f"{error['gaussian']:.2%}", "", "", ""]
            gates = summary["gates"] if noisy else []
            row.append(failed_gates(gates))
            row.append(failed_gates([{**gate["exact"], "name": gate["name"]} for gate in gates if gate.get("exact")]))
            row += paper_cells(path.with_name(f"{level}_paper_summary.json"))
            lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="*", choices=[*STUDIES, []], help="any of " + ", ".join(STUDIES))
    parser.add_argument("--levels", nargs="+", help="noise levels, relative (default: all of the study)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a configuration key, for all stages; "
                        "for the paper's network those of " + ", ".join(SHARED))
    parser.add_argument("--only", nargs="+", choices=PARTS, help="parts: the data set, references, training, sampling with "
                        "evaluation, all of the paper's network (default: all, the paper's if --paper-epochs is given)")
    parser.add_argument("--paper-epochs", type=int, metavar="N", help="of the paper's network, instead of its 10,000")
    parser.add_argument("--paper-set", action="append", default=[], metavar="KEY=VALUE", help="a key for the paper's network alone")
    parser.add_argument("--table", action="store_true", help="write the table only")
    parser.add_argument("--program", default=ROOT / "build/scorefem", type=pathlib.Path)
    parser.add_argument("--output", default=ROOT / "runs/posterior", type=pathlib.Path)
    parser.add_argument("--results", default=ROOT / "results/posterior", type=pathlib.Path)
    arguments = parser.parse_args()
    if not arguments.study and not arguments.table:
        parser.error(f"name a study ({', '.join(STUDIES)}) or give --table")
    parts = arguments.only or (PARTS if arguments.paper_epochs else PARTS[:-1])
    paper = [f"training.epochs={arguments.paper_epochs}"] if arguments.paper_epochs else []
    for study in arguments.study:
        run(arguments.program.resolve(), study, arguments.levels or STUDIES[study]["levels"], parts, arguments.output.resolve(),
            arguments.results, arguments.set, [*paper, *arguments.paper_set])
    arguments.results.mkdir(parents=True, exist_ok=True)
    text = table(arguments.results)
    (arguments.results / "table.md").write_text(text)
    if arguments.results == parser.get_default("results"):
        readme.write_table("posterior", text)
    print(text)


if __name__ == "__main__":
    main()
