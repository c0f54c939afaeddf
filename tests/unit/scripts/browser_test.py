"""Opens the report in headless Chromium: script errors, missing images, texts against summary.json, sorting, dark mode, print.

usage: browser_test.py PROGRAM_SCRIPTS RESPONSE_CSV
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

from report_texts import check_texts
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
  const cell = (holder) => {
    const value = holder.querySelector("[data-value]");
    return value ? Number(value.dataset.value) : holder.textContent.trim();
  };
  const column = (table, index) => Array.from(table.tBodies[0].rows, (row) => cell(row.cells[index]));
  const colours = (selector) => {
    const style = getComputedStyle(document.querySelector(selector));
    return [style.color, style.backgroundColor];
  };
  // The page as with that media query's rules: "print", "dark".
  const look = (query) => {
    const rules = Array.from(document.styleSheets).flatMap((sheet) => Array.from(sheet.cssRules))
                      .filter((rule) => rule.media && rule.media.mediaText.includes(query));
    const before = rules.map((rule) => rule.media.mediaText);
    for (const rule of rules) rule.media.mediaText = "all";
    const found = {rules: rules.length, page: colours("body"), notice: colours(".notice"), head: colours("th"), link: colours("main .learnt"),
                   navigation: getComputedStyle(document.querySelector("nav")).display,
                   figure: getComputedStyle(document.querySelector("figure")).breakInside};
    rules.forEach((rule, i) => { rule.media.mediaText = before[i]; });
    return found;
  };
  const sorted = [];
  for (const table of document.querySelectorAll("table.sortable")) {
    Array.from(table.tHead.rows[0].cells).forEach((header, index) => {
      const button = header.querySelector("button");
      button.click();
      const ascending = column(table, index);
      button.click();
      sorted.push({table: table.tHead.textContent, name: button.textContent, ascending, descending: column(table, index)});
    });
  }
  const result = {
    problems,
    images: Array.from(document.images, (image) => ({alt: image.alt, width: image.complete ? image.naturalWidth : 0})),
    texts: Array.from(document.querySelectorAll("[data-key]"),
                      (element) => [element.dataset.key, element.dataset.value ?? null, element.textContent]),
    light: look("no such query"), dark: look("dark"), print: look("print"),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    sorted,
  };
  const output = document.createElement("pre");
  output.id = "probe";
  output.textContent = JSON.stringify(result);
  document.body.append(output);
});
</script>"""


def chromium(page, profile, *options):
    command = [CHROMIUM, "--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
               f"--user-data-dir={profile}", "--virtual-time-budget=10000", "--window-size=1200,900", *options, page.as_uri()]
    if os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # Chromium's sandbox refuses root
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def open_in_browser(page, profile):
    dump = chromium(page, profile, "--dump-dom")
    found = re.search(r'<pre id="probe">(.*?)</pre>', dump.stdout, re.DOTALL)
    if not found:
        raise AssertionError(f"the page did not load in {CHROMIUM}:\n{dump.stderr[-2000:]}")
    return json.loads(html.unescape(found.group(1)))


def luminance(colour):
    """Relative, as the web's accessibility guidelines define it, of an opaque rgb(r, g, b)."""
    channels = [int(channel) / 255 for channel in re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", colour).groups()]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def in_order(text):
    """Numbers in texts by their size: lower 2 before lower 10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", text.casefold()) if part]


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
            chromium(output / "report.html", output / "profile", f"--print-to-pdf={output / 'report.pdf'}")
            cls.printed = (output / "report.pdf").read_bytes()
            # The same page with an error in its script and a broken image: the probe must notice both.
            broken = text.replace("<head>", "<head>" + LISTEN, 1).replace("</body>", "<img alt='broken' src='data:image/png;base64,AAAA'>"
                                  "<script>thereIsNoSuchFunction();</script>" + PROBE + "</body>")
            probed.write_text(broken, encoding="utf-8")
            cls.seen_broken = open_in_browser(probed, output / "profile")

    def test_no_script_error_and_nothing_blocked(self):
        self.assertEqual(self.seen["problems"], [])

    def test_every_image_is_there(self):
        self.assertEqual(len(self.seen["images"]), 10)
        for image in self.seen["images"]:
            self.assertGreater(image["width"], 500, image["alt"])

    def test_the_probe_notices_a_broken_page(self):
        self.assertTrue(any("thereIsNoSuchFunction" in problem for problem in self.seen_broken["problems"]))
        self.assertIn({"alt": "broken", "width": 0}, self.seen_broken["images"])

    def test_every_text_is_that_of_the_summary(self):
        shown = check_texts(self, self.summary, self.seen["texts"])
        for group in ("means", "standard_errors", "sizes", "stage_seconds", "training", "noise"):
            for name in self.summary[group]:
                self.assertIn(f"{group}.{name}", shown)
        for key in ("study", "scorefem_version", "git_hash", "date", "configuration", "outside_support"):
            self.assertIn(key, shown)

    def test_tables_sort_both_ways(self):
        tables = {column["table"] for column in self.seen["sorted"]}
        self.assertEqual(len(tables), 5, tables)  # gates, measures, observations there, unknowns, stages
        for column in self.seen["sorted"]:
            for order, descending in (("ascending", False), ("descending", True)):
                numbers = [value for value in column[order] if not isinstance(value, str)]
                texts = [value for value in column[order] if isinstance(value, str)]
                self.assertEqual(column[order], numbers + texts, "missing numbers are last")
                self.assertEqual(numbers, sorted(numbers, reverse=descending), column["name"])
                if not numbers:
                    self.assertEqual(texts[:1], [(max if descending else min)(texts, key=in_order)], column["name"])

    def test_dark_mode_can_be_read(self):
        light, dark = self.seen["light"], self.seen["dark"]
        self.assertEqual((light["rules"], dark["rules"]), (0, 1))
        self.assertGreater(luminance(light["page"][1]), 0.9)
        self.assertLess(luminance(dark["page"][1]), 0.05)
        for look in (light, dark):
            for part in ("page", "notice", "head"):
                self.assertGreater(contrast(*look[part]), 4.5, part)
            self.assertGreater(contrast(look["link"][0], look["page"][1]), 4.5)

    def test_prints_dark_on_white_without_navigation(self):
        look = self.seen["print"]
        self.assertEqual(look["rules"], 1)
        self.assertEqual((look["navigation"], look["figure"]), ("none", "avoid"))
        self.assertEqual(look["page"], ["rgb(0, 0, 0)", "rgb(255, 255, 255)"])
        self.assertTrue(self.printed.startswith(b"%PDF"))
        self.assertGreater(len(re.findall(rb"/Type */Page\b", self.printed)), 4)

    def test_fits_the_window(self):
        self.assertEqual(self.seen["overflow"], 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
