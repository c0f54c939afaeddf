"""Every committed result: the commands that make it, what they cost, and what is copied from a run into the committed folder.

All paths are relative to the project's folder, and commands run there.
"""

from dataclasses import dataclass, field

PROGRAM = "build/scorefem"


@dataclass(frozen=True)
class Result:
    files: tuple[str, ...]  # what is committed: paths, or folders with a / at the end
    commands: tuple[str, ...]  # each goes on where it was interrupted, or is short
    minutes: int  # roughly, on two cores
    runs: str = ""  # the folder of bulk output, kept between calls: a finished stage in it is not repeated
    copies: dict[str, str] = field(default_factory=dict)  # committed file -> the run's file
    packages: tuple[str, ...] = ("build",)  # lists of scripts/packages
    needs: str = ""  # a folder that does not come with the project, or of the machine; the command's --help says what it holds


def _copies(target: str, source: str, tables: tuple[str, ...], figures: tuple[str, ...]) -> dict[str, str]:
    return {f"{target}/{name}": f"{source}/{name}" for name in tables} | {
        f"{target}/{name}.png": f"{source}/figures/{name}.png" for name in figures}


def _densities(name: str, config: str, minutes: int, settings: str) -> Result:
    copies = _copies(f"results/{name}", f"runs/{name}", ("table2.csv", "table2.md"),
                     ("conditional_variance_exploding", "conditional_variance_preserving"))
    return Result(tuple(copies), (f"{PROGRAM} densities {config} {settings}",), minutes, f"runs/{name}", copies)


def _posterior(study: str, minutes: int) -> Result:
    return Result((f"results/posterior/{study}/", "results/posterior/table.md"),
                  (f"scripts/posterior_study.py {study} --paper-epochs 50",), minutes, f"runs/posterior/{study}")


def _benchmark(name: str, minutes: int, *suffixes: str, settings: str = "", packages: tuple[str, ...] = ("build",),
               needs: str = "") -> Result:
    return Result(tuple(f"results/benchmark/{name}.{suffix}" for suffix in suffixes), (f"scripts/benchmark_{name}.py{settings}",), minutes,
                  packages=packages, needs=needs)


_QUICKSTART = _copies("results/quickstart", "runs/quickstart", ("metrics.csv", "summary.json"),
                      ("error_by_unknown", "posterior_cases", "ranks_by_unknown", "std_by_unknown"))

RESULTS = {
    "quickstart": Result(tuple(_QUICKSTART), (f"{PROGRAM} run inputs/quickstart.yaml", "scripts/studies/quickstart_table.py runs/quickstart"), 6,
                         "runs/quickstart", _QUICKSTART),
    "posterior_linear": _posterior("linear", 60),
    "posterior_masks": _posterior("masks", 50),
    "posterior_reaction": _posterior("reaction", 60),
    "certificate": Result(("results/certificate/",),
                          ("scripts/certificate_study.py linear masks reaction --checks",
                           "scripts/certificate_study.py quickstart --only-checks --levels 0.01"), 400,
                          "runs/certificate"),
    "own_pairs": Result(tuple(f"results/own_pairs/{name}" for name in ("table.csv", "table.md", "posteriors.png")),
                        ("scripts/studies/own_pairs.py all runs/own_pairs --results results/own_pairs",), 4, "runs/own_pairs"),
    "umbridge": Result(tuple(f"results/umbridge/{name}" for name in ("table.csv", "table.md", "posterior.pdf", "posterior.png")),
                       ("scripts/umbridge_study.py",), 5, "runs/umbridge"),
    "sbibm": Result(("results/sbibm/c2st.csv", "results/sbibm/table.md"),
                    ("scripts/benchmark_sbibm.py all --simulations 1000 --data ../sbibm",), 90, "runs/sbibm", needs="../sbibm"),
    "densities": _densities("densities", "inputs/densities.yaml", 40, "--set trainings=2"),
    "densities_paper": _densities("densities_paper", "inputs/paper/densities_paper.yaml", 30,
                                  "--set trainings=2 --set training.epochs=2000 --set samples=5000 --set ode.rtol=1e-3 "
                                  "--set ode.atol=1e-3 --set sde.steps=300"),
    "paper": Result(("results/paper/quick/",),
                    (f"{PROGRAM} reproduce all", f"{PROGRAM} reproduce zero_noise claims",
                     "scripts/studies/paper_collect.py runs/paper/quick"), 150, "runs/paper/quick", packages=("build", "paper")),
    "benchmark_forward": _benchmark("forward", 5, "json", "md", packages=("build", "benchmark")),
    "benchmark_diffusion": _benchmark("diffusion", 20, "json", "md", packages=("build", "test", "benchmark")),
    "benchmark_gpu": _benchmark("gpu", 5, "json", "md", packages=("build", "test"), needs="/proc/driver/nvidia"),
    "benchmark_samplers": _benchmark("samplers", 2, "csv", "md", "pdf", "png"),
    "benchmark_memory": _benchmark("memory", 5, "md"),
    "benchmark_training_memory": _benchmark("training_memory", 30, "md", settings=" --pairs 10000000 --limit 2048"),
    "benchmark_scaling": _benchmark("scaling", 5, "json", "md"),
    "sinkhorn": Result(tuple(f"tests/data/sinkhorn_{name}.csv" for name in ("x", "y", "cost")),
                       ("scripts/studies/make_sinkhorn_reference.py",), 1, packages=("test",)),
}

# Committed, but not made by a command of this version: pages that people write, and a measurement on another processor, which
# says of itself by which version it was made; and the versions of all the others, which scripts/remake_results.py writes.
BY_HAND = ("results/README.md", "results/versions.json", "results/paper/README.md", "results/sbibm/README.md",
           "results/benchmark/diffusion_avx512.json", "results/benchmark/diffusion_avx512.md")

# The other way round: with a command above, but not made yet.
NOT_YET = ("results/benchmark/training_memory.md",)
