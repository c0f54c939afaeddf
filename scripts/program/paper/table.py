"""The table of claims, as Markdown and JSON."""

import dataclasses
import json

from paper import catalogue as paper
from plotting import densities
from plotting.run_files import OutputError

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


def _cells(claim, options):
    command = " ".join(["scorefem reproduce", claim["figure"], *([] if options == "--budget quick" else [options])])
    return {"figure": claim["figure"], "command": f"`{command}`", "the paper says": claim["says"], "found": claim["found"],
            "holds if": claim["criterion"], "holds": _RESULT[claim["passed"]]}


def rows(document, *columns, figure=None):
    """These columns of claims.json as a table in Markdown, nothing if there are no claims; figure: its claims alone."""
    claims = [_cells(claim, document["options"]) for claim in document["claims"] if figure in (None, claim["figure"])]
    cells = [[claim[column].replace("|", "\\|") for column in columns] for claim in claims]
    return "".join("| " + " | ".join(row) + " |\n" for row in [columns, ["---"] * len(columns), *cells] if cells)


def readme_rows(document):
    """The README's table; the criteria are in claims.md."""
    return rows(document, "figure", "command", "the paper says", "found", "holds")


def as_markdown(document):
    claims = document["claims"]
    judged = [claim for claim in claims if claim["passed"] is not None]
    levels = "; ".join(f"{', '.join(noise)} ({problem})" for problem, noise in document["noise"].items())
    lines = [f"# The paper's statements and what was found (budget {document['budget']})", "",
             f"{sum(claim['passed'] for claim in judged)} of {len(judged)} statements hold"
             + (f", {len(claims) - len(judged)} not run" if len(judged) < len(claims) else "") + ".", "",
             f"The paper trains for {document['paper_epochs']:,} epochs. Here, noise levels {levels}; "
             + "; ".join(_sizes_text(name, study) for name, study in document["studies"].items()) + ".", "",
             rows(document, "figure", "command", "the paper says", "found", "holds if", "holds")]
    programs = sorted({f"{study['scorefem_version']} ({study['git_hash']})" for study in document["studies"].values()})
    return "\n".join([*lines, "ScoreFEM " + ", ".join(programs) + ".", ""])


def write(folder, verdicts, origin):
    """Writes tables/claims.json and tables/claims.md, each under a temporary name first; returns the latter's path."""
    folder = folder / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    document = {**origin, "claims": [dataclasses.asdict(verdict) for verdict in verdicts]}
    for name, text in (("claims.json", json.dumps(document, indent=2) + "\n"), ("claims.md", as_markdown(document))):
        temporary = folder / f".{name}.tmp"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(folder / name)
    return folder / "claims.md"
