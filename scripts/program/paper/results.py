"""The stored numbers of an output folder, as the claims need them."""

import numpy as np

from paper import catalogue as paper
from plotting import densities, outputs, run_files, tables


class Run:
    """One posterior: its metrics per segment and its summary."""

    def __init__(self, folder):
        self.metrics = tables.read_metrics(folder)
        self.summary = tables.read_summary(folder)

    def mean(self, name):
        """Of a column of the metrics, over all segments; NaN where it is not known."""
        value = self.summary["means"].get(name)
        return np.nan if value is None else value

    @property
    def error(self):
        return self.mean("relative_error")

    @property
    def standard_error(self):
        return self.summary["standard_errors"]["relative_error"] or 0.0

    @property
    def epochs(self):
        return self.summary["training"]["epochs"]

    def column(self, name, wall):
        """[segments of the wall], from inflow to outflow."""
        rows = np.array([group == wall for group in self.metrics["group"]])
        return self.metrics[name][rows]


class Results:
    """Reads on demand; raises OutputError naming the file when a run is missing."""

    def __init__(self, folder, catalogue):
        self.folder, self.catalogue = folder, catalogue
        self._runs = {}

    def run(self, study, noise, sampler="ode"):
        key = paper.posterior_folder(study, noise, sampler)
        if key not in self._runs:
            self._runs[key] = Run(self.folder / key)
        return self._runs[key]

    def levels(self, study):
        """The runs at all noise levels that the budget has for the study, lowest first."""
        return [self.run(study, noise) for noise in self.catalogue.levels(study)]

    def pairs(self, study, other):
        """The runs of two studies at each noise level that both have, lowest first."""
        levels = [noise for noise in self.catalogue.levels(study) if noise in self.catalogue.levels(other)]
        return [(self.run(study, noise), self.run(other, noise)) for noise in levels]

    def dataset(self, study, *names):
        """Arrays of a data set, given as (name, rank)."""
        with outputs.Hdf5(run_files.require_file(self.folder, paper.dataset(study), "generate")) as data:
            return [data.array(name, rank) for name, rank in names]

    def discretisation_error(self, study):
        with outputs.Hdf5(run_files.require_file(self.folder, paper.dataset(study), "generate")) as data:
            return float(data.text("discretisation_error"))

    def problem(self, study):
        return outputs.read_problem((self.folder / paper.dataset(study)).parent)

    def error_without_information(self, study):
        """Of the prior's mean, over the mean flux, for the measurements that were sampled: what an uninformative
        measurement leads to."""
        (flux,) = self.dataset(study, ("test/unknowns", 2))
        sampled = self.levels(study)[0].summary["sizes"]["measurements"]
        return np.abs(flux[:sampled] - flux.mean(axis=0)).mean() / flux.mean()

    def transport_costs(self):
        """(process, sampler, density) -> cell of table2.json."""
        return densities.read_table(self.folder / "densities")[1]

    def joint_density(self, name):
        return densities.Reference(self.folder / "densities", name)
