"""One look for all figures: sizes, colours (safe for colour-blind readers), labels with units, saving."""

import os
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402  (the backend comes first)
from matplotlib.mathtext import MathTextParser  # noqa: E402

# Okabe and Ito's palette; the same meaning has the same colour and dash everywhere.
LEARNT = "#0072B2"
EXACT = "#D55E00"
GAUSSIAN = "#009E73"
TRUTH = "#000000"
PRIOR = "#6B6B6B"
VALIDATION = "#E69F00"
OFF = "#E8112D"
CONCENTRATION_MAP = "cividis"

# The paper's problem is stated without physical units; labels name the quantity that carries them.
LENGTH = "length units"
FLUX = "flux $q$ (flux units)"
CONCENTRATION = "concentration $c$\n(conc. units)"

_SETTINGS = {
    "figure.dpi": 150,
    "savefig.dpi": 150,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.5,
}


# Of curves that form a sequence, besides their colours.
DASHES = ("-", (0, (5, 1.5)), "-.", (0, (3, 1, 1, 1, 1, 1)), ":")


def sequence(count):
    """Colours of ordered curves, dark to light, all of which show on white."""
    return [plt.get_cmap(CONCENTRATION_MAP)(share) for share in ([0.4] if count == 1 else [0.85 * i / (count - 1) for i in range(count)])]


def in_percent(share, _position=None):
    """Tick label of a share, for set_major_formatter."""
    return f"{100 * share:g}"


def apply():
    plt.rcParams.update(_SETTINGS)


def _is_drawable(text):
    """Whether Matplotlib can draw a text: what is between dollars has to be mathematics that it knows."""
    try:
        MathTextParser("agg").parse(text)
        return True
    except ValueError:
        return False


def draw_as_they_are(texts):
    """Users' names may hold dollars that are no mathematics, or LaTeX that Matplotlib does not know: all dollars are then drawn as such."""
    if not all(_is_drawable(text) for text in texts if "$" in text):
        plt.rcParams["text.parse_math"] = False


def note(figure, text):
    """Small print in the lower right corner: how the figure was made."""
    figure.supxlabel(text, x=0.995, ha="right", fontsize=6.5, color="0.4")


def save(figure, folder, name):
    """Writes folder/name.png and .pdf, each under a temporary name first; returns the PNG's path."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if figure.get_layout_engine():
        figure.get_layout_engine().execute(figure)  # once for both files: it takes longer than drawing them
        figure.set_layout_engine("none")
    for suffix in ("pdf", "png"):
        target = folder / f"{name}.{suffix}"
        temporary = folder / f".{name}.{os.getpid()}.{suffix}"
        # No creation date: the same data give the same file.
        figure.savefig(temporary, metadata={"CreationDate": None} if suffix == "pdf" else {"Software": None})
        temporary.replace(target)
    plt.close(figure)
    return target
