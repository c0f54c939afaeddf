#!/usr/bin/python3
"""What `scorefem infer` says of single measurements: learnt, corrected and exact posterior side by side, and wrong input.

For each study, network and noise level: the first test measurements with the noise of that level, answered by
`infer --reference` and `infer --correct`, a row each in RESULTS/STUDY_NETWORK_LEVEL.csv. Networks: `default`, of inputs/STUDY.yaml;
`tenth`, trained for a tenth of its epochs; `paper`, of inputs/paper/STUDY_ve.yaml for that level, which learns clipped values where the
prior is clipped, so that it cannot be corrected. With `--checks`, measurements for the default network that are wrong in twenty ways,
and right ones: RESULTS/STUDY_wrong_inputs.csv. What is finished is kept, so that the same command goes on after an interruption.
RESULTS/table.md is made of all the CSV files that are there.

    scripts/certificate_study.py linear --checks                 # 50 measurements a level
    scripts/certificate_study.py linear masks reaction --measurements 50 --set training.epochs=60
    scripts/certificate_study.py --table                         # the tables alone
"""

import argparse
import csv
import pathlib
import subprocess
import sys
import time

import h5py
import numpy as np
import yaml
from studies.machine import ROOT
from studies.two_samples import two_sample_test
from studies.wrong_inputs import CHECKS, wrong_inputs

STUDIES = ("quickstart", "linear", "masks", "reaction")
NETWORKS = ("default", "tenth", "paper")
LARGEST_Z = 4.5  # a component of a right mean is beyond it in one of 150,000


def run(program, command, config, *arguments, expected=(0,)):
    line = [str(program), command, str(config), *map(str, arguments)]
    result = subprocess.run(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode not in expected:
        sys.exit(f"{' '.join(line)}\n{result.stderr}")
    return result


def settings(pairs):
    return [word for pair in pairs for word in ("--set", pair)]


def epochs(config, overrides):
    """Of the study's default network."""
    for pair in overrides:
        if pair.startswith("training.epochs="):
            return int(pair.split("=")[1])
    return yaml.safe_load((ROOT / config).read_text())["training"]["epochs"]


class Network:
    """A trained network of a study, in a folder of its own with the study's data set."""

    def __init__(self, arguments, study, name, level):
        self.program, self.level = arguments.program, level
        self.config = f"inputs/{study}.yaml"
        shared = [pair for pair in arguments.set if not pair.startswith(("training.", "model."))]
        base = arguments.output / study
        run(self.program, "generate", self.config, "--output", base, *settings(shared))
        self.folder = base / (name if name != "paper" else f"paper_{level}")
        self.folder.mkdir(parents=True, exist_ok=True)
        link = self.folder / "dataset.h5"
        if not link.is_symlink():
            link.symlink_to("../dataset.h5")
        self.overrides = list(arguments.set)
        if name == "tenth":
            self.overrides = [pair for pair in arguments.set if not pair.startswith("training.epochs=")]
            self.overrides += [f"training.epochs={max(1, epochs(self.config, arguments.set) // 10)}"]
        if name == "paper":
            own = yaml.safe_load((ROOT / self.config).read_text())
            self.config = f"inputs/paper/{study.replace('quickstart', 'linear')}_ve.yaml"
            self.overrides = [*shared, f"seed={own['seed']}", f"noise.relative={level}", f"training.epochs={arguments.paper_epochs}",
                              *(f"data.{key}={value}" for key, value in own["data"].items())]
        run(self.program, "train", self.config, "--output", self.folder, *settings(self.overrides))
        with h5py.File(base / "dataset.h5") as data:
            self.clean, self.normals = data["test/observations"][:], data["test/noise"][:]
            self.mask = data["test/mask"][:] if "mask" in data["test"] else np.ones_like(self.clean)
            self.truth = data["test/unknowns"][:]
            self.unit = float(data["train/observations"][:].std())  # of a relative noise level
        self.diffusivity, self.peak_velocity = (4, 12) if study == "reaction" else (0.03, 0.1)  # the program's own

    def measured(self, n):
        values = self.clean[:n] + self.level * self.unit * self.normals[:n]
        return np.where(self.mask[:n] > 0, values, np.nan)

    def infer(self, values, path, *arguments, expected=(0,)):
        """Writes `path` and `path`.csv; seconds and the result of the program."""
        table = path.with_suffix(".csv")
        table.write_text("".join(",".join("" if x != x else repr(float(x)) for x in row) + "\n" for row in np.atleast_2d(values)))
        start = time.monotonic()
        result = run(self.program, "infer", self.config, "--measurement", table, "--output", path, "--run", self.folder,
                     *settings([*self.overrides, f"noise.relative={self.level}"]), *arguments, expected=expected)
        return time.monotonic() - start, result


def answers(network, n, samples, target, correctable):
    """A row for each measurement: how far learnt and corrected posterior are from the exact one."""
    seconds, files = {}, {}
    for name, options in (("learnt", ()), ("reference", ("--reference",)), ("corrected", ("--correct",) if correctable else None)):
        if options is None:
            continue
        files[name] = network.folder / f"{name}_{network.level}.h5"
        took = files[name].with_suffix(".seconds")
        if not (files[name].exists() and took.exists()):
            size = ("--set", f"sampling.samples={samples}")
            took.write_text(str(network.infer(network.measured(n), files[name], *size, *options)[0]))
        seconds[name] = float(took.read_text())
    rows = []
    scale = network.truth.mean()
    with h5py.File(files["learnt"]) as learnt, h5py.File(files["reference"]) as exact:
        weighted = h5py.File(files["corrected"])["corrected"] if correctable else None
        for i in range(n):
            reference = exact["reference"]
            if not reference["converged"][i]:
                continue
            mean, sd, draws = (reference[part][i] for part in ("mean", "standard_deviation", "samples"))
            spread = np.where(sd > 0, sd, np.inf)
            own = learnt["samples"][i].astype(float)
            row = {"measurement": i + 1, "exact_error": abs(mean - network.truth[i]).mean() / scale,
                   "learnt_error": abs(own.mean(0) - network.truth[i]).mean() / scale,
                   "learnt_distance": abs((own.mean(0) - mean) / spread).max(),
                   "learnt_sd_ratio": np.median(own.std(0)[sd > 0] / sd[sd > 0]),
                   "learnt_c2st": two_sample_test(own[:len(draws)], draws[:len(own)])}
            if weighted:
                weights, effective = weighted["weights"][i], weighted["effective_draws"][i]
                corrected, its_sd = weighted["mean"][i], weighted["standard_deviation"][i]
                places = np.searchsorted(weights.cumsum(), (np.arange(len(draws)) + 0.5) / len(draws)).clip(max=len(weights) - 1)
                error = np.sqrt(1 / effective + 1 / np.maximum(reference["ess_bulk"][i], 1))
                row |= {"khat": weighted["khat"][i], "effective": effective, "trustworthy": int(weighted["trustworthy"][i]),
                        "corrected_error": abs(corrected - network.truth[i]).mean() / scale,
                        "corrected_distance": abs((corrected - mean) / spread).max(),
                        "corrected_sd_ratio": np.median(its_sd[sd > 0] / sd[sd > 0]),
                        "corrected_z": abs((corrected - mean) / spread / error).max(),
                        "corrected_c2st": two_sample_test(weighted["weighted"][i][places], draws)}
            row |= {f"{name}_seconds": value / n for name, value in seconds.items()}
            rows.append(row)
    write_csv(target, rows)


def write_csv(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: f"{value:.5g}" if isinstance(value, float) else value for key, value in row.items()} for row in rows)
    temporary.rename(path)


