"""Paper 6.1: joint densities (Fig. 2), conditional histograms (Figs. 3 and 4) and Table 2."""

import json

import numpy as np

from plotting import style
from plotting.outputs import Hdf5
from plotting.run_files import OutputError, require_file

DENSITIES = {"tanh": "Tanh", "bimodal": "Bimodal", "spiral": "Spiral"}
PROCESSES = {"variance_exploding": "Variance exploding", "variance_preserving": "Variance preserving"}
SAMPLERS = {"ode": "ODE", "sde": "SDE"}

# What a histogram shows of a long tail: the rest is beyond the axes' end.
_SHOWN = (0.001, 0.999)
_BINS = 60


def read_table(folder):
    """table2.json, and its cells by (process, sampler, density)."""
    path = require_file(folder, "table2.json", "densities")
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return table, {(cell["process"], cell["sampler"], cell["density"]): cell for cell in table["cells"]}
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{path}: expected JSON with a list of 'cells' ({error!r})") from error


class Reference:
    """Conditioning values y [n], the reference samples of each, and the joint density [x, y] on its grid."""

    def __init__(self, folder, density):
        with Hdf5(require_file(folder, f"reference_{density}.h5", "densities")) as file:
            self.y = file.array("y", 2)[0]
            self.x = [file.array(f"x_{i}", 2)[0] for i in range(len(self.y))]
            self.grid_x, self.grid_y = file.array("grid_x", 2)[0], file.array("grid_y", 2)[0]
            self.density = file.array("joint_density", 2)


def _read_samples(folder, density, process, seed):
    """Sampler -> samples [n_conditioning, n_samples] of one model."""
    with Hdf5(require_file(folder, f"samples/{density}_{process}_{seed}.h5", "densities")) as file:
        return {sampler: file.array(sampler, 2) for sampler in SAMPLERS}


def read_all_samples(folder, seed):
    """Process -> density -> sampler -> samples of one training."""
    return {process: {density: _read_samples(folder, density, process, seed) for density in DENSITIES} for process in PROCESSES}


def joint_densities(references):
    """Contours of p(x, y); dashed lines at the values of y that are conditioned on (paper, Fig. 2)."""
    figure, panels = style.plt.subplots(1, len(references), figsize=(3.4 * len(references), 3.1), squeeze=False)
    for axes, (name, reference) in zip(panels[0], references.items()):
        # The bimodal density and the edge of Tanh are steep: levels follow the bulk, not the peak.
        top = np.quantile(reference.density, 0.995)
        contours = axes.contourf(reference.grid_y, reference.grid_x, reference.density, np.linspace(0, top, 13),
                                 cmap=style.CONCENTRATION_MAP, extend="max")
        for y in reference.y:
            axes.axvline(y, color="white", linewidth=0.9, linestyle=(0, (3, 2)))
        axes.grid(False)
        axes.set_title(DENSITIES[name])
        axes.set_xlabel("$y$ (-)")
        figure.colorbar(contours, ax=axes, label="$p(x, y)$ (-)" if axes is panels[0, -1] else None, format="{x:.2g}")
    panels[0, 0].set_ylabel("$x$ (-)")
    return figure


