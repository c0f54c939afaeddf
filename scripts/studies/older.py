"""Which committed results are older than the program: the one list of them, from which results/README.md has its table.

results/versions.json holds the versions of the numerics (pipeline/study/origin.h) by which each was made; scripts/remake_results.py writes
them. `differences` compares them and the samplers' settings with today's. What differs must be listed here with its reason, and what is
listed must differ: tests/regression/command_line/committed_results_test.py. A module of the package `studies`, not a command; its table:

    cd scripts && python3 -c 'from studies import older; print(older.table())'
"""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from .machine import ROOT

VERSIONS = ROOT / "results" / "versions.json"
_ORIGIN = ROOT / "pipeline" / "study" / "origin.h"
_SIZES = ("sampling.measurements", "sampling.samples")  # how much is drawn, not how


@dataclass(frozen=True)
class Older:
    folders: str  # as the table names them
    of: str  # when it was made
    since: str  # what has changed
    results: dict[str, tuple[str, ...]]  # name in committed.RESULTS -> what differs; empty: nothing that versions or settings tell


_SAMPLING = ("sampling.method", "sampling.small_displacement", "sampling.step_error", "sampling.steps", "sampling.end_time")
_ALL = ("model", "posterior", "evaluation")
OLDER = (
    Older("posterior", "26 November",
          "samples are drawn by another method, which halves steps that are too long for a narrow posterior (version 3 of samples' numerics)",
          {f"posterior_{study}": (*_ALL, *_SAMPLING) for study in ("linear", "masks", "reaction")}),
    Older("densities, densities_paper", "26 November",
          "stochastic samplers end with the denoised mean: their columns contain the noise of the last step",
          {"densities": ("model", "densities"), "densities_paper": ("model", "densities")}),
    Older("paper/quick", "26 November, a fifteenth of the paper's training", "the same",
          {"paper": (*_ALL, "densities", "sampling.end_time")}),
    Older("benchmark/memory.md, scaling.md", "22 November", "training holds the pairs once, `infer` forgets a mask's matrices",
          {"benchmark_memory": (), "benchmark_scaling": ()}),
)
# Made by a version that nothing tells.
UNKNOWN = ("own_pairs", "umbridge")


def program_versions(text: str | None = None) -> dict[str, int]:
    """Today's, by stage in lower case; `text`: another origin.h."""
    text = _ORIGIN.read_text(encoding="utf-8") if text is None else text
    return {name.lower(): int(number) for name, number in re.findall(r"int64_t k(\w+)\s*=\s*(\d+);", text)}


def record(name: str, path: Path = VERSIONS) -> None:
    """Says that today's program has made a result that has versions."""
    stages = {"densities": ("model", "densities"), "densities_paper": ("model", "densities"),
              "paper": ("dataset", "model", "posterior", "reference", "evaluation", "densities")}
    made = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if not made or name not in (*made, *UNKNOWN):
        return
    today = program_versions()
    made[name] = {stage: today[stage] for stage in stages.get(name, ("dataset", "model", "posterior", "reference", "evaluation"))}
    lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in made.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _flat(section, prefix=""):
    for key, value in section.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _samplers(configuration: dict, sections: tuple[str, ...]) -> dict:
    return {key: value for key, value in _flat({name: configuration[name] for name in sections}) if key not in _SIZES}


def _stated(name: str):
    """Of a result: command, configuration file, settings and what its files say of the samplers."""
    folder = ROOT / "results"
    if name.startswith("densities"):
        from .committed import RESULTS
        text = (folder / name / "table2.md").read_text(encoding="utf-8")
        _, _, config, *words = RESULTS[name].commands[0].split()
        yield "densities", config, words, _samplers(yaml.safe_load(text.split("```yaml\n")[1].split("```")[0]), ("ode", "sde"))
    texts = []
    if name == "quickstart":
        texts = [("inputs/quickstart.yaml", json.loads((folder / name / "summary.json").read_text(encoding="utf-8")))]
    elif name.startswith("posterior_"):
        study = name.removeprefix("posterior_")
        texts = [(f"inputs/paper/{study}_ve.yaml" if "_paper_" in path.name else f"inputs/{study}.yaml",
                  json.loads(path.read_text(encoding="utf-8"))) for path in sorted((folder / "posterior" / study).glob("*_summary.json"))]
    elif name == "paper":
        texts = [(f"inputs/paper/{run['study']}.yaml", run)
                 for run in json.loads((folder / "paper/quick/runs.json").read_text(encoding="utf-8"))]
    for config, summary in texts:
        said = _samplers(yaml.safe_load(summary["configuration"]), ("sampling",))
        # The paper's figures set the stochastic method and its steps themselves (scripts/program/paper/catalogue.py).
        stochastic = name == "paper" and said["sampling.method"] == "euler_maruyama"
        settings = ["--set", f"sampling={{method: euler_maruyama, steps: {said['sampling.steps']}}}"] if stochastic else []
        yield "run", config, settings, said


def differences(name: str, program: str) -> set[str]:
    """Stages of which a result has another version, and settings of its samplers that are not today's."""
    made, today = json.loads(VERSIONS.read_text(encoding="utf-8")).get(name, {}), program_versions()
    found = {stage for stage, version in made.items() if version != today[stage]}
    resolved: dict[tuple, dict] = {}
    for command, config, settings, said in _stated(name):
        key = (command, config, *settings)
        if key not in resolved:
            text = subprocess.run([program, command, config, *settings, "--dry-run"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
            resolved[key] = _samplers(yaml.safe_load(text), ("ode", "sde") if command == "densities" else ("sampling",))
        now = resolved[key]
        found |= {each for each in said.keys() | now.keys() if said.get(each) != now.get(each)}
    return found


def table() -> str:
    """Of results/README.md."""
    return "\n".join(["| folder | of | since then |", "|---|---|---|", *(f"| {each.folders} | {each.of} | {each.since} |" for each in OLDER)])
