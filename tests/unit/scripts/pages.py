"""Reads pages of HTML as tests look at them."""

import html.parser


class Page(html.parser.HTMLParser):
    """Collects the texts and values of elements with data-key, all links and sources, and the tables' rows."""

    def __init__(self, text):
        super().__init__()
        self.keyed, self.references, self.rows = [], [], []
        self._open = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.references += [attributes[name] for name in ("src", "href", "action", "data", "srcset") if name in attributes]
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
        if "data-key" in attributes:
            self._open = [attributes["data-key"], attributes.get("data-value"), ""]
            self.keyed.append(self._open)

    def handle_data(self, data):
        if self._open:
            self._open[2] += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag):
        self._open = None
