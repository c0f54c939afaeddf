"""Published values of the metric, means over the benchmark's ten observations.

NPE, and the best of NPE, SNPE, NLE, SNLE, NRE and SNRE: Lueckmann et al. 2021 (github sbi-benchmark/results). GenSBI: diffusion and flow
models, 2026 (GenSBI-examples, best_configurations_summary.md). BayesFlow: diffusion models trained online on up to 32 million
simulations, 2025 (diffusion-experiments, c2st_benchmark_results.csv).
"""

BUDGETS = (1_000, 10_000, 100_000)

# Task -> the value at each budget.
NPE = {"gaussian_linear": (.694, .552, .506), "gaussian_linear_uniform": (.696, .553, .509), "gaussian_mixture": (.716, .615, .548),
       "two_moons": (.725, .606, .542), "slcp": (.975, .901, .831), "slcp_distractors": (.982, .970, .863),
       "bernoulli_glm": (.863, .678, .559), "bernoulli_glm_raw": (.900, .765, .607), "sir": (.815, .680, .585),
       "lotka_volterra": (.999, .997, .981)}
BEST_OF_SIX = {"gaussian_linear": (.628, .536, .506), "gaussian_linear_uniform": (.631, .527, .506),
               "gaussian_mixture": (.669, .551, .531), "two_moons": (.643, .554, .530), "slcp": (.921, .713, .578),
               "slcp_distractors": (.978, .931, .766), "bernoulli_glm": (.634, .553, .522), "bernoulli_glm_raw": (.870, .658, .552),
               "sir": (.637, .561, .547), "lotka_volterra": (.909, .738, .695)}
GENSBI = {"gaussian_linear": (None, .508, .499), "gaussian_mixture": (None, .510, .501), "two_moons": (None, .522, .502),
          "slcp": (None, .657, .534), "bernoulli_glm": (None, .616, .546)}
BAYESFLOW_ONLINE = {"gaussian_linear": .502, "gaussian_linear_uniform": .501, "gaussian_mixture": .504, "two_moons": .504, "slcp": .621,
                    "slcp_distractors": .630, "bernoulli_glm": .507, "bernoulli_glm_raw": .510, "sir": .519, "lotka_volterra": .684}

# What this project aims at: the best amortised figures published, or below them where those are weak.
AIM = {"gaussian_linear": (.53, .507, .502), "gaussian_linear_uniform": (.56, .52, .505), "gaussian_mixture": (.57, .51, .502),
       "two_moons": (.57, .51, .503), "slcp": (.83, .65, .54), "slcp_distractors": (.97, .85, .70), "bernoulli_glm": (.74, .60, .54),
       "bernoulli_glm_raw": (.87, .70, .58), "sir": (.70, .60, .54), "lotka_volterra": (.95, .85, .75)}


def value(source: dict, task: str, simulations: int) -> "float | None":
    """At that budget; None where there is none."""
    values = source.get(task)
    return values[BUDGETS.index(simulations)] if values and simulations in BUDGETS else None
