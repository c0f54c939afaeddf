"""What the paper's text says about its figures, each statement with a criterion that the stored numbers meet or not.

The text gives trends, hardly any number: the thresholds are ours, and the table states them.
"""

from dataclasses import dataclass

import numpy as np

from paper import catalogue as paper
from plotting import densities, kernel_family
from plotting.channel import WALLS, Channel
from plotting.run_files import OutputError


@dataclass
class Verdict:
    """A claim with what was found; passed is None if its runs are missing."""

    figure: str
    says: str
    criterion: str
    found: str
    passed: bool | None


_CLAIMS = []


def _claim(figure, says, criterion, check):
    """Registers a claim; check(results) -> (what was found, whether the criterion is met)."""
    _CLAIMS.append((figure, says, criterion, check))


def percent(share):
    return f"{100 * share:.3g} %"


def _series(values, noise):
    return ", ".join(f"{percent(value)} at {level}" for value, level in zip(values, noise))


def error_grows(study):
    def check(results):
        runs = results.levels(study)
        steps = [b.error - a.error + 2 * np.hypot(a.standard_error, b.standard_error) for a, b in zip(runs, runs[1:])]
        first, last = (np.stack([run.column("relative_error", wall) for wall in WALLS]) for run in (runs[0], runs[-1]))
        return _series([run.error for run in runs], results.catalogue.levels(study)), bool(min(steps) >= 0 and (last > first).all())
    return check


def error_saturates(study):
    def check(results):
        last, limit = results.levels(study)[-1].error, results.error_without_information(study)
        found = f"{percent(last)} at {results.catalogue.levels(study)[-1]}, {percent(limit)} without information"
        return found, 0.8 <= last / limit <= 1.05
    return check


def first_segment_is_worst(study):
    def check(results):
        curves = {wall: np.stack([run.column("relative_error", wall) for run in results.levels(study)]) for wall in WALLS}
        means = {wall: values.mean(axis=0) for wall, values in curves.items()}
        found = ", ".join(f"{wall} {percent(mean[0])}, the largest {percent(mean.max())} on segment {mean.argmax() + 1}"
                          for wall, mean in means.items())
        largest = sum(curve.argmax() == 0 for values in curves.values() for curve in values)
        count = sum(map(len, curves.values()))
        return f"{found} (the largest in {largest} of {count} curves)", all(mean.argmax() == 0 for mean in means.values())
    return check


def alike(pairs_of, what, tolerance):
    """pairs_of: function of results -> pairs of runs; what: names both of a pair."""
    def check(results):
        pairs = pairs_of(results)
        differences = [abs(a.error - b.error) / (0.5 * (a.error + b.error)) for a, b in pairs]
        worst = int(np.argmax(differences))
        errors = ", ".join(percent(run.error) for run in pairs[worst])
        return f"{what}: errors differ by at most {percent(differences[worst])} ({errors})", differences[worst] <= tolerance
    return check


def std_grows_to_the_prior(study):
    def check(results):
        stds = [run.mean("posterior_std") for run in results.levels(study)]
        share = stds[-1] / results.levels(study)[-1].mean("prior_std")
        grows = all(b >= 0.98 * a for a, b in zip(stds, stds[1:]))
        found = ", ".join(f"{std:.3g} at {level}" for std, level in zip(stds, results.catalogue.levels(study)))
        return f"{found}; the last is {percent(share)} of the prior's", bool(grows and 0.8 <= share <= 1.1)
    return check


def cases_are_close(study):
    def check(results):
        run, limit = results.run(study, results.catalogue.case_noise), results.error_without_information(study)
        return f"mean error {percent(run.error)}, {percent(limit)} without information", run.error < limit / 2
    return check


def truth_is_within_one_sd(study):
    def check(results):
        share = results.run(study, results.catalogue.case_noise).mean("coverage_1sd")
        return f"{percent(share)} of the truths (a Gaussian: 68.3 %)", share > 0.5
    return check


def masks_are_worse(results):
    pairs = results.pairs("masks_ve", "linear_ve")
    higher = sum(masked.error > full.error for masked, full in pairs)
    ratio = np.mean([masked.error / full.error for masked, full in pairs])
    found = f"{ratio:.2f} times the error with all sensors, higher at {higher} of {len(pairs)} levels"
    return found, bool(ratio > 1 and 2 * higher > len(pairs))


