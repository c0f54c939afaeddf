"""The report's sections, each from summary.json and metrics.csv to HTML. Optional entries may be missing."""

from html import escape

from reporting.html import NOT_AVAILABLE, element, figure, number, table

PERCENT = "{:.2%}"
SHARE = "{:.1%}"
STD = "{:.4f}"
COUNT = "{:,}"

_CURVES = (" Open squares: the same of the exact posterior, where it is known; triangles: of the Gaussian fit of the training "
           "pairs.")
CAPTIONS = {
    "problem": ("Problem.", "Segments of constant flux on the two walls (unknown) and the sensors inside the channel "
                "(known, with noise); parabolic velocity, no concentration at the inflow."),
    "posterior_cases": ("Single test cases.", "The first test samples, not selected. Top and bottom: flux on the upper and "
                        "lower wall, its posterior mean and band of one standard deviation; thin lines: the exact posterior's, "
                        "where it is known. Between them: the true concentration, with each sensor coloured by the value it "
                        "measured."),
    "error_by_segment": ("Error by segment.", "Absolute difference of posterior mean and true flux, averaged over the test "
                         "measurements and divided by the mean flux of the test set." + _CURVES),
    "std_by_segment": ("Posterior standard deviation by segment.", "Averaged over the test measurements; dashed: the standard "
                       "deviation of the flux itself, which is what remains without any information." + _CURVES),
    "coverage_by_segment": ("Coverage by segment.", "Share of true fluxes within one and two posterior standard deviations of "
                            "the posterior mean; dashed: 68.3% and 95.4%, the shares of a Gaussian posterior."),
    "ranks_by_segment": ("Simulation-based calibration.", "Ranks of the truth among the posterior samples: their empirical "
                         "distribution function minus the uniform one, a line for each segment. Under calibration all lines "
                         "stay inside the band in 99 of 100 cases. A line that rises then falls below zero: too narrow; falls "
                         "then rises: too wide; one-sided: biased."),
    "coverage_by_level": ("Expected coverage.", "Share of true fluxes inside the central credible intervals of the samples, "
                          "over all segments and test measurements. Above the diagonal the posterior is too wide, below it too "
                          "narrow. The band allows for the segments' correlation; it holds at each level by itself. Dashed: the "
                          "exact posterior, where draws from it are known; dotted: the Gaussian fit."),
    "ranks_of_quantities": ("TARP and predictive check.", "As for the segments, for quantities that all segments enter: the "
                            "distance to a random point, and the likelihood of the measurement through the forward model."),
    "training": ("Training.", "Denoising loss of the training pairs and of the pairs held back."),
}


def introduction(summary):
    """What was inferred from what, in a sentence or two."""
    sizes, noise = summary.get("sizes", {}), summary.get("noise", {})

    def size(name):
        return number(sizes.get(name), COUNT, f"sizes.{name}")

    text = (f"Posterior of {size('segments')} wall fluxes given {size('sensors')} noisy sensors, learnt by a conditional "
            f"diffusion model: {size('samples')} samples for each of {size('measurements')} test measurements. ")
    if "absolute" in noise:
        text += "The noise's standard deviation is " + number(noise["absolute"], "{:.4g}", "noise.absolute")
        if noise.get("relative") is not None:
            text += " (" + number(noise["relative"], "{:.4g}", "noise.relative") + " of the clean measurements')"
        text += ". "
    if summary.get("exact") == "reference":
        text += ("Exact is the reference posterior by Markov chain Monte Carlo, for the "
                 + number(summary.get("comparison", {}).get("measurements"), COUNT, "comparison.measurements")
                 + " of these measurements whose chains converged. ")
    elif summary["means"].get("exact_std") is not None:
        text += ("Exact is the posterior in closed form, with the flux response of the same forward model and the Gaussian "
                 "prior before its negative values are clipped. ")
    if summary["means"].get("gaussian_std") is not None:
        text += ("Gaussian is the joint Gaussian fit of the training pairs conditioned on the measurement, clipped at 0: "
                 "a network that does not beat it has shown nothing.")
    return element("p", text)


def _verdict(gate):
    word = "PASS" if gate["pass"] else "FAIL"
    return element("span", word, class_=f"verdict-{word.lower()}")


