"""Paper, Fig. 1: the family of variance-preserving kernels."""

import numpy as np

from plotting import style

EXPONENTS = (0.5, 1, 2, 3, 5)


def stddev(mean, k):
    """s of the kernel whose mean is m x_0, in [0, 1]: s = (1 - m^k)^(1/k) (paper, Eqs. 13 and 14)."""
    return (1 - mean**k) ** (1 / k)


def kernel_family():
    figure, axes = style.plt.subplots(figsize=(5.6, 3.8))
    mean = np.linspace(0, 1, 801)
    for k, colour, dash in zip(EXPONENTS, style.sequence(len(EXPONENTS)), style.DASHES):
        label = f"$k = {k:g}$" + {1: ", straight path", 2: ", well-known VP"}.get(k, "")
        axes.plot(mean, stddev(mean, k), color=colour, linestyle=dash, label=label)
    axes.set_aspect("equal")
    axes.set_xlabel("mean $m$ (-)")
    axes.set_ylabel("standard deviation $s$ (-)")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0)
    return figure
