"""The public benchmark of simulation-based inference (Lueckmann et al., "Benchmarking Simulation-Based Inference", AISTATS 2021): its ten
tasks as NumPy simulators, its metric, published results, and the study that measures ScoreFEM beside them.

The benchmark's own data (observations, reference posteriors) stay with it: scripts/benchmark_sbibm.py takes their folder.
"""

from pathlib import Path

TASK_NAMES = ("two_moons", "gaussian_mixture", "gaussian_linear", "gaussian_linear_uniform", "slcp", "bernoulli_glm", "bernoulli_glm_raw",
              "sir", "lotka_volterra", "slcp_distractors")


def make_task(name: str, data: Path):
    """The task of that name; two of them read parts of their simulator from the benchmark's data."""
    from . import dynamics, tasks

    classes = {kind.name: kind for kind in (tasks.TwoMoons, tasks.GaussianMixture, tasks.GaussianLinear, tasks.GaussianLinearUniform,
                                            tasks.Slcp, tasks.BernoulliGlm, tasks.BernoulliGlmRaw, dynamics.Sir, dynamics.LotkaVolterra,
                                            tasks.SlcpDistractors)}
    kind = classes[name]
    return kind(data) if kind in (tasks.BernoulliGlm, tasks.BernoulliGlmRaw, tasks.SlcpDistractors) else kind()
