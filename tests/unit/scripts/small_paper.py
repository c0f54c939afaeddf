"""Fills a folder as `scorefem reproduce` at budget smoke would, from small synthetic runs."""

import json
import sys

import h5py
import numpy as np

from small_run import write_small_run

#: Figures that the paper compares with others.
COMPARED = {"fig08": ["fig09"], "fig09": ["fig08"], "fig10": ["fig11"], "fig11": ["fig10"], "fig14": ["fig08"],
            "fig17": ["fig08", "fig18"], "fig18": ["fig09", "fig17"], "fig19": ["fig10", "fig20"], "fig20": ["fig11", "fig19"]}


def _write_densities(folder):
    folder.mkdir()
    (folder / "samples").mkdir()
    rng = np.random.default_rng(3)
    names, processes, samplers = ("tanh", "bimodal", "spiral"), ("variance_exploding", "variance_preserving"), ("ode", "sde")
    grid = np.linspace(-4, 4, 41)
    for name in names:
        with h5py.File(folder / f"reference_{name}.h5", "w") as file:
            file["y"] = [[-0.5, 0.5]]
            file["x_0"], file["x_1"] = rng.standard_normal((1, 300)), rng.standard_normal((1, 200))
            file["grid_x"], file["grid_y"] = grid[None], grid[None]
            file["joint_density"] = np.exp(-0.5 * (grid[:, None] ** 2 + grid[None] ** 2)) / (2 * np.pi)
        for process in processes:
            with h5py.File(folder / "samples" / f"{name}_{process}_1.h5", "w") as file:
                for sampler in samplers:
                    file[sampler] = rng.standard_normal((2, 250))
    cells = [{"process": p, "sampler": s, "density": d, "cost": 0.05 if p == "variance_exploding" else 0.04, "paper": 0.05}
             for p in processes for s in samplers for d in names]
    table = {"study": "small", "seeds": [1], "epochs": 5, "trainings": 1, "scorefem_version": "0.1.0", "git_hash": "0123456789ab",
             "date": "2024-05-06T07:08:09Z", "cells": cells}
    (folder / "table2.json").write_text(json.dumps(table), encoding="utf-8")


def write_small_paper(folder, catalogue, response_csv):
    """Everything that the figures and claims of the catalogue's budget need. With noise, the linear problem's exact posteriors are
    references, without in closed form; the reaction problem's have references alone."""
    for problem in ("linear", "masks", "reaction"):
        write_small_run(folder / "data" / problem, response_csv, masks=problem == "masks")
    for study in catalogue.studies:
        for noise in catalogue.levels(study):
            without_noise = None if study.startswith("reaction") else "closed_form"
            write_small_run(folder / "posteriors" / study / noise / "ode", response_csv, masks=study.startswith("masks"),
                            exact=without_noise if noise == "0" else "reference")
    _write_densities(folder / "densities")


def use_scripts(folder):
    """Makes the packages of the scripts that the program starts, and the studies' modules, importable."""
    sys.path[:0] = [str(folder / "program"), str(folder / "studies")]
