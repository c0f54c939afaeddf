"""The report's sections, each from summary.json, metrics.csv and the data set's layouts to HTML. Optional entries may be missing."""

from html import escape

from reporting.html import NOT_AVAILABLE, element, figure, number, table

PERCENT = "{:.2%}"
SHARE = "{:.1%}"
STD = "{:.4f}"
COUNT = "{:,}"
# More are not listed in a sentence.
_MOST_GROUPS = 6


def _groups_text(problem):
    names = [group.name for group in problem.unknowns.groups if group.name]
    return f" ({', '.join(names)})" if names and len(names) <= _MOST_GROUPS else ""


def _noise_text(noise):
    """What the summary says of the noise, in one sentence."""
    if noise.get("model") == "none":
        return "No noise is added: what randomness there is, the simulator has itself. "
    if noise.get("text"):
        text = "Standard deviation of the noise: " + element("span", escape(noise["text"]), data_key="noise.text")
    elif "absolute" in noise:
        text = "Standard deviation of the noise: " + number(noise["absolute"], "{:.4g}", "noise.absolute")
    else:
        return ""
    if noise.get("model", "gaussian") == "gaussian" and noise.get("relative") is not None:
        text += ", " + number(noise["relative"], "{:.4g}", "noise.relative") + " of the clean observations'"
    return text + ". "


def introduction(summary, problem):
    """What was inferred from what, in a sentence or two."""
    sizes = summary.get("sizes", {})

    def size(name):
        return number(sizes.get(name), COUNT, f"sizes.{name}")

    text = (f"Posterior of {size('unknowns')} unknowns{escape(_groups_text(problem))} given {size('observations')} observations, learnt by "
            f"a conditional diffusion model: {size('samples')} samples for each of {size('measurements')} test measurements. ")
    text += _noise_text(summary.get("noise", {}))
    if summary.get("exact") == "reference":
        text += ("Exact is the reference posterior by Markov chain Monte Carlo, for the "
                 + number(summary.get("comparison", {}).get("measurements"), COUNT, "comparison.measurements")
                 + " of these measurements whose chains converged. ")
    elif summary["means"].get("exact_std") is not None:
        text += ("Exact is the posterior in closed form, with the linear response of the same forward model and the Gaussian "
                 "prior, before any clipping of its values. ")
    if summary["means"].get("gaussian_std") is not None:
        text += ("Gaussian is the joint Gaussian fit of the training pairs conditioned on the measurement, within the prior's support: "
                 "a network that does not beat it has shown nothing.")
    return element("p", text) + _coarse(summary) + _outside(summary) + _left_out(summary)


def _coarse(summary):
    """A notice if the forward model's discretisation is too coarse for the noise: no measure below can show it."""
    text = summary.get("discretisation_warning")
    if not text:
        return ""
    return element("p", "<strong>A forward model that is too coarse:</strong> "
                   + element("span", escape(text), data_key="discretisation_warning") + ".", class_="notice")


def _outside(summary):
    """A notice if samples have left the prior's support."""
    share = summary.get("outside_support")
    if not share:
        return ""
    return element("p", "<strong>Samples outside the prior's support.</strong> " + number(share, "{:.3%}", "outside_support")
                   + " of the learnt posterior's samples have an unknown with a value that the prior rules out.", class_="notice")


def _left_out(summary):
    """A notice if rows of imported pairs were left out: where they sit is where the answer may be biased."""
    return "".join(_left_out_rows(summary.get(key), key, files) for key, files in (
        ("left_out", "the imported files"), ("left_out_test", "the imported files of the test part")))


def _left_out_rows(left_out, key, files):
    if not left_out:
        return ""
    places = []
    for position, one in enumerate(left_out["unknowns"][:3]):
        low, high, low_elsewhere, high_elsewhere = (number(one[end], "{:.4g}", f"{key}.unknowns.{position}.{end}")
                                                    for end in ("least", "greatest", "least_elsewhere", "greatest_elsewhere"))
        places.append(f"{escape(one['name'])} from {low} to {high} (elsewhere {low_elsewhere} to {high_elsewhere})")
    return element("p", "<strong>Pairs left out.</strong> " + number(left_out["rows"], COUNT, f"{key}.rows") + " of "
                   + number(left_out["of"], COUNT, f"{key}.of") + f" rows of {files} have a value that is not finite."
                   + (" They sit at " + "; ".join(places) + ": there the answer may be biased." if places else ""), class_="notice")


def _verdict(gate):
    """PASS, FAIL, or why it is neither."""
    word = gate.get("verdict") or ("PASS" if gate["pass"] else "FAIL")
    return element("span", escape(word), class_=f"verdict-{word.lower()}" if word in ("PASS", "FAIL") else "verdict-unknown")