def zero_noise_error(results):
    level = paper.PAPER_LENGTH if (results.folder / paper.ZERO_NOISE).exists() else results.catalogue.levels("linear_ve")[0]
    run = results.run("linear_ve", level)
    exact = run.mean("exact_relative_error")
    sizes = run.summary["sizes"]
    found = (f"{percent(run.error)} ± {percent(run.standard_error)} after {run.epochs:,} epochs, "
             f"{sizes['measurements']:,} measurements x {sizes['samples']:,} samples")
    return found + (f" (exact posterior: {percent(exact)})" if np.isfinite(exact) else ""), 0.039 <= run.error <= 0.079


def error_remains_without_noise(study):
    def check(results):
        run = results.levels(study)[0]
        return f"{percent(run.error)} ± {percent(run.standard_error)}", run.error >= 0.0295
    return check


def higher_than_linear(study, column):
    def check(results):
        ratio, last = [], []
        for run, beside in results.pairs(study, study.replace("reaction", "linear")):
            values = [np.stack([one.column(column, wall) for wall in WALLS]) for one in (run, beside)]
            ratio.append(values[0].mean() / values[1].mean())
            last.append(values[0][:, -3:].mean() / values[1][:, -3:].mean())
        found = f"{np.mean(ratio):.2f} times the linear problem's over all segments, {np.mean(last):.2f} over the last three"
        return found, bool(np.mean(last) > np.mean(ratio) > 1)
    return check


def histograms_match(process):
    def check(results):
        costs = {name: results.transport_costs()[process, "sde", name]["cost"] for name in densities.DENSITIES}
        return ", ".join(f"{densities.DENSITIES[name]} {cost:.3f}" for name, cost in costs.items()), max(costs.values()) <= 0.06
    return check


def costs_are_the_papers(results):
    cells = results.transport_costs().values()
    ratios = [cell["cost"] / cell["paper"] for cell in cells]
    found = f"{sum(r <= 1 for r in ratios)} of {len(ratios)} at or below the paper's, the largest {max(ratios):.2f} times"
    return found, max(ratios) <= 1.5


def vp_is_better_by_ode(results):
    costs = results.transport_costs()
    vp, ve = (np.mean([costs[f"variance_{kind}", "ode", name]["cost"] for name in densities.DENSITIES])
              for kind in ("preserving", "exploding"))
    return f"mean cost {vp:.3f} against {ve:.3f}", bool(vp < ve)


def family_varies_with_k(_results):
    exponents = kernel_family.EXPONENTS
    values = [kernel_family.stddev(0.5, k) for k in exponents]
    found = f"s(1/2) from {values[0]:.3f} at k = {exponents[0]} to {values[-1]:.3f} at k = {exponents[-1]}"
    return found, bool(np.all(np.diff(values) > 0))


def densities_are_whole(results):
    shares = []
    for name in densities.DENSITIES:
        one = results.joint_density(name)
        shares.append(one.density.sum() * (one.grid_x[1] - one.grid_x[0]) * (one.grid_y[1] - one.grid_y[0]))
    found = ", ".join(f"{percent(share)} ({label})" for share, label in zip(shares, densities.DENSITIES.values()))
    return "on the grid are " + found, bool(min(shares) > 0.95 and max(shares) < 1.05)


def channel_is_the_papers(results):
    channel = Channel(results.problem("linear_ve"))
    lengths = np.concatenate([np.diff(wall.edges()) for wall in channel.walls])
    from_wall = np.minimum(channel.sensors[:, 1], channel.height - channel.sensors[:, 1])
    found = (f"{len(lengths)} segments of {lengths.mean():.2f}, {len(channel.sensors)} sensors {from_wall.mean():.2g} from the walls")
    counts = len(lengths) == 30 and len(channel.sensors) == 30
    return found, counts and np.allclose(lengths, 7 / 15) and np.allclose(from_wall, 0.5)


def solution_is_converged(results):
    error = results.discretisation_error("linear_ve")
    return f"a refined mesh changes it by {error:.1e} of the largest concentration", error < 1e-3


def sensors_are_on_by_chance(results):
    (mask,) = results.dataset("masks_ve", ("train/mask", 2))
    tolerance = 3 * np.sqrt(0.7 * 0.3 / mask.size)
    return f"{percent(mask.mean())} of {mask.size:,} on", abs(mask.mean() - 0.7) <= tolerance


def concentration_tends_to_two(results):
    (fields,) = results.dataset("reaction_ve", ("test/field", 3))
    x = results.problem("reaction_ve").domain.x
    middle, end = (np.abs(fields[:, :, np.abs(x - at).argmin()] - 2).mean() for at in (x[-1] / 2, x[-1]))
    return f"|c - 2| is {middle:.2f} half-way and {end:.2f} at the outflow, on average", bool(end < middle)


