"""Compares what the report shows with summary.json."""


def _look_up(summary, key):
    for part in key.split("."):
        summary = summary[int(part) if isinstance(summary, list) else part]
    return summary


def as_number(text):
    """The number that a reader sees, and half a unit of its last digit."""
    mantissa, _, exponent = text.rstrip("%").replace(",", "").partition("e")
    scale = 10.0 ** int(exponent or 0) * (0.01 if text.endswith("%") else 1)
    return float(mantissa) * scale, 0.500001 * 10 ** -len(mantissa.partition(".")[2]) * scale


def check_texts(test, summary, keyed):
    """keyed: (data-key, data-value or None, text) of every element that shows an entry of the summary. Returns the keys."""
    for key, value, text in keyed:
        expected = _look_up(summary, key)
        if value is None:
            test.assertEqual(text, str(expected), key)
        else:
            test.assertEqual(float(value), expected, key)
            number, tolerance = as_number(text)
            test.assertAlmostEqual(number, expected, delta=tolerance, msg=key)
    return {key for key, _, _ in keyed}
