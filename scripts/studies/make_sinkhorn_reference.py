#!/usr/bin/python3
"""Writes tests/data/sinkhorn_*.csv: samples of two distributions, and their entropic transport cost by POT
(Python Optimal Transport, python3-pot), which tests/unit/diffusion/sinkhorn_test.cc is compared with."""

import argparse
from pathlib import Path

import numpy as np
import ot

DATA = Path(__file__).resolve().parents[2] / "tests" / "data"
REGULARISATIONS = (0.01, 0.1)


def transport_cost(x, y, regularisation):
    distance = np.abs(x[:, None] - y[None, :])
    plan = ot.bregman.sinkhorn_log(np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y)), distance, regularisation,
                                   numItermax=200000, stopThr=1e-11)
    return (plan * distance).sum()


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    random = np.random.default_rng(20)
    x = np.concatenate([random.normal(-1, 0.2, 70), random.normal(1, 0.3, 50)])
    y = np.concatenate([random.normal(-0.9, 0.25, 40), random.normal(1.1, 0.3, 60)])
    rows = [f"{regularisation},{transport_cost(x, y, regularisation):.12f}" for regularisation in REGULARISATIONS]
    header = "# made by scripts/studies/make_sinkhorn_reference.py with POT " + ot.__version__ + "\n"
    for name, lines in (("x", [f"{v:.17g}" for v in x]), ("y", [f"{v:.17g}" for v in y]), ("cost", rows)):
        (DATA / f"sinkhorn_{name}.csv").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
