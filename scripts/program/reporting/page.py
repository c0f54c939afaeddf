"""Fills the template with the sections and writes the page."""

import os
from html import escape
from pathlib import Path
from string import Template

from reporting import local, means, sections
from reporting.captions import captions
from reporting.html import NOT_AVAILABLE

_HERE = Path(__file__).parent


def page(summary, problem, metrics, by_sensors, images):
    """The whole report as text. summary: of summary.json; problem: the data set's layouts; metrics, by_sensors: of these .csv files;
    images: name -> PNG file."""
    def text(key):
        return escape(str(summary.get(key, NOT_AVAILABLE)))

    return Template((_HERE / "template.html").read_text(encoding="utf-8")).substitute(
        study=text("study"), version=text("scorefem_version"), commit=text("git_hash"), date=text("date"),
        style=(_HERE / "style.css").read_text(encoding="utf-8"),
        script=(_HERE / "script.js").read_text(encoding="utf-8"),
        gates=sections.gates(summary), introduction=sections.introduction(summary, problem), tiles=means.summary_tiles(summary), summary=means.summary_table(summary), measures=sections.measures(summary), sensors=sections.by_sensors(by_sensors),
        local=local.local_calibration(summary), sizes=sections.sizes(summary),
        figures=sections.figures(images, captions(problem)), unknowns=sections.unknowns(metrics, problem), cost=sections.cost(summary),
        provenance=sections.provenance(summary))


def write(folder, text):
    """Writes folder/report.html under a temporary name first, so that a reader never sees half of it."""
    target = Path(folder) / "report.html"
    temporary = target.with_name(f".report.{os.getpid()}.html")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(target)
    return target
