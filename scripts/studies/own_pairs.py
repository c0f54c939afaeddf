#!/usr/bin/python3
"""The example of inputs/own_pairs.md: plays the program that made the pairs, and knows the exact posteriors.

own_pairs.py make DIR [--pairs N]               writes train.csv, test.csv and patients.csv
own_pairs.py compare DIR [--results FOLDER]     reads patients.h5, writes posteriors.png, table.csv and table.md, by default to DIR
own_pairs.py all DIR [--results FOLDER]         both, and what `scorefem` does in between; --set as for `scorefem run`
"""
import argparse
import csv
import pathlib
import subprocess

import numpy as np

DOSE = 500.0  # mg
HOURS = np.array([1.0, 2.0, 4.0, 8.0, 12.0])
BOUNDS = np.array([[0.05, 0.6], [10.0, 60.0]])  # of elimination rate (1/h) and volume (l)
SCATTER = 0.2  # standard deviation of a logarithm
MISSING = 0.2  # share of blood samples
UNKNOWNS = ["elimination_rate", "volume"]
COLUMNS = ["patient", "blood samples", "unknown", "learnt mean", "learnt sd", "exact mean", "exact sd", "error of the mean / exact sd",
           "sd / exact sd"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIG = ROOT / "inputs" / "own_pairs.yaml"
OBSERVATIONS = [f"log_c_{hour:.0f}h" for hour in HOURS]


def log_concentration(unknowns):
    """[n, hours] for unknowns [n, 2]: one compartment, injected at once."""
    return np.log(DOSE / unknowns[:, 1:]) - unknowns[:, :1] * HOURS


def draw(n, random):
    """Unknowns [n, 2], uniform within the bounds, and measurements [n, hours] with NaN where one is missing."""
    unknowns = random.uniform(BOUNDS[:, 0], BOUNDS[:, 1], size=(n, 2))
    measured = log_concentration(unknowns) + SCATTER * random.standard_normal((n, len(HOURS)))
    measured[random.uniform(size=measured.shape) < MISSING] = np.nan
    return unknowns, measured


def exact_posterior(measured, n=300):
    """Grid points of both unknowns [n] and the posterior's probabilities [n, n] for one measurement."""
    axes = [low + (high - low) * (np.arange(n) + 0.5) / n for low, high in BOUNDS]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    there = np.isfinite(measured)
    misfit = (measured[there] - log_concentration(grid)[:, there]) / SCATTER
    logarithm = -0.5 * (misfit**2).sum(axis=1)
    weights = np.exp(logarithm - logarithm.max()).reshape(n, n)
    return axes, weights / weights.sum()


def moments(axes, weights):
    """Mean [2] and standard deviation [2] of a posterior on a grid."""
    marginals = weights.sum(axis=1), weights.sum(axis=0)
    mean = np.array([axis @ share for axis, share in zip(axes, marginals)])
    square = np.array([axis**2 @ share for axis, share in zip(axes, marginals)])
    return mean, np.sqrt(square - mean**2)


def write_csv(path, header, rows):
    lines = [",".join("" if value != value else f"{value:.9g}" for value in row) for row in rows]
    path.write_text("\n".join(([",".join(header)] if header else []) + lines) + "\n", encoding="utf-8")


def make(folder, n_pairs):
    random = np.random.default_rng(2024)
    folder.mkdir(parents=True, exist_ok=True)
    for name, n in (("test", 200), ("train", n_pairs)):
        write_csv(folder / f"{name}.csv", UNKNOWNS + OBSERVATIONS, np.hstack(draw(n, random)))
    truth = np.array([[0.15, 20.0], [0.3, 30.0], [0.5, 50.0]])
    measured = log_concentration(truth) + SCATTER * random.standard_normal((3, len(HOURS)))
    measured[1, [1, 3]] = np.nan
    measured[2, 1:] = np.nan  # one blood sample: a ridge
    write_csv(folder / "patients.csv", None, measured)


def write_table(folder, rows):
    with open(folder / "table.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (COLUMNS, ["---"] * len(COLUMNS), *rows)]
    (folder / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def compare(folder, results):
    import h5py  # pylint: disable=import-outside-toplevel
    import matplotlib  # pylint: disable=import-outside-toplevel
    matplotlib.use("Agg")
    from matplotlib import pyplot  # pylint: disable=import-outside-toplevel
    with h5py.File(folder / "patients.h5") as file:
        samples, measured = file["samples"][:].astype(float), file["measurement"][:]
    figure, plots = pyplot.subplots(1, len(samples), figsize=(4 * len(samples), 3.6), constrained_layout=True)
    table = []
    for i, plot in enumerate(plots):
        axes, weights = exact_posterior(measured[i])
        levels = np.sort(weights.ravel())[::-1]
        heights = [levels[np.searchsorted(np.cumsum(levels), share)] for share in (0.95, 0.68)]
        plot.scatter(samples[i, :, 0], samples[i, :, 1], s=2, color="C0", alpha=0.4, label="learnt samples")
        plot.contour(axes[0], axes[1], weights.T, levels=heights, colors="black", linewidths=1)
        plot.plot([], [], color="black", label="exact, 68 and 95 %")
        plot.set(xlim=BOUNDS[0], ylim=BOUNDS[1], xlabel="elimination rate (1/h)",
                 title=f"{np.isfinite(measured[i]).sum()} of {len(HOURS)} blood samples")
        mean, sd = moments(axes, weights)
        learnt_mean, learnt_sd = samples[i].mean(axis=0), samples[i].std(axis=0)
        for j, name in enumerate(UNKNOWNS):
            numbers = (learnt_mean[j], learnt_sd[j], mean[j], sd[j])
            table.append([i + 1, int(np.isfinite(measured[i]).sum()), name, *(f"{number:.4g}" for number in numbers),
                          f"{(learnt_mean[j] - mean[j]) / sd[j]:+.3f}", f"{learnt_sd[j] / sd[j]:.3f}"])
    plots[0].set_ylabel("volume (l)")
    plots[0].legend(loc="lower right", fontsize=8)
    results.mkdir(parents=True, exist_ok=True)
    figure.savefig(results / "posteriors.png", dpi=120, metadata={"Software": None})
    write_table(results, table)


def run_all(arguments):
    def scorefem(command, *words):
        settings = [part for value in arguments.set for part in ("--set", value)]
        subprocess.run([arguments.program, command, CONFIG, *words, *settings], check=True)

    folder = arguments.folder
    make(folder, arguments.pairs)
    scorefem("import", "--pairs", folder / "train.csv", "--test", folder / "test.csv", "--output", folder)
    scorefem("run", "--output", folder)
    scorefem("infer", "--run", folder, "--measurement", folder / "patients.csv", "--output", folder / "patients.h5")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "compare", "all"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=20000, help="for training; default: 20,000")
    parser.add_argument("--results", type=pathlib.Path, help="folder of table and figure; default: DIR")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build" / "scorefem")
    parser.add_argument("--set", action="append", default=[], metavar="a.b.c=value", help="of `all`, for every command")
    arguments = parser.parse_args()
    if arguments.what == "make":
        make(arguments.folder, arguments.pairs)
        return
    if arguments.what == "all":
        run_all(arguments)
    compare(arguments.folder, arguments.results or arguments.folder)


if __name__ == "__main__":
    main()
