"""All figures of one run, by name."""

from plotting import calibration, channel, convergence, corner, outputs, posterior_cases, sketch, style, tables, training, unknowns

N_CASES = 3  # as in the paper's Fig. 7


def _problem(folder):
    problem = outputs.read_problem(folder)
    return channel.sketch(channel.Channel(problem)) if channel.is_channel(problem) else sketch.sketch(problem)


def posterior_cases_of(folder):
    """Truth, posterior and exact posterior of the first test cases of a run."""
    _, fields = outputs.read_fields(folder, N_CASES)
    return posterior_cases.posterior_cases(outputs.read_problem(folder), fields, outputs.read_cases(folder, N_CASES))


def corner_of(folder, names=None):
    """Joint distributions of the first test case; `names`: of the unknowns, else those of the configuration (report.corner)."""
    names = names or tables.read_summary(folder).get("corner")
    return corner.corner(outputs.read_problem(folder), outputs.read_cases(folder, 1), names)


def _of_metrics(draw):
    return lambda folder: draw(tables.read_metrics(folder), outputs.read_problem(folder))


FIGURES = {
    "problem": _problem,
    "posterior_cases": posterior_cases_of,
    "corner": corner_of,
    "error_by_unknown": _of_metrics(unknowns.error_by_unknown),
    "std_by_unknown": _of_metrics(unknowns.std_by_unknown),
    "coverage_by_unknown": _of_metrics(unknowns.coverage_by_unknown),
    "ranks_by_unknown": lambda folder: calibration.ranks_by_unknown(tables.read_ranks(folder), outputs.read_problem(folder)),
    "coverage_by_level": lambda folder: calibration.coverage_by_level(tables.read_coverage(folder)),
    "ranks_of_quantities": lambda folder: calibration.ranks_of_quantities(tables.read_ranks(folder)),
    "training": lambda folder: training.training_curve(tables.read_training(folder)),
}

# Of `scorefem convergence`, not of a run.
OTHER_FIGURES = {
    "convergence": lambda folder: convergence.convergence(tables.read_convergence(folder)),
}


def available(folder):
    """The names of the figures that the run's files allow: the sketch needs positions in the plane."""
    drawn = sketch.can_be_drawn(outputs.read_problem(folder))
    return [name for name in FIGURES if name != "problem" or drawn]


def draw(folder, names, of_corner=None):
    """Draws the named figures of an output folder into its figures/; returns name -> path of the PNG. `of_corner`: names of the
    unknowns in the corner plot."""
    style.apply()
    figures = {**FIGURES, **OTHER_FIGURES, "corner": lambda one: corner_of(one, of_corner)}
    return {name: style.save(figures[name](folder), folder / "figures", name) for name in names}
