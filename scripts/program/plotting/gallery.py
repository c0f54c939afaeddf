"""All figures of one run, by name."""

from plotting import calibration, channel, convergence, outputs, posterior_cases, segments, style, training

N_CASES = 3  # as in the paper's Fig. 7


def _problem(folder):
    return channel.sketch(outputs.read_geometry(folder))


def posterior_cases_of(folder):
    """Truth, posterior and exact posterior of the first test cases of a run."""
    flux, fields = outputs.read_fields(folder, N_CASES)
    return posterior_cases.posterior_cases(outputs.read_geometry(folder), flux, fields,
                                           outputs.read_cases(folder, N_CASES))


FIGURES = {
    "problem": _problem,
    "posterior_cases": posterior_cases_of,
    "error_by_segment": lambda folder: segments.error_by_segment(outputs.read_metrics(folder)),
    "std_by_segment": lambda folder: segments.std_by_segment(outputs.read_metrics(folder)),
    "coverage_by_segment": lambda folder: segments.coverage_by_segment(outputs.read_metrics(folder)),
    "ranks_by_segment": lambda folder: calibration.ranks_by_segment(outputs.read_ranks(folder)),
    "coverage_by_level": lambda folder: calibration.coverage_by_level(outputs.read_coverage(folder)),
    "ranks_of_quantities": lambda folder: calibration.ranks_of_quantities(outputs.read_ranks(folder)),
    "training": lambda folder: training.training_curve(outputs.read_training(folder)),
}

# Of `scorefem convergence`, not of a run.
OTHER_FIGURES = {
    "convergence": lambda folder: convergence.convergence(outputs.read_convergence(folder)),
}


NEED_FIELDS = ("problem", "posterior_cases")


def available(folder):
    """The names of the figures that the run's files allow: two need stored concentration fields."""
    return [name for name in FIGURES if name not in NEED_FIELDS or outputs.has_fields(folder)]


def draw(folder, names):
    """Draws the named figures of an output folder into its figures/; returns name -> path of the PNG."""
    style.apply()
    figures = {**FIGURES, **OTHER_FIGURES}
    return {name: style.save(figures[name](folder), folder / "figures", name) for name in names}