def _gates_verdict(results):
    failed = sum(gate.get("verdict", "FAIL") == "FAIL" for gate in results if not gate["pass"])
    untold = sum(not gate["pass"] for gate in results) - failed
    if failed:
        return f"Calibration: {failed} of {len(results)} gates failed."
    if untold:
        return f"Calibration: {untold} of {len(results)} gates cannot tell, there are not enough measurements."
    return f"Calibration: all {len(results)} gates passed."


def gates(summary):
    """The verdict on the calibration, first thing in the report."""
    results = summary.get("gates")
    if not results:
        note = summary.get("gates_note")
        return element("div", element("p", escape(note[0].upper() + note[1:] + ".")),
                       class_="gates", role="status") if note else ""
    rows = []
    for position, gate in enumerate(results):
        low, high = (number(bound, "{:.4f}", f"gates.{position}.band.{end}") for end, bound in enumerate(gate["band"]))
        exact = gate.get("exact")
        rows.append([escape(gate["name"]), number(gate["statistic"], "{:.4f}", f"gates.{position}.statistic"),
                     f"{low} to {high}", _verdict(gate),
                     number(exact["statistic"], "{:.4f}", f"gates.{position}.exact.statistic") + " " + _verdict(exact)
                     if exact else NOT_AVAILABLE, escape(gate.get("detects", NOT_AVAILABLE)), escape(gate["meaning"])])
    text = element("p", element("strong", escape(_gates_verdict(results))) + " A calibrated posterior fails a gate in "
                   + number(results[0]["level"], "{:.0%}", "gates.0.level") + " of cases. No reference is needed.")
    header = ["Gate", "Statistic", "Band", "Result", "Exact posterior's", "Notices", "Statistic is the"]
    return element("div", text + table(header, rows, sortable=True, class_="texts"),
                   class_="gates" if all(gate["pass"] for gate in results) else "gates failed", role="status")


# {unit}: of the unknowns, if all have the same; else their prior standard deviations.
_MEASURES = (("error_ratio", "Error of the mean / exact error", "{:.3f}"),
             ("std_difference", "Standard deviation, difference to exact", "{:+.1%}"),
             ("relative_error", "Error of the mean, relative to the mean size of unknowns of the same unit", PERCENT),
             ("posterior_std", "Standard deviation{unit}", STD),
             ("crps", "CRPS{unit}", STD), ("energy_score", "Energy score (prior sd)", STD),
             ("sliced_transport", "Sliced transport to exact samples (prior sd); exact: the floor", STD),
             ("c2st", "Two-sample test: accuracy of a classifier, 50% if not told from exact pairs", SHARE),
             ("chi_squared", "chi² of the measurement for each observation; 1 if calibrated", "{:.2f}"),
             ("failed_solves", "Forward solves that failed in the predictive check", "{:,.0f}"),
             ("central_coverage_1sd", "Truths in the central 68.3% interval", SHARE),
             ("central_coverage_2sd", "Truths in the central 95.4% interval", SHARE),
             ("sbc_p_value", "p-value, simulation-based calibration", "{:.4f}"),
             ("tarp_p_value", "p-value, TARP", "{:.4f}"), ("predictive_p_value", "p-value, predictive check", "{:.4f}"))


def unit(summary):
    """The unit of all unknowns in brackets, if they have one."""
    return f" ({summary['unit']})" if summary.get("unit") else ""


def measures(summary):
    """Every measure of the three answers, for the same measurements."""
    comparison = summary.get("comparison")
    if not comparison:
        return ""

    def cell(name, answer, pattern):
        text = number(comparison[name].get(answer), pattern, f"comparison.{name}.{answer}")
        error = comparison.get(f"{name}_standard_error", {}).get(answer)
        return text + ("" if error is None
                       else " ± " + number(error, pattern, f"comparison.{name}_standard_error.{answer}"))

    rows = [[escape(label.replace("{unit}", unit(summary))), *(cell(name, answer, pattern) for answer in ("learnt", "exact", "gaussian"))]
            for name, label, pattern in _MEASURES if name in comparison]
    header = [f"Mean over {comparison['measurements']:,} measurements", "Learnt", "Exact", "Gaussian"]
    return table(header, rows, sortable=True)


_SENSOR_COLUMNS = (("relative_error", "Error, learnt", PERCENT), ("exact_relative_error", "Error, exact", PERCENT),
                   ("gaussian_relative_error", "Error, Gaussian", PERCENT), ("posterior_std", "Sd, learnt", STD),
                   ("exact_std", "Sd, exact", STD), ("gaussian_std", "Sd, Gaussian", STD), ("crps", "CRPS, learnt", STD),
                   ("exact_crps", "CRPS, exact", STD), ("gaussian_crps", "CRPS, Gaussian", STD))


