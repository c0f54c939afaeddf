"""Draws one figure of the paper from an output folder of `scorefem reproduce`."""

from paper import catalogue as paper
from plotting import channel, densities, gallery, instances, kernel_family, noise_levels, outputs, run_files, style, tables


def _read_levels(folder, catalogue, study):
    """Noise level -> metrics, lowest noise first."""
    if not catalogue.levels(study):
        raise run_files.OutputError(f"{folder / 'posteriors' / study}: no noise level with a metrics.csv")
    return {noise: tables.read_metrics(folder / paper.posterior_folder(study, noise)) for noise in catalogue.levels(study)}


def _kernel_family(_folder, _catalogue, _figure):
    return kernel_family.kernel_family()


def _joint_densities(folder, _catalogue, _figure):
    return densities.joint_densities({name: densities.Reference(folder / "densities", name) for name in densities.DENSITIES})


def _conditional_histograms(folder, _catalogue, figure):
    folder = folder / "densities"
    references = {name: densities.Reference(folder, name) for name in densities.DENSITIES}
    samples = densities.read_all_samples(folder, densities.read_table(folder)[0]["seeds"][0])
    return densities.conditional_histograms(references, samples, figure["process"])


def _problem(folder, _catalogue, figure):
    problem = outputs.read_problem((folder / paper.dataset(figure["study"])).parent)
    return channel.sketch(channel.Channel(problem))


def _instances(folder, catalogue, figure):
    folder = (folder / paper.dataset(figure["study"])).parent
    columns = outputs.read_instances(folder, gallery.N_CASES, float(catalogue.case_noise))
    return instances.instances(outputs.read_problem(folder), *columns)


def _posterior_cases(folder, catalogue, figure):
    return gallery.posterior_cases_of(folder / paper.posterior_folder(figure["study"], catalogue.case_noise))


def _all_levels(folder, catalogue, figure):
    """Metrics of the figure's own study, and of those beside it that are there."""
    own, *beside = paper.studies(figure)
    return [_read_levels(folder, catalogue, study) for study in (own, *(one for one in beside if catalogue.levels(one)))]


def _error_by_noise(folder, catalogue, figure):
    return noise_levels.error_by_noise(*_all_levels(folder, catalogue, figure))


def _std_by_noise(folder, catalogue, figure):
    return noise_levels.std_by_noise(*_all_levels(folder, catalogue, figure))


_KINDS = {
    "kernel_family": _kernel_family,
    "joint_densities": _joint_densities,
    "conditional_histograms": _conditional_histograms,
    "problem": _problem,
    "instances": _instances,
    "posterior_cases": _posterior_cases,
    "error_by_noise": _error_by_noise,
    "std_by_noise": _std_by_noise,
}


def _epochs_text(epochs):
    return f"{epochs:,} epochs" + ("" if epochs >= paper.PAPER_EPOCHS else f" (paper: {paper.PAPER_EPOCHS:,})")


_EXACT = {"reference": "by Markov chain Monte Carlo", "closed_form": "in closed form, prior not clipped,", None: "none"}


def exact_text(folder, catalogue, figure):
    """Which exact posterior stands beside the learnt one at each of the figure's noise levels."""
    levels = {}
    for noise in [catalogue.case_noise] if figure["kind"] == "posterior_cases" else catalogue.levels(figure["study"]):
        summary = tables.read_summary(folder / paper.posterior_folder(figure["study"], noise))
        levels.setdefault(summary.get("exact"), []).append(noise)
    return "exact posterior: " + "; ".join(f"{_EXACT[kind]} at {', '.join(noise)}" for kind, noise in levels.items())


def small_print(folder, catalogue, name):
    """The corner's text: budget, epochs, sizes, noise, program, kind of exact posterior."""
    figure, needs = catalogue.figures[name], catalogue.needs(name)
    words = [f"{name}, budget {catalogue.budget}"]
    program, exact = None, ""
    if needs and needs[0].endswith("metrics.csv"):
        exact = "\n" + exact_text(folder, catalogue, figure)
        summary = tables.read_summary((folder / needs[0]).parent)
        sizes = summary["sizes"]
        words += [figure["study"], _epochs_text(summary["training"]["epochs"]), f"{sizes['train']:,} training pairs",
                  f"{sizes['measurements']:,} measurements x {sizes['samples']:,} samples (ODE)"]
        program = summary["scorefem_version"], summary["git_hash"]
    elif needs == [paper.DENSITIES]:
        table, _ = densities.read_table(folder / "densities")
        words.append("reference samples" if figure["kind"] == "joint_densities" else _epochs_text(table["epochs"]))
        program = table["scorefem_version"], table["git_hash"]
    elif needs:
        program = outputs.read_provenance((folder / needs[0]).parent)
    if figure["kind"] in ("instances", "posterior_cases"):
        words.append(f"relative noise {catalogue.case_noise}")
    if program:
        words.append("ScoreFEM {} ({})".format(*program))
    return ", ".join(words) + exact


def draw(folder, catalogue, name, output=None):
    """Draws the figure into output/figures as PDF and PNG, by default of the folder itself; returns the PNG's path."""
    style.apply()
    figure = catalogue.figures[name]
    drawn = _KINDS[figure["kind"]](folder, catalogue, figure)
    style.note(drawn, small_print(folder, catalogue, name))
    return style.save(drawn, (output or folder) / "figures", name)