def _register():
    _claim("fig01", "varying k gives different s(m)", "s(1/2) grows with k", family_varies_with_k)
    _claim("fig02", "three joint densities", "each integrates to 1 within 5 %", densities_are_whole)
    for figure, process in (("fig03", "variance_exploding"), ("fig04", "variance_preserving")):
        _claim(figure, "generated samples closely match the true conditional density",
               "transport cost by SDE at most 0.06, the paper's largest", histograms_match(process))
    _claim("table2", "transport costs of 0.040 to 0.059", "each at most 1.5 times the paper's", costs_are_the_papers)
    _claim("table2", "VP marginally better than VE by ODE", "lower mean cost", vp_is_better_by_ode)
    _claim("fig05", "30 segments of 0.47; 30 sensors 0.5 from the walls", "the same", channel_is_the_papers)
    _claim("fig06", "the solution is mesh-converged", "below 0.1 %", solution_is_converged)
    _claim("fig12", "each sensor is on with probability 0.7", "within three standard errors", sensors_are_on_by_chance)
    _claim("fig15", "the concentration tends to two downstream", "nearer to two at the outflow than half-way",
           concentration_tends_to_two)
    for figure, study in (("fig07", "linear_ve"), ("fig13", "masks_ve"), ("fig16", "reaction_ve")):
        _claim(figure, "the posterior mean is close to the truth", "less than half the error without information",
               cases_are_close(study))
        _claim(figure, "in most cases the truth is within one sd", "more than half", truth_is_within_one_sd(study))
    for figure, study in (("fig08", "linear_ve"), ("fig09", "linear_vp"), ("fig14", "masks_ve"), ("fig17", "reaction_ve"),
                          ("fig18", "reaction_vp")):
        _claim(figure, "the error grows with noise",
               "no step down beyond two standard errors; every segment's last above its first", error_grows(study))
        _claim(figure, "the error saturates at high noise, where the posterior reverts to the prior",
               "last level at 80 to 105 % of the error without information", error_saturates(study))
        _claim(figure, "the first segment has the largest error", "it has, averaged over levels, on both walls",
               first_segment_is_worst(study))
    _claim("fig08", "error around 5.9 % without noise", "3.9 to 7.9 %", zero_noise_error)
    for figure, problem in (("fig09", "linear"), ("fig18", "reaction")):
        _claim(figure, "VE and VP incur similar errors", "within 20 % of each other at every level",
               alike(lambda r, p=problem: r.pairs(f"{p}_ve", f"{p}_vp"), "VE, VP", 0.2))
    for figure, study in (("fig08", "linear_ve"), ("fig09", "linear_vp"), ("fig17", "reaction_ve"), ("fig18", "reaction_vp")):
        _claim(figure, "the difference between ODE and SDE is minimal", "errors within 10 % of each other",
               alike(lambda r, s=study: [tuple(r.run(s, r.catalogue.case_noise, sampler) for sampler in ("ode", "sde"))],
                     "ODE, SDE", 0.1))
    _claim("fig14", "the error is in general higher than with all sensors", "on average, and at most levels", masks_are_worse)
    for figure, study in (("fig10", "linear_ve"), ("fig11", "linear_vp"), ("fig19", "reaction_ve"), ("fig20", "reaction_vp")):
        _claim(figure, "the posterior sd grows with noise towards the prior's",
               "no step down beyond 2 %; last level at 80 to 110 % of the prior's", std_grows_to_the_prior(study))
    for figure, study in (("fig17", "reaction_ve"), ("fig18", "reaction_vp")):
        _claim(figure, "significant non-zero error even without noise", "at least half of the 5.9 % called significant of Fig. 8",
               error_remains_without_noise(study))
    for figures, quantity, column in ((("fig17", "fig18"), "error", "relative_error"), (("fig19", "fig20"), "sd", "posterior_std")):
        for figure, study in zip(figures, ("reaction_ve", "reaction_vp")):
            _claim(figure, f"the {quantity} is higher than in the linear problem, mostly in the last segments",
                   "ratio above 1, larger over the last three", higher_than_linear(study, column))


_register()


def judge(results):
    """All claims, ordered by figure, as Verdicts."""
    verdicts = []
    for figure, says, criterion, check in sorted(_CLAIMS, key=lambda claim: claim[0]):
        try:
            found, passed = check(results)
            verdicts.append(Verdict(figure, says, criterion, found, bool(passed)))
        except OutputError as error:
            missing = str(error).replace(f"{results.folder}/", "")
            verdicts.append(Verdict(figure, says, criterion, f"not run ({missing})", None))
    return verdicts