def by_sensors(groups):
    """The measures by the number of observations that are there; nothing if that is always the same."""
    if len(groups["sensors_from"]) < 2:
        return ""
    rows = []
    for row, (first, last) in enumerate(zip(groups["sensors_from"], groups["sensors_to"])):
        rows.append([element("span", f"{first:.0f} to {last:.0f}", data_value=first),
                     number(int(groups["measurements"][row]), COUNT),
                     *(number(float(groups[name][row]), pattern) for name, _, pattern in _SENSOR_COLUMNS)])
    return table(["Observations there", "Measurements", *(label for _, label, _ in _SENSOR_COLUMNS)], rows, sortable=True)


_SIZES = (("sizes.train", "Training pairs"), ("sizes.test", "Test pairs"), ("sizes.measurements", "Test measurements inferred"),
          ("sizes.samples", "Posterior samples per measurement"), ("training.epochs", "Epochs of training"))


def sizes(summary):
    """How large the run is."""
    rows = []
    for key, label in _SIZES:
        section, name = key.split(".")
        value = summary.get(section, {}).get(name)
        if value is not None:
            rows.append([label, number(value, COUNT, key)])
    return table(["Size", "This run"], rows) if rows else ""


def figures(images, captions):
    """Numbered figures in reading order; `images`: name -> PNG file, `captions`: name -> title and text."""
    return "\n".join(figure(name, f"Figure {count}. {captions[name][0]}", captions[name][1], png)
                     for count, (name, png) in enumerate(images.items(), start=1))


_COLUMNS = (("relative_error", "Error, learnt", PERCENT), ("exact_relative_error", "Error, exact", PERCENT),
            ("gaussian_relative_error", "Error, Gaussian", PERCENT), ("posterior_std", "Sd, learnt", STD),
            ("exact_std", "Sd, exact", STD), ("gaussian_std", "Sd, Gaussian", STD), ("prior_std", "Sd, prior", STD),
            ("coverage_1sd", "Within 1 sd", SHARE), ("coverage_2sd", "Within 2 sd", SHARE), ("crps", "CRPS, learnt", STD),
            ("exact_crps", "CRPS, exact", STD), ("gaussian_crps", "CRPS, Gaussian", STD))


def unknowns(metrics, problem):
    """One row per unknown of metrics.csv; without a column for groups where there are none."""
    columns = [column for column in _COLUMNS if column[0] in metrics]
    grouped = any(metrics["group"])
    labels = problem.unknowns.labels() if not problem.unknowns.unit else metrics["name"]
    rows = [[*([escape(metrics["group"][row])] if grouped else []), escape(label),
             *(number(float(metrics[name][row]), pattern) for name, _, pattern in columns)] for row, label in enumerate(labels)]
    return table([*(["Group"] if grouped else []), "Unknown", *(label for _, label, _ in columns)], rows, sortable=True)


def cost(summary):
    """Time per stage and the network's size and use."""
    stages = summary.get("stage_seconds", {})
    rows = [[escape(name), number(seconds, "{:,.1f}", f"stage_seconds.{name}")] for name, seconds in stages.items()]
    training = summary.get("training", {})
    facts = [("Network parameters", training.get("parameters"), COUNT, "training.parameters"),
             ("Optimiser steps", training.get("steps"), COUNT, "training.steps"),
             ("Final training loss", training.get("final_training_loss"), "{:.4g}", "training.final_training_loss"),
             ("Final validation loss", training.get("final_validation_loss"), "{:.4g}", "training.final_validation_loss"),
             ("Network evaluations for a sample", summary.get("network_evaluations"), "{:,.1f}", "network_evaluations"),
             ("Forward solutions that failed", summary.get("failed_samples"), COUNT, "failed_samples")]
    more = [[label, number(value, pattern, key)] for label, value, pattern, key in facts if value is not None]
    return (table(["Stage", "Seconds"], rows, sortable=True) if rows else "") + (table(["Model", "Value"], more) if more else "")


def provenance(summary):
    """Version, commit, date, noise and seeds, and the configuration that everything follows from."""
    rows = [[label, element("code", escape(str(summary.get(key, NOT_AVAILABLE))), data_key=key)]
            for label, key in (("Study", "study"), ("ScoreFEM version", "scorefem_version"), ("Git commit", "git_hash"),
                               ("Date", "date"))]
    for group, label in (("noise", "Noise"), ("seeds", "Seed")):
        values = summary.get(group)
        values = values if isinstance(values, dict) else {"": values} if values is not None else {}
        for name, value in values.items():
            key = f"{group}.{name}" if name else group
            rows.append([escape(f"{label}: {name}" if name else label), element("code", escape(str(value)), data_key=key)])
    text = table(["Item", "Value"], rows, class_="plain texts")
    if summary.get("configuration"):
        text += element("details", element("summary", "Resolved configuration")
                        + element("pre", escape(summary["configuration"]), data_key="configuration"))
    return text
