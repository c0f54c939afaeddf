#!/usr/bin/python3
"""Times training and sampling and, beside them, PyTorch and SciPy; checks fast samplers against an accurate one.

Training: a whole step of the 4 x 256 networks with batches of 1,000, beside oneDNN's matrix products of the same shapes and
beside PyTorch with each BLAS library that is installed. Sampling: 1,000 measurements x 1,000 samples, with the default's
steps in the angle variable and with fewer; means and standard deviations against RK45 at 1e-6 from the same starting points;
SciPy's RK45 around the same network in PyTorch. bfloat16 is left out where the processor has no AVX-512. Writes diffusion.json
and diffusion.md to --output. Needs python3-torch, python3-scipy, python3-h5py, and for PyTorch's best speed libblis4-openmp or
libopenblas0-openmp.

    ./scripts/build.sh && ./scripts/benchmark_diffusion.py
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import h5py
import numpy as np

from studies.machine import ROOT, headline, stamp, write

LIBRARIES = pathlib.Path("/usr/lib/x86_64-linux-gnu")
HERE = pathlib.Path(__file__).resolve().parent
NETWORKS = ("mlp", "gaussian_residual")
PEER_MEASUREMENTS = 20  # that RK45 samples, 1,000 times each


def run(command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{result.stderr}")
    return result.stdout


def has_bfloat16():
    """Whether the program evaluates networks in bfloat16 here: it asks for AVX-512."""
    return "avx512bw" in pathlib.Path("/proc/cpuinfo").read_text().split()


def training(program):
    """Steps per second and arithmetic rates of both networks: medians of three repetitions."""
    # A minus before the filter: all but these.
    output = run([program, "--benchmark_format=json", "--benchmark_repetitions=3", "--benchmark_report_aggregates_only=true",
                  "--benchmark_filter=" + (".*" if has_bfloat16() else "-inference/1/.*")])
    rows = {row["run_name"]: row for row in json.loads(output)["benchmarks"] if row["aggregate_name"] == "median"}
    found = {name: {"steps_per_second": rows[f"training_step/{i}/manual_time"]["steps_per_second"],
                    "flops_per_second": rows[f"training_step/{i}/manual_time"]["flops_per_second"],
                    "sgemm_flops_per_second": rows[f"sgemm/{i}/real_time"]["flops_per_second"]}
             for i, name in enumerate(NETWORKS)}
    found["inference"] = {name: rows[f"inference/{i}/real_time"]["flops_per_second"]
                          for i, name in enumerate(("float32", "bfloat16")[:1 + has_bfloat16()])}
    return found


def with_blas(name):
    """The environment in which PyTorch takes this BLAS, with all cores."""
    return dict(os.environ, BLIS_NUM_THREADS=str(os.cpu_count()), OMP_NUM_THREADS=str(os.cpu_count()),
                LD_LIBRARY_PATH=str(LIBRARIES / name))


def torch_training():
    """Steps per second of PyTorch with each BLAS that is installed ("blas" is the plain one)."""
    names = sorted(library.parent.name for library in LIBRARIES.glob("*/libblas.so.3"))
    return {name: float(run(["/usr/bin/python3", HERE / "studies/torch_training.py"], env=with_blas(name)))
            for name in names}


class Study:
    """A trained model of the linear problem, and posteriors that are sampled from it."""

    def __init__(self, program, folder, epochs):
        self.program, self.folder = program, pathlib.Path(folder)
        self.config = ROOT / "inputs/linear.yaml"
        # A process whose end is the Gaussian that samplers start from, so that RK45 in its time solves the same problem.
        self.settings = ["--set", f"training.epochs={epochs}", "--set", "process.family=vp_straight"]
        for stage in ("generate", "train"):
            self.stage(stage)

    def stage(self, name, *settings):
        words = [word for setting in settings for word in ("--set", setting)]
        return run([self.program, name, self.config, "--force", "--output", self.folder, *self.settings, *words])

    def sample(self, method, measurements, *settings):
        """Moments of each measurement's samples [measurements, segments], and what sampling took."""
        self.stage("sample", f"sampling.method={method}", f"sampling.measurements={measurements}", "sampling.samples=1000",
                   *settings)
        with h5py.File(self.folder / "posterior.h5") as file:
            mean, deviation = zip(*((block.mean(0, dtype=float), block.std(0, ddof=1, dtype=float)) for block in file["samples"]))
            return {"mean": np.array(mean), "sd": np.array(deviation), "seconds": float(file.attrs["seconds"]),
                    "evaluations": float(file.attrs["network_evaluations"])}


def agreement(fast, accurate):
    """Differences in posterior standard deviations of single measurements and segments, beside their Monte-Carlo error. Without
    the segments where the prior clips nearly all samples: a standard deviation there is that of one or two of them."""
    n = len(accurate["mean"])
    spread = accurate["sd"] > 0.02 * accurate["sd"].mean()
    sd = accurate["sd"][spread]
    of_mean = (fast["mean"][:n] - accurate["mean"])[spread] / sd
    of_sd = fast["sd"][:n][spread] / sd - 1
    return {"mean_rms": float(np.sqrt((of_mean ** 2).mean())), "sd_rms": float(np.sqrt((of_sd ** 2).mean())),
            "sd_bias": float(of_sd.mean()), "mean_error_monte_carlo": 1000 ** -0.5, "sd_error_monte_carlo": 2000 ** -0.5}


