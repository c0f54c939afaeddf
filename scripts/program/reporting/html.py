"""Small pieces of HTML; all text is escaped here and nowhere else."""

import base64
from html import escape

NOT_AVAILABLE = "–"


def element(tag, content, **attributes):
    """`content` is HTML already; attribute names may end in an underscore (class_) and use _ for -."""
    text = "".join(f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for name, value in attributes.items())
    return f"<{tag}{text}>{content}</{tag}>"


def number(value, pattern, key=None):
    """A number as `pattern` formats it, e.g. "{:.1%}", with its full value and its key in summary.json beside it."""
    if not isinstance(value, (int, float)) or value != value:
        return element("span", NOT_AVAILABLE, class_="none")
    attributes = {"data_value": repr(value)}
    if key:
        attributes["data_key"] = key
    return element("span", escape(pattern.format(value)), **attributes)


def table(header, rows, sortable=False, class_="plain"):
    """`rows` hold cells of HTML; a sortable table sorts by its cells' data-value, else by their text."""
    head = "".join(element("th", element("button", escape(name), type="button") if sortable else escape(name), scope="col")
                   for name in header)
    body = "".join("<tr>" + "".join(element("td", cell) for cell in row) + "</tr>\n" for row in rows)
    content = f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>"
    return element("div", element("table", content, class_=f"sortable {class_}" if sortable else class_), class_="scroll")


def figure(name, title, caption, png):
    """A PNG file embedded as data; `title` and `caption` are text."""
    source = "data:image/png;base64," + base64.b64encode(png.read_bytes()).decode("ascii")
    image = f'<img src="{source}" alt="{escape(title)}">'
    text = element("figcaption", element("strong", escape(title)) + " " + escape(caption))
    return element("figure", image + text, id=name)