def gates(summary):
    """The verdict on the calibration, first thing in the report."""
    results = summary.get("gates")
    if not results:
        note = summary.get("gates_note")
        return element("div", element("p", escape(note[0].upper() + note[1:] + ".")),
                       class_="gates", role="status") if note else ""
    failed = sum(not gate["pass"] for gate in results)
    verdict = (f"Calibration: {failed} of {len(results)} gates failed." if failed
               else f"Calibration: all {len(results)} gates passed.")
    rows = []
    for position, gate in enumerate(results):
        low, high = (number(bound, "{:.4f}", f"gates.{position}.band.{end}") for end, bound in enumerate(gate["band"]))
        exact = gate.get("exact")
        rows.append([escape(gate["name"]), number(gate["statistic"], "{:.4f}", f"gates.{position}.statistic"),
                     f"{low} to {high}", _verdict(gate),
                     number(exact["statistic"], "{:.4f}", f"gates.{position}.exact.statistic") + " " + _verdict(exact)
                     if exact else NOT_AVAILABLE, escape(gate["meaning"])])
    text = element("p", element("strong", escape(verdict)) + " A calibrated posterior fails a gate in "
                   + number(results[0]["level"], "{:.0%}", "gates.0.level") + " of cases. No reference is needed.")
    header = ["Gate", "Statistic", "Band", "Result", "Exact posterior's", "Statistic is the"]
    return element("div", text + table(header, rows, sortable=True, class_="texts"),
                   class_="gates failed" if failed else "gates", role="status")


_MEASURES = (("error_ratio", "Error of the mean / exact error", "{:.3f}"),
             ("std_difference", "Standard deviation, difference to exact", "{:+.1%}"),
             ("relative_error", "Error of the mean, relative to the mean flux", PERCENT),
             ("posterior_std", "Standard deviation (flux units)", STD),
             ("crps", "CRPS (flux units)", STD), ("energy_score", "Energy score (prior sd)", STD),
             ("sliced_transport", "Sliced transport to exact samples (prior sd); exact: the floor", STD),
             ("c2st", "Two-sample test: accuracy of a classifier, 50% if not told from exact pairs", SHARE),
             ("chi_squared", "chi² of the measurement for each sensor; 1 if calibrated", "{:.2f}"),
             ("failed_solves", "Forward solves that failed in the predictive check", "{:,.0f}"),
             ("central_coverage_1sd", "Truths in the central 68.3% interval", SHARE),
             ("central_coverage_2sd", "Truths in the central 95.4% interval", SHARE),
             ("sbc_p_value", "p-value, simulation-based calibration", "{:.4f}"),
             ("tarp_p_value", "p-value, TARP", "{:.4f}"), ("predictive_p_value", "p-value, predictive check", "{:.4f}"))


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

    rows = [[escape(label), *(cell(name, answer, pattern) for answer in ("learnt", "exact", "gaussian"))]
            for name, label, pattern in _MEASURES if name in comparison]
    header = [f"Mean over {comparison['measurements']:,} measurements", "Learnt", "Exact", "Gaussian"]
    return table(header, rows, sortable=True)


_SENSOR_COLUMNS = (("relative_error", "Error, learnt", PERCENT), ("exact_relative_error", "Error, exact", PERCENT),
                   ("gaussian_relative_error", "Error, Gaussian", PERCENT), ("posterior_std", "Sd, learnt", STD),
                   ("exact_std", "Sd, exact", STD), ("gaussian_std", "Sd, Gaussian", STD), ("crps", "CRPS, learnt", STD),
                   ("exact_crps", "CRPS, exact", STD), ("gaussian_crps", "CRPS, Gaussian", STD))


def by_sensors(groups):
    """The measures by the number of sensors on; nothing if that is always the same."""
    if len(groups["sensors_from"]) < 2:
        return ""
    rows = []
    for row, (first, last) in enumerate(zip(groups["sensors_from"], groups["sensors_to"])):
        rows.append([element("span", f"{first:.0f} to {last:.0f}", data_value=first),
                     number(int(groups["measurements"][row]), COUNT),
                     *(number(float(groups[name][row]), pattern) for name, _, pattern in _SENSOR_COLUMNS)])
    return table(["Sensors on", "Measurements", *(label for _, label, _ in _SENSOR_COLUMNS)], rows, sortable=True)


