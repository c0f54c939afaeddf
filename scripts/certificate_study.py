#!/usr/bin/python3
"""What `scorefem infer` says of single measurements: learnt, corrected and exact posterior side by side, and wrong input.

For each study, network and noise level: the first test measurements with the noise of that level, answered by
`infer --reference` and `infer --correct`, a row each in RESULTS/STUDY_NETWORK_LEVEL.csv. Networks: `default`, of inputs/STUDY.yaml;
`tenth`, trained for a tenth of its epochs; `paper`, of inputs/paper/STUDY_ve.yaml for that level, which learns clipped values where the
prior is clipped, so that it cannot be corrected. With `--checks`, measurements for the default network that are wrong in twenty ways,
and right ones: RESULTS/STUDY_wrong_inputs.csv. Posteriors that are in OUTPUT are used again if the same version of the program made
them of the same settings, so that the same command goes on after an interruption, and makes the CSV files again of them.
RESULTS/table.md is made of all the CSV files that are there.

    scripts/certificate_study.py linear --checks                 # 50 measurements a level
    scripts/certificate_study.py linear masks reaction --measurements 50 --set training.epochs=60
    scripts/certificate_study.py --table                         # the tables alone
"""

import argparse
import json
import pathlib

import h5py
from studies.certificate import checks, results, rows
from studies.certificate.network import NETWORKS, Network
from studies.certificate.table import STUDIES, table
from studies.machine import ROOT, machine


def answers(arguments, study, name, level):
    """The CSV of one network at one noise level."""
    target = arguments.results / f"{study}_{name}_{level}.csv"
    network = Network(arguments, study, name, float(level))
    options = {"learnt": (), "reference": ("--reference",)} | ({"corrected": ("--correct",)} if name != "paper" else {})
    made = {key: network.answer(key, arguments.measurements, arguments.samples, *words) for key, words in options.items()}
    files = {key: path for key, (path, _) in made.items()}
    if results.is_current(target, files.values(), rows.columns(name != "paper")):
        return
    seconds = {key: found["seconds"] for key, (_, found) in made.items()}
    results.write(target, rows.rows(files, seconds, network.truth[:arguments.measurements], network.truth.mean()))
    with h5py.File(files["learnt"]) as file:
        processor = made["learnt"][1]["processor"] or machine()["processor"]
        results.add_provenance(arguments.results, target.stem, results.provenance(file, network, processor))
    print(target, flush=True)


def wrong_inputs(arguments, study):
    """The CSV of the input checks, of all levels."""
    target = arguments.results / f"{study}_wrong_inputs.csv"
    networks = [Network(arguments, study, "default", float(level)) for level in arguments.levels]
    parts = [checks.part(network, arguments.measurements) for network in networks]
    together = [row for part in parts for row in results.read(part)]
    if results.is_current(target, parts, checks.COLUMNS) and len(results.read(target)) == len(together):
        return
    results.write(target, together)
    with h5py.File(networks[-1].folder / "check.h5") as file:
        processor = json.loads(parts[-1].with_suffix(".json").read_text())["processor"]
        entry = results.provenance(file, networks[-1], processor) | {"measurements": arguments.measurements}
        results.add_provenance(arguments.results, target.stem, entry)
    print(target, flush=True)


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
                answers(arguments, study, name, level)
        if arguments.checks or arguments.only_checks:
            wrong_inputs(arguments, study)
    table(arguments.results)


if __name__ == "__main__":
    main()