def p_values(network, values, path):
    """Of each check for each row; from the warnings where the sampler could not answer."""
    small = ("--set", "sampling.samples=100")
    _, result = network.infer(values, path, *small, expected=(0, 2))
    if result.returncode == 0:
        with h5py.File(path) as file:
            return {check: file[f"misfit/{check}"][:] for check in CHECKS}, []
    shown = []
    for row in values[:10]:
        _, result = network.infer(row, path, *small, expected=(0, 2))
        shown.append("unlike those of training" in result.stderr or "than the noise of training allows" in result.stderr)
    return {}, shown


def checks(network, n, target):
    """The share of wrong measurements that each check notices, and of right ones."""
    path = network.folder / "check.h5"
    rows = []
    for name, values in wrong_inputs(network, n, len(network.clean)):
        noticed, shown = p_values(network, values, path)
        row = {"level": network.level, "input": name, "measurements": len(values) if noticed else len(shown)}
        flagged = np.zeros(row["measurements"], bool)
        for check, (bound, _) in CHECKS.items():
            flags = noticed[check] <= bound if noticed else np.full(len(shown), np.nan)
            row[check] = flags.mean()
            row[f"{check}_median"] = np.median(noticed[check]) if noticed else np.nan
            flagged |= flags == 1
        row["before_sampling"] = np.mean((noticed[CHECKS_BEFORE[0]] <= CHECKS[CHECKS_BEFORE[0]][0]) | (
            noticed[CHECKS_BEFORE[1]] <= CHECKS[CHECKS_BEFORE[1]][0])) if noticed else np.mean(shown)
        row["noticed"] = flagged.mean() if noticed else np.mean(shown)
        row = {key: float(value) if isinstance(value, np.floating) else value for key, value in row.items()}
        rows.append(row)
    write_csv(target, rows)


CHECKS_BEFORE = ("distance_p_value", "noise_p_value")


def read(path):
    with open(path, newline="") as file:
        return [{key: float(value) if key != "input" else value for key, value in row.items()} for row in csv.DictReader(file)]


