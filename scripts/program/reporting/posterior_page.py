"""One page about the posteriors of one file: what was measured, what follows for the unknowns, how unlike training it is."""

import math
import os
from html import escape
from pathlib import Path

import numpy as np

from reporting.html import NOT_AVAILABLE, element, figure, number, table

_HERE = Path(__file__).parent
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
# Of the checks of `scorefem infer`: what it warned of, and what the p-value is the share of.
_CHECKS = {
    "distance": ("it is unlike the measurements of training",
                 "{} of the training measurements or fewer are as unlike their mean, too far from it or too near, as this one."),
    "noise": ("its noise is unlike that of training",
              "What is mostly noise is as much larger or smaller than expected in {} of training measurements."),
    "predictive": ("it is unlike what its posterior predicts", "A measurement is as unlike what its posterior predicts in {} of cases."),
    "repetition": ("its rows are unlike each other", "Rows of the same unknowns differ as much from each other in {} of cases."),
}
_CAPTIONS = {
    "posteriors": ("Posteriors.", "The first measurements: marginal distributions of the samples, or their mean and one standard deviation along "
                   "lines and in maps; the truth, where the file has it."),
    "corner": ("Joint distributions.", "The first measurement. Diagonal: marginal distributions; below: contours that hold half and nine tenths "
               "of the samples."),
}


def _digits(mean, sd):
    """A format by which a thousandth of the standard deviation shows."""
    if not 0 < sd < abs(mean):
        return "{:.5g}"
    return f"{{:.{min(5 + math.floor(math.log10(abs(mean) / sd)), 12)}g}}"


def _unknowns(posterior, case):
    samples = posterior.samples[case]
    spread = samples.std(axis=0, ddof=1) if len(samples) > 1 else np.full(samples.shape[1], np.nan)
    quantiles = np.quantile(samples, (0.05, 0.5, 0.95), axis=0)
    key = f"measurements.{case}.{{}}.{{}}"
    rows = []
    for j, (name, unit) in enumerate(zip(posterior.unknowns.names, posterior.unknowns.units)):
        values = {"mean": samples[:, j].mean(), "sd": spread[j],
                  **{f"q{level}": quantiles[i, j] for i, level in enumerate((5, 50, 95))}}
        digits = _digits(values["mean"], values["sd"])
        cells = [number(float(value), "{:.5g}" if what == "sd" else digits, key.format(name, what)) for what, value in values.items()]
        if posterior.truth is not None:
            cells.append(number(float(posterior.truth[case, j]), digits))
        rows.append([escape(name), escape(unit), *cells])
    header = ["Unknown", "Unit", "Mean", "Sd", "5 %", "50 %", "95 %"] + ["Truth"] * (posterior.truth is not None)
    return table(header, rows)


def _observations(posterior, case):
    rows = [[escape(name), number(float(value), "{:.9g}"), escape(unit)]
            for name, value, unit in zip(posterior.observations.names, posterior.measurement[case], posterior.observations.units)]
    return element("details", element("summary", "The measurement") + table(["Observation", "Value", "Unit"], rows))


def _misfit(posterior, case):
    """A line on how the measurement compares; a notice if `infer` warned of it."""
    values = {name: float(array[case]) for name, array in posterior.misfit.items()}
    p_values = {check: values.get(f"{check}_p_value", np.nan) for check in _CHECKS}
    # NaN: not known; 1 of the noise: nothing was looked at.
    p_values = {check: value for check, value in p_values.items() if value == value and (check, value) != ("noise", 1)}
    if not p_values:
        return element("p", "The file does not say how this measurement compares with those of training.")
    texts = [_CHECKS[check][1].format(number(value, "{:.2%}", f"misfit.{case}.{check}")) for check, value in p_values.items()]
    if posterior.repeated:
        texts.insert(0, "Of its rows the worst:")
    if not any(name.endswith("_warned") for name in values):
        texts.append("The file, of an earlier version, does not say whether infer warned.")
    warnings = [what for check, (what, _) in _CHECKS.items() if values.get(f"{check}_warned")]
    if not warnings:
        return element("p", " ".join(texts))
    return element("p", element("strong", f"infer warned of this measurement: {'; '.join(warnings)}.") + " " + " ".join(texts), class_="notice")


def page(name, posterior, images):
    """The whole page as text. posterior: plotting.outputs.OwnPosterior; images: figure -> PNG file."""
    facts = posterior.facts
    shown, samples = len(posterior.samples), posterior.samples.shape[1]
    body = element("header", element("p", "Posterior", class_="kind") + element("h1", escape(name)) + element(
        "p", escape(f"ScoreFEM {facts['scorefem_version']} · {facts['git_hash']} · {facts['date']}"), class_="origin"))
    left_out = f"; the first {shown} are shown" if posterior.count > shown else ""
    body += element("p", f"{samples:,} samples for each of {posterior.count:,} measurements{left_out}.")
    for case in range(shown):
        body += element("h2", f"Measurement {case + 1}") + _misfit(posterior, case) + _unknowns(posterior, case) + _observations(posterior, case)
    body += element("h2", "Figures") + "".join(
        figure(key, f"Figure {i}. {_CAPTIONS[key][0]}", _CAPTIONS[key][1], png) for i, (key, png) in enumerate(images.items(), start=1))
    body += element("h2", "Configuration") + element("details", element("summary", "Resolved configuration") + element(
        "pre", escape(facts["configuration"] or NOT_AVAILABLE)))
    head = (f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>ScoreFEM: {escape(name)}</title>'
            + element("style", (_HERE / "style.css").read_text(encoding="utf-8")))
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body><main>{body}</main></body></html>\n'


def write(target, text):
    """Under a temporary name first, so that a reader never sees half of it."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(target)