def summary_table(summary):
    """Learnt and exact posterior side by side: means over segments and test measurements."""
    means = summary["means"]

    def mean(name, pattern):
        return number(means.get(name), pattern, f"means.{name}")

    def with_error(name):
        error = summary.get("standard_errors", {}).get(name)
        return mean(name, PERCENT) + ("" if error is None else " ± " + number(error, PERCENT, f"standard_errors.{name}"))

    over = summary.get("means_over", {})
    alike = over.get("exact") in (None, over.get("learnt"))

    def ratio(learnt, exact):
        """Of means over the same measurements; else the measures below have it."""
        return number(means[learnt] / means[exact] if alike and means[learnt] and means.get(exact) else None, "{:.2f}")

    rows = [
        ["Error of the posterior mean, relative to the mean flux", with_error("relative_error"),
         with_error("exact_relative_error"), ratio("relative_error", "exact_relative_error"),
         with_error("gaussian_relative_error")],
        ["Posterior standard deviation (flux units)", mean("posterior_std", STD), mean("exact_std", STD),
         ratio("posterior_std", "exact_std"), mean("gaussian_std", STD)],
        ["Continuous ranked probability score (flux units)", mean("crps", STD), mean("exact_crps", STD),
         ratio("crps", "exact_crps"), mean("gaussian_crps", STD)],
        ["Truths within one standard deviation", mean("coverage_1sd", SHARE), "68.3% for a Gaussian", "", ""],
        ["Truths within two standard deviations", mean("coverage_2sd", SHARE), "95.4% for a Gaussian", "", ""],
        ["Prior standard deviation (flux units)", mean("prior_std", STD), "", "", ""],
    ]
    return table(["Mean over segments and measurements", "Learnt", "Exact", "Learnt / exact", "Gaussian"], rows)


def summary_tiles(summary):
    """The two numbers to look at first, large."""
    means = summary["means"]
    tiles = []
    for label, learnt, exact, pattern in (("error of the mean", "relative_error", "exact_relative_error", PERCENT),
                                          ("posterior sd", "posterior_std", "exact_std", STD)):
        tiles.append(element("div", element("span", label, class_="label")
                             + element("span", number(means[learnt], pattern, f"means.{learnt}"), class_="value learnt")
                             + element("span", "exact posterior: " + number(means.get(exact), pattern, f"means.{exact}"),
                                       class_="value-beside"), class_="tile"))
    return element("div", "".join(tiles), class_="tiles")


_SIZES = (("train", "Training pairs"), ("test", "Test pairs"), ("measurements", "Test measurements inferred"),
          ("samples", "Posterior samples per measurement"), ("epochs", "Epochs of training"))


def sizes(summary):
    """This run's sizes beside the paper's, with a sentence that says whether it is a reduced run."""
    here = {f"sizes.{name}": value for name, value in summary.get("sizes", {}).items()}
    here["training.epochs"] = summary.get("training", {}).get("epochs")
    paper = summary.get("paper", {})
    rows, smaller = [], []
    for name, label in _SIZES:
        key = "training.epochs" if name == "epochs" else f"sizes.{name}"
        if here.get(key) is None and paper.get(name) is None:
            continue
        if here.get(key) is not None and paper.get(name) is not None and here[key] < paper[name]:
            smaller.append(label[0].lower() + label[1:])
        rows.append([label, number(here.get(key), COUNT, key), number(paper.get(name), COUNT, f"paper.{name}")])
    if not rows:
        return ""
    if smaller:
        text = element("p", "<strong>This is a reduced run.</strong> It has fewer " + escape(_listing(smaller))
                       + " than the paper; its numbers are not the paper's.", class_="notice")
    else:
        text = element("p", "This run is at least as large as the paper's." if paper else "")
    return text + table(["Size", "This run", "Paper"], rows)


def _listing(words):
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def figures(images):
    """Numbered figures in reading order; `images`: name -> PNG file."""
    parts = []
    for count, (name, png) in enumerate(images.items(), start=1):
        title, caption = CAPTIONS[name]
        parts.append(figure(name, f"Figure {count}. {title}", caption, png))
    if "posterior_cases" not in images:
        parts.append(element("p", "Problem and single test cases are not drawn: the run stored no concentration fields "
                             "(data.fields)."))
    return "\n".join(parts)


_COLUMNS = (("relative_error", "Error, learnt", PERCENT), ("exact_relative_error", "Error, exact", PERCENT),
            ("gaussian_relative_error", "Error, Gaussian", PERCENT), ("posterior_std", "Sd, learnt", STD),
            ("exact_std", "Sd, exact", STD), ("gaussian_std", "Sd, Gaussian", STD), ("prior_std", "Sd, prior", STD),
            ("coverage_1sd", "Within 1 sd", SHARE), ("coverage_2sd", "Within 2 sd", SHARE), ("crps", "CRPS, learnt", STD),
            ("exact_crps", "CRPS, exact", STD), ("gaussian_crps", "CRPS, Gaussian", STD))


def segments(metrics):
    """One row per segment of metrics.csv."""
    columns = [column for column in _COLUMNS if column[0] in metrics]
    rows = [[escape(wall), number(int(metrics["segment"][row]), "{}"),
             *(number(float(metrics[name][row]), pattern) for name, _, pattern in columns)]
            for row, wall in enumerate(metrics["wall"])]
    return table(["Wall", "Segment", *(label for _, label, _ in columns)], rows, sortable=True)


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
