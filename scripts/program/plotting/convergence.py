"""Error of the forward model's observations against the degrees of freedom and against the time of a sample."""

import numpy as np

from plotting import style

_AXES = (("unknowns", "degrees of freedom"), ("sample_seconds", "time of a sample (s)"))


def convergence(table):
    figure, panels = style.plt.subplots(1, 2, figsize=(7.4, 3.2), sharey=True)
    shown = table["error"] > 0  # an error of 0 has no place on a logarithmic axis
    for panel, (column, label) in zip(panels, _AXES):
        panel.loglog(table[column][shown], table["error"][shown], color=style.LEARNT, marker="o", linestyle="none")
        panel.set_xlabel(label)
    for x, error, degree in zip(table["unknowns"][shown], table["error"][shown], table["degree"][shown]):
        panels[0].annotate(f"Q{int(degree)}", (x, error), textcoords="offset points", xytext=(5, 3), fontsize=8)
    panels[0].set_ylabel("largest error of an observation,\nrelative to the largest one")
    top = np.nanmax(table["error"])
    panels[0].set_ylim(top=10 * top if top > 0 else None)
    return figure
