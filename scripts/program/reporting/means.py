"""The report's means of the learnt and the exact posterior: two large, and all in a table."""

from html import escape

from reporting.html import element, number, table
from reporting.sections import PERCENT, SHARE, STD, unit


def _means_alike(summary):
    """Whether the exact posterior's means are over the measurements of the learnt one's."""
    over = summary.get("means_over", {})
    return over.get("exact") in (None, over.get("learnt"))


def summary_table(summary):
    """Learnt and exact posterior side by side: means over unknowns and test measurements."""
    means = summary["means"]

    def mean(name, pattern):
        return number(means.get(name), pattern, f"means.{name}")

    def with_error(name):
        error = summary.get("standard_errors", {}).get(name)
        return mean(name, PERCENT) + ("" if error is None else " ± " + number(error, PERCENT, f"standard_errors.{name}"))

    alike = _means_alike(summary)

    def ratio(learnt, exact):
        """Of means over the same measurements; else the measures below have it."""
        return number(means[learnt] / means[exact] if alike and means[learnt] and means.get(exact) else None, "{:.2f}")

    in_unit = escape(unit(summary))
    rows = [
        ["Error of the posterior mean, relative to the mean size of unknowns of the same unit", with_error("relative_error"),
         with_error("exact_relative_error"), ratio("relative_error", "exact_relative_error"),
         with_error("gaussian_relative_error")],
        [f"Posterior standard deviation{in_unit}", mean("posterior_std", STD), mean("exact_std", STD),
         ratio("posterior_std", "exact_std"), mean("gaussian_std", STD)],
        [f"Continuous ranked probability score{in_unit}", mean("crps", STD), mean("exact_crps", STD),
         ratio("crps", "exact_crps"), mean("gaussian_crps", STD)],
        ["Truths within one standard deviation", mean("coverage_1sd", SHARE), "68.3% for a Gaussian", "", ""],
        ["Truths within two standard deviations", mean("coverage_2sd", SHARE), "95.4% for a Gaussian", "", ""],
        [f"Prior standard deviation{in_unit}", mean("prior_std", STD), "", "", ""],
    ]
    header = ["Mean over unknowns and measurements", "Learnt", "Exact", "Learnt / exact", "Gaussian"]
    for column, answer in (() if alike else ((1, "learnt"), (2, "exact"), (4, "gaussian"))):
        header[column] += f" ({summary['means_over'].get(answer)} measurements)"
    return table(header, rows)


def summary_tiles(summary):
    """The two numbers to look at first, large; both over the measurements that have an exact posterior, if only some have."""
    comparison = {} if _means_alike(summary) else summary.get("comparison") or {}
    tiles = []
    for label, learnt, exact, pattern in (("error of the mean", "relative_error", "exact_relative_error", PERCENT),
                                          (f"posterior sd{escape(unit(summary))}", "posterior_std", "exact_std", STD)):
        keys, values = (f"means.{learnt}", f"means.{exact}"), (summary["means"][learnt], summary["means"].get(exact))
        if learnt in comparison:
            keys = tuple(f"comparison.{learnt}.{answer}" for answer in ("learnt", "exact"))
            values = tuple(comparison[learnt].get(answer) for answer in ("learnt", "exact"))
            label += f", of {comparison['measurements']:,} measurements"
        tiles.append(element("div", element("span", label, class_="label")
                             + element("span", number(values[0], pattern, keys[0]), class_="value learnt")
                             + element("span", "exact posterior: " + number(values[1], pattern, keys[1]), class_="value-beside"),
                             class_="tile"))
    return element("div", "".join(tiles), class_="tiles")
