"""What `scorefem reproduce` can make, from inputs/paper/ and catalogue.yaml, and which files of the output folder each needs.

Layout of the output folder, all paths relative to it:
    data/PROBLEM/dataset.h5                     one data set serves every noise level and process
    references/PROBLEM/NOISE/reference.h5       the exact posteriors serve every process and sampler
    models/STUDY/NOISE/model.pt                 one model serves every sampler
    posteriors/STUDY/NOISE/SAMPLER/metrics.csv  the posterior's samples and what `scorefem evaluate` writes
    densities/table2.json                       the study of one-dimensional densities
    figures/NAME.pdf, .png; tables/             the results
"""

from pathlib import Path

import yaml

PAPER_EPOCHS = 10000
_INPUTS = Path(__file__).parents[3] / "inputs" / "paper"


class CatalogueError(Exception):
    """A name or a budget that is not in the catalogue."""


def dataset(study):
    return f"data/{problem(study)}/dataset.h5"


def model(study, noise):
    return f"models/{study}/{noise}/model.pt"


def posterior_folder(study, noise, sampler="ode"):
    return f"posteriors/{study}/{noise}/{sampler}"


def metrics(study, noise, sampler="ode"):
    return posterior_folder(study, noise, sampler) + "/metrics.csv"


# Stands for a noise level: none, of a model that is trained for the paper's epochs whatever the budget's are.
PAPER_LENGTH = "paper_length"
ZERO_NOISE = metrics("linear_ve", PAPER_LENGTH)
DENSITIES = "densities/table2.json"
TABLE2 = "tables/table2.md"
CLAIMS = "tables/claims.md"


def studies(figure):
    """Of the inverse problem, whose runs the figure needs: its own first."""
    return ([figure["study"]] if "study" in figure else []) + figure.get("beside", [])


def problem(study):
    """linear, masks or reaction: what linear_ve and linear_vp have in common."""
    return study.rsplit("_", 1)[0]


def _read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _entries(pattern):
    """Name -> what inputs/paper/NAME.yaml says."""
    return {path.stem: _read(path) for path in sorted(_INPUTS.glob(pattern))}


