"""Tables in pages that scripts write, each between two marks:

<!-- NAME table: the command that writes it -->
<!-- end of the NAME table -->
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {"quickstart": ROOT / "README.md", "posterior": ROOT / "results" / "README.md",
         "paper": ROOT / "results" / "paper" / "README.md"}


def _match(name, text):
    block = re.search(rf"<!-- {name} table: [^\n]*-->\n(.*?)<!-- end of the {name} table -->\n", text, re.DOTALL)
    if not block:
        raise ValueError(f"{PAGES[name]}: expected the marks '<!-- {name} table: ... -->' and "
                         f"'<!-- end of the {name} table -->'")
    return block


def table(name):
    """What stands between the marks now."""
    return _match(name, PAGES[name].read_text(encoding="utf-8"))[1]


def write_table(name, text):
    """Replaces it by the rows of `text`, its lines that begin with |."""
    page = PAGES[name].read_text(encoding="utf-8")
    begin, end = _match(name, page).span(1)
    rows = "".join(line + "\n" for line in text.splitlines() if line.startswith("|"))
    PAGES[name].write_text(page[:begin] + rows + page[end:], encoding="utf-8")