def sampling(program, epochs, measurements, peer_blas):
    samplers = {"angle_adaptive, 3 steps, the default": ("angle_adaptive", "sampling.steps=3"),
                "angle_adaptive, 2 steps": ("angle_adaptive", "sampling.steps=2"),
                "angle_adaptive, 1 step": ("angle_adaptive", "sampling.steps=1"),
                "angle_rk3, 3 steps": ("angle_rk3", "sampling.steps=3"),
                "dpm_solver_2m, 6 steps": ("dpm_solver_2m", "sampling.steps=6")}
    if has_bfloat16():
        samplers["angle_adaptive, 2 steps, bfloat16"] = ("angle_adaptive", "sampling.steps=2", "sampling.precision=bfloat16")
    with tempfile.TemporaryDirectory() as folder:
        study = Study(program, folder, epochs)
        # Memory does not grow with the number of samples; few measurements are enough for the accurate integration.
        accurate = study.sample("rk45", PEER_MEASUREMENTS, "sampling.rtol=1e-6", "sampling.atol=1e-6", "sampling.end_time=1e-5")
        found = {}
        for name, (method, *settings) in samplers.items():
            repeated = [study.sample(method, measurements, *settings) for _ in range(3)]
            one = repeated[0]
            found[name] = {"seconds": statistics.median(each["seconds"] for each in repeated),
                           "evaluations_per_sample": one["evaluations"], **agreement(one, accurate)}
        peer = json.loads(run(["/usr/bin/python3", HERE / "studies/torch_sampling.py", study.folder / "model.pt",
                               study.folder / "posterior.h5", "--measurements", PEER_MEASUREMENTS], env=with_blas(peer_blas)))
    return {"measurements": measurements, "samples": 1000, "scorefem": found,
            "rk45_1e-6": {"seconds": accurate["seconds"], "samples": PEER_MEASUREMENTS * 1000,
                          "evaluations_per_sample": accurate["evaluations"]},
            "scipy": {"seconds_per_sample": peer["seconds"] / peer["samples"], "evaluations": peer["evaluations"],
                      "samples": peer["samples"]}}


def markdown(result):
    lines = ["# Training and sampling, with their peers", "", headline(result), "Written by scripts/benchmark_diffusion.py.", "",
             "## A training step: 4 x 256 network, batch of 1,000, all cores", "",
             "Batch, noise, loss, gradient, Adam and moving average. oneDNN: the step's matrix products alone, one call each.", "",
             "| network | steps/s | GFlop/s | oneDNN sgemm, GFlop/s | share |", "|---|---|---|---|---|"]
    for name in NETWORKS:
        own = result["training"][name]
        lines.append(f"| {name} | {own['steps_per_second']:.1f} | {own['flops_per_second'] / 1e9:.0f} | "
                     f"{own['sgemm_flops_per_second'] / 1e9:.0f} | {own['flops_per_second'] / own['sgemm_flops_per_second']:.0%} |")
    best = max(result["torch_training"].values())
    own = result["training"]["mlp"]["steps_per_second"]
    lines += ["", "PyTorch, network mlp, steps/s by BLAS: "
              + ", ".join(f"{name} {value:.1f}" for name, value in result["torch_training"].items())
              + f". ScoreFEM against the best: **{own / best:.1f} times**.", "",
              "Without gradients the network reaches " + " and ".join(
                  f"{rate / 1e9:.0f} GFlop/s in {name}" for name, rate in result["training"]["inference"].items()) + ".",
              "", "## Sampling", ""]
    part = result["sampling"]
    million = part["measurements"] * part["samples"]
    scipy = part["scipy"]["seconds_per_sample"] * million
    lines += [f"{part['measurements']:,} measurements x {part['samples']:,} samples in R^30, HDF5 included, medians of three. Differences "
              "from RK45 at 1e-6, from the same starting", "points, on 20 measurements, in posterior standard deviations of a "
              "measurement's segment (root mean square); the Monte-Carlo error of 1,000 samples is",
              f"{1000 ** -0.5:.3f} for a mean and {2000 ** -0.5:.3f} for a standard deviation.", "",
              "| sampler | seconds | evaluations a sample | mean | sd | SciPy's time over this |", "|---|---|---|---|---|---|"]
    for name, one in part["scorefem"].items():
        lines.append(f"| {name} | {one['seconds']:.1f} | {one['evaluations_per_sample']:.1f} | {one['mean_rms']:.4f} | "
                     f"{one['sd_rms']:.4f} | {scipy / one['seconds']:.0f} |")
    lines += [f"| SciPy's RK45 at 1e-5 around the same network in PyTorch with its best BLAS ({part['scipy']['samples']:,} samples, scaled up) | {scipy:.0f} | "
              f"{part['scipy']['evaluations']:.0f} | | | 1 |", ""]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=ROOT / "build", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("--output", default=ROOT / "results/benchmark", type=pathlib.Path)
    parser.add_argument("--epochs", default=50, type=int, help="of the model that is sampled (default 50)")
    parser.add_argument("--measurements", default=1000, type=int, help="that are sampled (default 1000)")
    arguments = parser.parse_args()
    for program in ("scorefem", "diffusion_benchmark"):
        if not (arguments.build / program).exists():
            sys.exit(f"{arguments.build / program} is missing: run ./scripts/build.sh first")
    result = stamp()
    result["training"] = training(arguments.build / "diffusion_benchmark")
    result["torch_training"] = torch_training()
    fastest_blas = max(result["torch_training"], key=result["torch_training"].get)
    result["sampling"] = sampling(arguments.build / "scorefem", arguments.epochs, arguments.measurements, fastest_blas)
    write(arguments.output, "diffusion", result, markdown(result))


if __name__ == "__main__":
    main()
