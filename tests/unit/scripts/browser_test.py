"""Opens the report in headless Chromium: script errors, missing images, texts against summary.json, sorting.

usage: browser_test.py SCRIPTS_DIR RESPONSE_CSV
"""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from small_run import write_small_run

SCRIPTS, RESPONSE = Path(sys.argv[1]), Path(sys.argv[2])
# Looked up when the test runs: building the program does not need a browser.
CHROMIUM = shutil.which("chromium") or sys.exit("chromium: no such program (see scripts/packages/test.txt)")

# First in the page: it must be listening before the report's own script runs.
LISTEN = """<script>
window.problems = [];
window.addEventListener("error", (event) => problems.push(String(event.message || event.target.outerHTML)), true);
document.addEventListener("securitypolicyviolation", (event) => problems.push("blocked: " + event.blockedURI));
</script>"""

# Last in the page: what a reader would see, and what a click on each column's name does.
PROBE = """<script>
window.addEventListener("load", () => {
  const column = (table, index) => Array.from(table.tBodies[0].rows, (row) => row.cells[index].textContent);
  const sorted = [];
  for (const table of document.querySelectorAll("table.sortable")) {
    Array.from(table.tHead.rows[0].cells).forEach((header, index) => {
      const button = header.querySelector("button");
      button.click();
      const ascending = column(table, index);
      button.click();
      sorted.push({name: button.textContent, ascending, descending: column(table, index)});
    });
  }
  const result = {
    problems,
    images: Array.from(document.images, (image) => ({alt: image.alt, width: image.complete ? image.naturalWidth : 0})),
    texts: Array.from(document.querySelectorAll("[data-key]"), (element) => [element.dataset.key, element.textContent]),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    sorted,
  };
  const output = document.createElement("pre");
  output.id = "probe";
  output.textContent = JSON.stringify(result);
  document.body.append(output);
});
</script>"""


def open_in_browser(page, profile):
    command = [CHROMIUM, "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
               f"--user-data-dir={profile}", "--virtual-time-budget=10000", "--window-size=1200,900", "--dump-dom",
               page.as_uri()]
    if os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # Chromium's sandbox refuses root
    dump = subprocess.run(command, capture_output=True, text=True, timeout=120)
    found = re.search(r'<pre id="probe">(.*?)</pre>', dump.stdout, re.DOTALL)
    if not found:
        raise AssertionError(f"the page did not load in {CHROMIUM}:\n{dump.stderr[-2000:]}")
    return json.loads(html.unescape(found.group(1)))


def as_number(text):
    return float(text.rstrip("%").replace(",", ""))


class ReportInABrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder)
            cls.summary = write_small_run(output, RESPONSE)
            subprocess.run([sys.executable, SCRIPTS / "report.py", output], check=True, capture_output=True, timeout=120)
            text = (output / "report.html").read_text(encoding="utf-8")
            probed = output / "probed.html"
            probed.write_text(text.replace("<head>", "<head>" + LISTEN, 1).replace("</body>", PROBE + "</body>"),
                              encoding="utf-8")
            cls.seen = open_in_browser(probed, output / "profile")
            # The same page with an error in its script and a broken image: the probe must notice both.
            broken = text.replace("<head>", "<head>" + LISTEN, 1).replace("</body>", "<img alt='broken' src='data:image/png;base64,AAAA'>"
                                  "<script>thereIsNoSuchFunction();</script>" + PROBE + "</body>")
            probed.write_text(broken, encoding="utf-8")
            cls.seen_broken = open_in_browser(probed, output / "profile")

    def test_no_script_error_and_nothing_blocked(self):
        self.assertEqual(self.seen["problems"], [])

    def test_every_image_is_there(self):
        self.assertEqual(len(self.seen["images"]), 9)
        for image in self.seen["images"]:
            self.assertGreater(image["width"], 500, image["alt"])

    def test_the_probe_notices_a_broken_page(self):
        self.assertTrue(any("thereIsNoSuchFunction" in problem for problem in self.seen_broken["problems"]))
        self.assertIn({"alt": "broken", "width": 0}, self.seen_broken["images"])

    def test_texts_are_those_of_the_summary(self):
        shown = dict(self.seen["texts"])
        means = self.summary["means"]
        self.assertEqual(shown["means.relative_error"], f"{means['relative_error']:.2%}")
        self.assertEqual(shown["means.exact_relative_error"], f"{means['exact_relative_error']:.2%}")
        self.assertEqual(shown["means.posterior_std"], f"{means['posterior_std']:.4f}")
        self.assertEqual(shown["means.exact_std"], f"{means['exact_std']:.4f}")
        self.assertEqual(shown["sizes.samples"], f"{self.summary['sizes']['samples']:,}")
        for key in ("study", "scorefem_version", "git_hash", "date", "configuration"):
            self.assertEqual(shown[key], self.summary[key])

    def test_tables_sort_both_ways(self):
        self.assertEqual(len(self.seen["sorted"]), 14)
        for column in self.seen["sorted"]:
            key = str if column["name"] == "Wall" else as_number
            self.assertEqual([key(text) for text in column["ascending"]], sorted(map(key, column["ascending"])))
            self.assertEqual([key(text) for text in column["descending"]],
                             sorted(map(key, column["ascending"]), reverse=True))

    def test_fits_the_window(self):
        self.assertEqual(self.seen["overflow"], 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
