"""The report's section on the local test of calibration: for which measurements the posterior is off."""

from reporting.html import element, number, table

_CAPTION = (" A classifier learns from all measurements to tell the truth from one posterior draw; for each measurement it is asked "
            "whether it could there. It sees shifts and widths that depend on the measurement, not shapes. All p-values come from "
            "this one classifier and are small, or not, together: a share far above 5% says that the posterior is off for the "
            "measurements with the least p-values, also where the gates, which average over measurements, pass; it is no test with a "
            "level of its own. The least p-value that there is: 1 / ")


def local_calibration(summary):
    """The share of small p-values and the measurements with the least; nothing if there was no such test."""
    local = summary.get("local_calibration")
    if not local or not local.get("worst"):
        return ""
    key = "local_calibration"
    text = (element("strong", "Calibration of single measurements:") + " "
            + number(local["share_below_0.05"], "{:.1%}") + " of " + number(local["measurements"], "{:,}", f"{key}.measurements")
            + " measurements have a p-value below 0.05; of a calibrated posterior 5% are expected." + _CAPTION
            + number(local["permutations"] + 1, "{:,}") + ". All of them are in local_calibration.csv.")
    rows = [[number(one["measurement"], "{:,}", f"{key}.worst.{position}.measurement"),
             number(one["p_value"], "{:.3f}", f"{key}.worst.{position}.p_value"),
             number(one["statistic"], "{:.4g}", f"{key}.worst.{position}.statistic")]
            for position, one in enumerate(local["worst"])]
    return element("p", text) + table(["Measurement with the least p-value", "p-value", "Mean square of the score"], rows)
