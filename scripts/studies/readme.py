"""Tables in README.md that scripts write, each between two marks:

<!-- NAME table: the command that writes it -->
<!-- end of the NAME table -->
"""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def _match(name, text):
    block = re.search(rf"<!-- {name} table: [^\n]*-->\n(.*?)<!-- end of the {name} table -->\n", text, re.DOTALL)
    if not block:
        raise ValueError(f"README.md: expected the marks '<!-- {name} table: ... -->' and '<!-- end of the {name} table -->'")
    return block


def table(name):
    """What stands between the marks now."""
    return _match(name, README.read_text(encoding="utf-8"))[1]


def write_table(name, text):
    """Replaces it by the rows of `text`, its lines that begin with |."""
    readme = README.read_text(encoding="utf-8")
    begin, end = _match(name, readme).span(1)
    rows = "".join(line + "\n" for line in text.splitlines() if line.startswith("|"))
    README.write_text(readme[:begin] + rows + readme[end:], encoding="utf-8")
