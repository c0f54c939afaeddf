"""The table of claims, as Markdown and JSON."""

import dataclasses
import json

from paper import catalogue as paper
from plotting import densities
from plotting.outputs import OutputError

_RESULT = {True: "yes", False: "**no**", None: "not run"}


def provenance(results):
    """What the numbers come from: per study the epochs, sizes and the program."""
    studies = {}
    for study in results.catalogue.studies:
        try:
            run = results.run(study, results.catalogue.case_noise)
        except OutputError:
            continue
        summary = run.summary
        studies[study] = {"epochs": run.epochs, "sizes": summary["sizes"], "scorefem_version": summary["scorefem_version"],
                          "git_hash": summary["git_hash"], "date": summary["date"]}
    try:
        table, _ = densities.read_table(results.folder / "densities")
        studies["densities"] = {name: table[name] for name in ("epochs", "trainings", "scorefem_version", "git_hash", "date")}
    except OutputError:
        pass
    catalogue = results.catalogue
    options = f"--budget {catalogue.budget}" + (f" --epochs {catalogue.epochs}" if catalogue.epochs else "")
    return {"budget": catalogue.budget, "options": options, "noise": catalogue.noise, "case_noise": catalogue.case_noise,
            "paper_epochs": paper.PAPER_EPOCHS, "studies": studies}


def _sizes_text(name, study):
    sizes = study.get("sizes")
    words = f"{study['epochs']:,} epochs"
    if sizes:
        words += f", {sizes['train']:,} pairs, {sizes['measurements']:,} x {sizes['samples']:,} samples"
    return f"{name}: {words}"


def as_markdown(verdicts, origin):
    judged = [verdict for verdict in verdicts if verdict.passed is not None]
    lines = [f"# The paper's statements and what was found (budget {origin['budget']})", "",
             f"{sum(v.passed for v in judged)} of {len(judged)} statements hold"
             + (f", {len(verdicts) - len(judged)} not run" if len(judged) < len(verdicts) else "") + ".", "",
             f"The paper trains for {origin['paper_epochs']:,} epochs. Here, noise levels {', '.join(origin['noise'])}; "
             + "; ".join(_sizes_text(name, study) for name, study in origin["studies"].items()) + ".", "",
             "| figure | command | the paper says | found | holds if | holds |", "|---|---|---|---|---|---|"]
    for verdict in verdicts:
        command = f"`scorefem reproduce {verdict.figure} {origin['options']}`"
        cells = (verdict.figure, command, verdict.says, verdict.found, verdict.criterion, _RESULT[verdict.passed])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    programs = sorted({f"{study['scorefem_version']} ({study['git_hash']})" for study in origin["studies"].values()})
    return "\n".join([*lines, "", "ScoreFEM " + ", ".join(programs) + ".", ""])


def write(folder, verdicts, origin):
    """Writes tables/claims.json and tables/claims.md, each under a temporary name first; returns the latter's path."""
    folder = folder / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    document = json.dumps({**origin, "claims": [dataclasses.asdict(verdict) for verdict in verdicts]}, indent=2) + "\n"
    for name, text in (("claims.json", document), ("claims.md", as_markdown(verdicts, origin))):
        temporary = folder / f".{name}.tmp"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(folder / name)
    return folder / "claims.md"