class Catalogue:
    """The catalogue at one budget. Noise levels are text, which also names folders."""

    def __init__(self, budget="quick", epochs=None, overrides=()):
        content = _read(Path(__file__).parent / "catalogue.yaml")
        self.figures, self.others = _entries("fig*.yaml"), {**_entries("table*.yaml"), **content["others"]}
        self.budgets = list(content["budgets"])
        if budget not in content["budgets"]:
            raise CatalogueError(f"budget = {budget}; expected one of {', '.join(self.budgets)}")
        self.budget, self.epochs, self.overrides = budget, epochs, list(overrides)
        self._sizes = content["budgets"][budget]
        self._paper_length_minutes = content["budgets"]["full"]["minutes"]["linear"]
        self.noise = {name: [f"{level:g}" for level in levels] for name, levels in self._sizes["noise"].items()}
        self.case_noise = f"{content['case_noise']:g}"
        self.studies = sorted({study for figure in self.figures.values() for study in studies(figure)})
        self._stored = None

    def keep_levels_of(self, folder):
        """Leaves only the noise levels that a folder of results has."""
        self._stored = {study: [noise for noise in self.levels(study) if (folder / metrics(study, noise)).is_file()]
                        for study in self.studies}

    def levels(self, study):
        """The noise levels of a study, lowest first."""
        return self._stored[study] if self._stored else self.noise[problem(study)]

    @property
    def names(self):
        return [*self.figures, *self.others]

    def expand(self, names):
        """The names with `all` replaced by what it stands for."""
        every = [name for name in self.names if name != "zero_noise"]
        return list(dict.fromkeys(one for name in names for one in (every if name == "all" else [name])))

    def targets(self, name):
        """The files that are the result."""
        if name in self.figures:
            return [f"figures/{name}.pdf", f"figures/{name}.png"]
        if name not in self.others:
            raise CatalogueError(f"{name}: expected one of {', '.join([*self.names, 'all'])}")
        return [{"table2": TABLE2, "claims": CLAIMS, "zero_noise": ZERO_NOISE}[name]]

    def needs(self, name):
        """The files that it is made from."""
        if name == "table2":
            return [DENSITIES]
        if name == "zero_noise":
            return [model("linear_ve", PAPER_LENGTH)]
        if name == "claims":
            figures = [need for figure in self.figures for need in self.needs(figure)]
            return list(dict.fromkeys([*figures, DENSITIES, *self.stochastic()]))
        figure = self.figures[name]
        study, kind = figure.get("study"), figure["kind"]
        if kind == "kernel_family":
            return []
        if kind in ("joint_densities", "conditional_histograms"):
            return [DENSITIES]
        if kind in ("problem", "instances"):
            return [dataset(study)]
        if kind == "posterior_cases":
            return [metrics(study, self.case_noise)]
        return [metrics(one, noise) for one in studies(figure) for noise in self.levels(one)]

    def stochastic(self):
        """The posteriors that are sampled by the SDE too."""
        return [metrics(study, self.case_noise, "sde") for study in self._sizes["stochastic"]["studies"]]

    def references(self, study, noise):
        """The exact posteriors, as a list: none without noise, where the posterior has no density, and where the budget
        has no time for them."""
        if noise in ("0", PAPER_LENGTH) or problem(study) not in self._sizes["references"]:
            return []
        return [f"references/{problem(study)}/{noise}/reference.h5"]

    def settings(self, study, noise=None, sampler="ode", without=()):
        """What differs from inputs/paper/STUDY.yaml, as ["a.b=value"]; the user's overrides come last. `without`: sections
        that the stage's result does not depend on, so that a change there does not repeat it."""
        keys = {**self._sizes.get("every", {}), **self._sizes.get(problem(study), {})}
        if self.epochs:
            keys["training.epochs"] = self.epochs
        if noise == PAPER_LENGTH:
            keys |= {**self._sizes.get(PAPER_LENGTH, {}), "training.epochs": PAPER_EPOCHS}
            noise = "0"
        if noise is not None:
            keys["noise.relative"] = noise
        if sampler == "sde":
            keys["sampling.method"], keys["sampling.steps"] = "euler_maruyama", self._sizes["stochastic"]["steps"]
        settings = [f"{key}={value}" for key, value in keys.items()] + self.overrides
        left_out = [f"{section}." for section in without]
        if sampler == "sde":  # these keys are the adaptive ODE's alone
            left_out += ["sampling.rtol=", "sampling.atol="]
        settings = [setting for setting in settings if not setting.startswith(tuple(left_out))]
        # The configuration must be whole: no more measurements than any data set has.
        return settings + ["sampling.measurements=1"] * ("sampling" in without)

    def density_settings(self):
        keys = dict(self._sizes.get("densities", {}))
        if self.epochs:
            keys["training.epochs"] = self.epochs
        return [f"{key}={value}" for key, value in keys.items()]

    def minutes(self, *names):
        """Rough cost on two cores of making these alone, from the catalogue; drawing a figure or a table counts 0.1."""
        table, done = self._sizes["minutes"], set()

        def add(file):
            if file in done:
                return 0
            done.add(file)
            stage, *rest = file.split("/")
            if stage == "densities":
                return table["densities"]
            costs = table[rest[0] if stage in ("data", "references") else problem(rest[0])]
            if stage == "data":
                return costs["data"]
            if stage == "references":
                return costs["reference"]
            if PAPER_LENGTH in rest:
                costs = self._paper_length_minutes
            if stage == "models":
                return costs["model"] + add(dataset(rest[0]))
            own = costs["stochastic" if rest[2] == "sde" else "posterior"]
            return own + add(model(rest[0], rest[1])) + sum(add(one) for one in self.references(rest[0], rest[1]))

        files = [file for name in names for file in (self.targets(name) if name == "zero_noise" else self.needs(name))]
        return 0.1 * len(names) + sum(map(add, files))
