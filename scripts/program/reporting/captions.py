"""What the report says about each figure, as far as the problem has it."""

from plotting import channel
from plotting.layout import LINE, MAP, ROW

_CURVES = (" Open squares: the same of the exact posterior, where it is known; triangles: of the Gaussian fit of the training "
           "pairs.")
_OF_ANY_RUN = {
    "corner": ("Joint distributions.", "The first test sample. Diagonal: marginal distributions; below: contours that hold half and nine "
               "tenths of the samples, filled for the learnt posterior and as lines for the exact one, where samples of it are known; black: "
               "the truth."),
    "error_by_unknown": ("Error by unknown.", "Absolute difference of posterior mean and truth, averaged over the test measurements and "
                         "divided by the unknowns' mean size in the test set." + _CURVES),
    "std_by_unknown": ("Posterior standard deviation by unknown.", "Averaged over the test measurements; dashed: the standard deviation "
                       "of the unknown itself, which is what remains without any information." + _CURVES),
    "coverage_by_unknown": ("Coverage by unknown.", "Share of truths within one and two posterior standard deviations of the posterior "
                            "mean; dashed: 68.3% and 95.4%, the shares of a Gaussian posterior."),
    "ranks_by_unknown": ("Simulation-based calibration.", "Ranks of the truth among the posterior samples: their empirical distribution "
                         "function minus the uniform one, a line for each unknown. Under calibration all lines stay inside the band in "
                         "99 of 100 cases. A line that rises then falls below zero: too narrow; falls then rises: too wide; one-sided: "
                         "biased."),
    "coverage_by_level": ("Expected coverage.", "Share of truths inside the central credible intervals of the samples, over all unknowns "
                          "and test measurements. Above the diagonal the posterior is too wide, below it too narrow. The band allows for "
                          "the unknowns' correlation; it holds at each level by itself. Dashed: the exact posterior, where draws from it "
                          "are known; dotted: the Gaussian fit."),
    "ranks_of_quantities": ("TARP and predictive check.", "As for the single unknowns, for quantities that all of them enter: the distance "
                            "to a random point, and the likelihood of the measurement through the forward model."),
    "training": ("Training.", "Denoising loss of the training pairs and of the pairs held back."),
}


def _problem(problem):
    if channel.is_channel(problem):
        return ("Segments of constant flux on the two walls (unknown) and the sensors inside the channel (known, with noise); "
                f"{channel.velocity_profile(problem)} velocity, no concentration at the inflow.")
    if problem.unknowns.plane() is None:
        return "Where the observations (known, with noise) are."
    return "Where the unknowns are, and the observations (known, with noise)."


def _cases(problem):
    kinds = {group.kind for group in problem.unknowns.groups}
    parts = ["The first test samples, not selected."]
    if LINE in kinds:
        parts.append("Steps: the unknowns along a line, their posterior mean and band of one standard deviation; thin lines: the exact "
                     "posterior's, where it is known.")
    if problem.domain:
        parts.append("Colours: the true field" + (", with each observation coloured by the value that was measured."
                                                  if problem.observations.plane() is not None else "."))
    if MAP in kinds:
        parts.append("Maps: truth, posterior mean and standard deviation, and the exact posterior's, where it is known.")
    if ROW in kinds:
        parts.append("Marginal distributions: of the learnt and, where it is known, of the exact posterior; the vertical line is the truth.")
    return " ".join(parts)


def captions(problem):
    """Figure -> its title and its text."""
    return {"problem": ("Problem.", _problem(problem)), "posterior_cases": ("Single test cases.", _cases(problem)), **_OF_ANY_RUN}
