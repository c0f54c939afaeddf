"""The report of one posterior file; usage: posterior_page_test.py PROGRAM_SCRIPTS RESPONSE_CSV."""

import re
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPTS, RESPONSE = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(SCRIPTS))  # for what is tested without a program


class PosteriorPage(unittest.TestCase):
    """What the page of `export --format report` says of the checks of `infer`: what the file says."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "own.h5"

    def notices(self, count, **misfit):
        """Of a file with these arrays: for each measurement whether it has a notice, and its text."""
        import h5py
        import numpy as np
        from plotting.outputs import OwnPosterior
        from reporting.posterior_page import page
        with h5py.File(self.path, "w") as file:
            file["samples"], file["measurement"] = np.ones((count, 4, 1)), np.zeros((count, 1))
            for group in ("unknowns", "observations"):
                file[f"{group}/name"], file[f"{group}/group"], file[f"{group}/unit"] = (np.array([text], "S4") for text in ("a", "g", "m"))
                file[f"{group}/bounds"] = np.array([[-np.inf, np.inf]])
            for name, values in misfit.items():
                file[f"misfit/{name}"] = np.array(values, float)
            for name in ("scorefem_version", "git_hash", "date", "configuration"):
                file.attrs[name] = "x"
        text = page("own.h5", OwnPosterior(self.path, 20), {})
        parts = text.split("<h2>Measurement ")[1:]
        self.assertEqual(len(parts), count)
        lines = [re.search(r"<p( class=\"notice\")?>(.*?)</p>", part) for part in parts]
        return [(bool(line[1]), re.sub("<[^>]*>", "", line[2])) for line in lines]

    def test_it_prints_the_verdicts_of_infer(self):
        # Between the levels of 0.0005 and 0.001 or 0.002, and a small one of which there was no warning.
        far, noisy, unexpected, good = self.notices(
            4, distance_p_value=[0.0008, 0.3, 0.3, 1e-9], distance_warned=[1, 0, 0, 0], noise_p_value=[1, 0.0018, 0.4, 0.4],
            noise_warned=[0, 1, 0, 0], predictive_p_value=[0.3, 0.3, 0.0001, float("nan")], predictive_warned=[0, 0, 1, 0])
        self.assertEqual([one[0] for one in (far, noisy, unexpected, good)], [True, True, True, False])
        self.assertIn("it is unlike the measurements of training.", far[1])
        self.assertIn("0.08%", far[1])
        self.assertNotIn("mostly noise", far[1])  # nothing was looked at
        self.assertIn("its noise is unlike that of training.", noisy[1])
        self.assertIn("0.18% of training measurements", noisy[1])
        self.assertIn("unlike what its posterior predicts.", unexpected[1])
        self.assertNotIn("predicts", good[1])

    def test_the_worst_row_of_a_repeated_measurement_counts(self):
        (warned, text), = self.notices(1, distance_p_value=[0.5, 0.0004, 0.9], distance_warned=[0, 1, 0], predictive_p_value=[0.5],
                                       predictive_warned=[0], repetition_p_value=[0.0001], repetition_warned=[1])
        self.assertTrue(warned)
        for words in ("it is unlike the measurements of training; its rows are unlike each other.", "Of its rows the worst: 0.04%", "0.01% of cases"):
            self.assertIn(words, text)

    def test_of_earlier_versions_and_of_sample(self):
        (warned, text), = self.notices(1, distance_p_value=[0.0001])
        self.assertFalse(warned)
        self.assertIn("0.01%", text)
        self.assertIn("does not say whether infer warned", text)
        self.assertIn("does not say how", self.notices(1)[0][1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