def table(results):
    """results/table.md, of the CSV files."""
    rows = [table_row(study, network, path.stem.split("_")[-1], read(path)) for study in STUDIES for network in NETWORKS
            for path in sorted(results.glob(f"{study}_{network}_[0-9]*.csv"), key=lambda p: float(p.stem.split("_")[-1]))]
    lines = ["# Single measurements", ""]
    lines += ["Medians over measurements of the first test samples. Error: of the posterior mean over the mean unknown, on average; distance:",
             "largest difference of a mean from the exact one, in exact sds; C2ST: classifier on values and products, 0.5 is perfect; wrongly:",
             f"share of the trusted whose mean is beyond {LARGEST_Z} standard errors in some unknown; s: seconds a measurement.", "",
             "| study | network | noise | n | exact error | learnt error | corrected error | learnt distance | corrected distance | sd learnt | "
             "sd corrected | C2ST learnt | C2ST corrected | trusted | wrongly | k-hat | effective draws | s learnt | s corrected | s exact |",
             "|" + "---|" * 20, *rows, ""] if rows else []
    for study in STUDIES:
        path = results / f"{study}_wrong_inputs.csv"
        if path.exists():
            lines += [f"Wrong inputs, {study}: share that is noticed, at all and before sampling, and by which check (p-value at the "
                      "median; a dash where the sampler could not answer such values, which then end the program). The channel is symmetric: "
                      "with its rows of sensors swapped a measurement is that of swapped walls.", "",
                      "| noise | input | n | noticed | before sampling | " + " | ".join(name for _, name in CHECKS.values()) + " |",
                      "|" + "---|" * (5 + len(CHECKS))]
            for row in read(path):
                cells = [f"{row['level']:g}", row["input"], f"{row['measurements']:.0f}", f"{row['noticed']:.1%}", f"{row['before_sampling']:.1%}"]
                cells += ["–" if np.isnan(row[check]) else f"{row[check]:.1%} ({row[check + '_median']:.2g})" for check in CHECKS]
                lines.append("| " + " | ".join(cells) + " |")
            lines.append("")
    (results / "table.md").write_text("\n".join(lines).rstrip() + "\n")


def table_row(study, network, level, rows):
    def middle(key, form):
        return form.format(np.median([row[key] for row in rows])) if key in rows[0] else "–"

    trusted = [row for row in rows if row.get("trustworthy") == 1]
    wrongly = np.mean([row["corrected_z"] > LARGEST_Z for row in trusted]) if trusted else np.nan
    c2st = f"{np.mean([row['corrected_c2st'] for row in trusted]):.3f}" if trusted else "–"
    cells = [study, network, level, len(rows), middle("exact_error", "{:.2%}"), middle("learnt_error", "{:.2%}"),
             middle("corrected_error", "{:.2%}"), middle("learnt_distance", "{:.3f}"), middle("corrected_distance", "{:.3f}"),
             middle("learnt_sd_ratio", "{:.3f}"), middle("corrected_sd_ratio", "{:.3f}"), f"{np.mean([row['learnt_c2st'] for row in rows]):.3f}",
             c2st, f"{len(trusted) / len(rows):.0%}" if "khat" in rows[0] else "–", f"{wrongly:.1%}" if trusted else "–",
             middle("khat", "{:.2f}"), middle("effective", "{:.0f}"), middle("learnt_seconds", "{:.2f}"), middle("corrected_seconds", "{:.1f}"),
             middle("reference_seconds", "{:.1f}")]
    return "| " + " | ".join(map(str, cells)) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="*", metavar="STUDY", help=", ".join(STUDIES))
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--levels", nargs="+", default=["0.01", "0.1", "1"], help="of the noise, relative")
    parser.add_argument("--measurements", type=int, default=50)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--paper-epochs", type=int, default=50)
    parser.add_argument("--checks", action="store_true", help="also the wrong inputs, with the default network")
    parser.add_argument("--only-checks", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="a.b.c=value")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/scorefem")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "runs/certificate")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "results/certificate")
    parser.add_argument("--table", action="store_true", help="the tables alone")
    arguments = parser.parse_args()
    if unknown := set(arguments.study) - set(STUDIES):
        parser.error(f"{', '.join(unknown)}; expected {', '.join(STUDIES)}")
    arguments.output, arguments.results = arguments.output.resolve(), arguments.results.resolve()
    for study in [] if arguments.table else arguments.study:
        for name in [] if arguments.only_checks else arguments.networks:
            for level in arguments.levels:
                target = arguments.results / f"{study}_{name}_{level}.csv"
                if target.exists():
                    continue
                network = Network(arguments, study, name, float(level))
                answers(network, arguments.measurements, arguments.samples, target, correctable=name != "paper")
                print(target, flush=True)
        target = arguments.results / f"{study}_wrong_inputs.csv"
        if (arguments.checks or arguments.only_checks) and not target.exists():
            rows = []
            for level in arguments.levels:
                part = target.with_name(f".{study}_{level}_wrong.csv")
                if not part.exists():
                    checks(Network(arguments, study, "default", float(level)), arguments.measurements, part)
                rows += read(part)
            write_csv(target, rows)
            for level in arguments.levels:
                target.with_name(f".{study}_{level}_wrong.csv").unlink()
    table(arguments.results)


if __name__ == "__main__":
    main()
