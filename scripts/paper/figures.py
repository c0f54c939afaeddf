"""Draws one figure of the paper from an output folder of `scorefem reproduce`."""

from paper import catalogue as paper
from plotting import channel, densities, gallery, instances, kernel_family, noise_levels, outputs, style


def _read_levels(folder, catalogue, study):
    """Noise level -> metrics, lowest noise first."""
    return {noise: outputs.read_metrics(folder / paper.posterior_folder(study, noise)) for noise in catalogue.noise}


def _kernel_family(_folder, _catalogue, _figure):
    return kernel_family.kernel_family()


def _joint_densities(folder, _catalogue, _figure):
    return densities.joint_densities({name: densities.Reference(folder / "densities", name) for name in densities.DENSITIES})


def _conditional_histograms(folder, _catalogue, figure):
    folder, process = folder / "densities", figure["process"]
    seed = densities.read_table(folder)[0]["seeds"][0]
    references = {name: densities.Reference(folder, name) for name in densities.DENSITIES}
    samples = {name: densities.read_samples(folder, name, process, seed) for name in densities.DENSITIES}
    return densities.conditional_histograms(references, samples, process)


def _problem(folder, _catalogue, figure):
    return channel.sketch(outputs.read_geometry((folder / paper.dataset(figure["study"])).parent))


def _instances(folder, catalogue, figure):
    folder = (folder / paper.dataset(figure["study"])).parent
    columns = outputs.read_instances(folder, gallery.N_CASES, float(catalogue.case_noise))
    return instances.instances(outputs.read_geometry(folder), *columns)


def _posterior_cases(folder, catalogue, figure):
    return gallery.posterior_cases_of(folder / paper.posterior_folder(figure["study"], catalogue.case_noise))


def _error_by_noise(folder, catalogue, figure):
    levels, beside = (_read_levels(folder, catalogue, figure[key]) for key in ("study", "beside"))
    limit = max(noise_levels.top(one, noise_levels.ERROR) for one in (levels, beside))
    return noise_levels.error_by_noise(levels, limit)


def _std_by_noise(folder, catalogue, figure):
    levels, beside = (_read_levels(folder, catalogue, figure[key]) for key in ("study", "beside"))
    limit = max(noise_levels.top(one, noise_levels.STD, extra=("prior_std",)) for one in (levels, beside))
    return noise_levels.std_by_noise(levels, limit)


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


def small_print(folder, catalogue, name):
    """The corner's text: budget, epochs, sizes, noise, program."""
    figure, needs = catalogue.figures[name], catalogue.needs(name)
    words = [f"{name}, budget {catalogue.budget}"]
    program = None
    if needs and needs[0].endswith("metrics.csv"):
        summary = outputs.read_summary((folder / needs[0]).parent)
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
    return ", ".join(words)


def draw(folder, catalogue, name):
    """Draws the figure into folder/figures as PDF and PNG; returns the PNG's path."""
    style.apply()
    figure = catalogue.figures[name]
    drawn = _KINDS[figure["kind"]](folder, catalogue, figure)
    style.note(drawn, small_print(folder, catalogue, name))
    return style.save(drawn, folder / "figures", name)