def conditional_histograms(references, samples, process):
    """Rows densities, columns conditioning values: samples of both samplers over the reference (paper, Figs. 3, 4). `samples`: of
    all processes, which share their limits."""
    columns = max(len(reference.y) for reference in references.values())
    figure, panels = style.plt.subplots(len(references), columns, squeeze=False,
                                        figsize=(2.5 * columns, 2.1 * len(references) + 0.4))
    for row, (name, reference) in zip(panels, references.items()):
        for axes in row[len(reference.y):]:
            axes.set_axis_off()
        for i, (axes, y) in enumerate(zip(row, reference.y)):
            bins = np.linspace(*np.quantile(reference.x[i], _SHOWN), _BINS + 1)
            axes.hist(reference.x[i], bins, density=True, color="#BDBDBD", label="reference")
            for sampler, colour in (("sde", style.LEARNT), ("ode", style.EXACT)):
                axes.hist(samples[process][name][sampler][i], bins, density=True, histtype="step", color=colour,
                          linewidth=1.1, label=f"learnt, {SAMPLERS[sampler]}")
            shown = [reference.x[i], *(one[name][sampler][i] for one in samples.values() for sampler in SAMPLERS)]
            axes.set_ylim(0, 1.05 * max(np.histogram(values, bins, density=True)[0].max() for values in shown))
            axes.set_title(f"$y = {y:g}$", fontweight="normal")
        row[0].set_ylabel(f"{DENSITIES[name]}\n$p(x\\,|\\,y)$ (-)")
    for axes in panels[-1]:
        axes.set_xlabel("$x$ (-)")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper right", ncol=3)
    figure.suptitle(PROCESSES[process], x=0.01, ha="left", fontweight="bold")
    return figure


def table_text(table, cells, reference_sizes):
    """Table 2 in Markdown: each entry ours with its spread, the floor and the paper's value. `reference_sizes`: smallest and
    largest number of values in a reference set."""
    trainings = len(table["seeds"])
    lines = [f"# Table 2: transport cost between samples and reference ({table['study']})", "",
             "| process | sampler | " + " | ".join(DENSITIES.values()) + " |",
             "|---|---|" + "---|" * len(DENSITIES)]
    for process, process_label in PROCESSES.items():
        for sampler, sampler_label in SAMPLERS.items():
            entries = []
            for density in DENSITIES:
                cell = cells[process, sampler, density]
                spread = f" ± {cell['spread']:.4f}" if cell["spread"] is not None else ""
                entries.append(f"{cell['cost']:.4f}{spread} (floor {cell['floor']:.4f}, paper {cell['paper']:.3f})")
            lines.append(f"| {process_label} | {sampler_label} | " + " | ".join(entries) + " |")
    better = sum(cell["cost"] <= cell["paper"] for cell in cells.values())
    lines += ["", f"{better} of {len(cells)} entries are at or below the paper's. Each is the mean over {trainings} "
              f"training{'s' if trainings > 1 else ''} of {table['epochs']} epochs"
              f"{', ± their standard deviation' if trainings > 1 else ''}, averaged over the conditioning values as in "
              f"the paper. A cell compares {table['samples']:,} generated samples with a reference set: the x of those of "
              f"{table['test']:,} pairs whose y is in a band of width {table['band_width']:g} around the conditioning value, "
              f"{reference_sizes[0]:,} to {reference_sizes[1]:,} values. The floor is the cost between two such sets, drawn "
              "independently: what a perfect model would have with as many samples as the set, and a little more than it has "
              "with more samples than that.", "",
              f"ScoreFEM {table['scorefem_version']} ({table['git_hash']}), {table['date']}, configuration:", "",
              "```yaml", table["configuration"].rstrip(), "```", ""]
    return "\n".join(lines)


def write_table(folder):
    """Writes table2.md from table2.json; returns its path."""
    target = folder / "table2.md"
    temporary = folder / ".table2.md.tmp"
    sizes = [len(x) for density in DENSITIES for x in Reference(folder, density).x]
    temporary.write_text(table_text(*read_table(folder), (min(sizes), max(sizes))), encoding="utf-8")
    temporary.replace(target)
    return target


def draw(folder):
    """Draws all figures, of the first training's models, into folder/figures; returns the paths of the PNGs."""
    style.apply()
    table, _ = read_table(folder)
    references = {density: Reference(folder, density) for density in DENSITIES}
    paths = [style.save(joint_densities(references), folder / "figures", "joint_densities")]
    samples = read_all_samples(folder, table["seeds"][0])
    for process in PROCESSES:
        figure = conditional_histograms(references, samples, process)
        paths.append(style.save(figure, folder / "figures", f"conditional_{process}"))
    return paths
