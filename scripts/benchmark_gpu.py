#!/usr/bin/python3
"""Builds diffusion/ for a GPU, tests it there, and times training and sampling beside PyTorch.

The build is -DSCOREFEM_MODULES=diffusion against the LibTorch inside this Python's own PyTorch, so it needs a PyTorch with CUDA,
the CUDA toolkit, Eigen, Random123 and GoogleTest, and neither deal.II nor HDF5 nor oneDNN. The test compares loss, gradient,
training, resume, samples and densities with those of the CPU. Timed are training steps of the 4 x 256 networks with batches of
1,000, beside PyTorch's eager and compiled training of the same network (mlp) on the same GPU, and 1,000 measurements x 1,000
samples in R^30. Writes gpu.json and gpu.md to --output.

    python3 scripts/benchmark_gpu.py
"""

import argparse
import json
import pathlib
import subprocess
import sys

from studies.machine import ROOT, headline, stamp, write

HERE = pathlib.Path(__file__).resolve().parent
PEERS = {"eager": [], "compiled": ["--compile", "default"], "compiled, reduce-overhead": ["--compile", "reduce-overhead"]}
NETWORKS = {"mlp": "the paper's raw score", "gaussian_residual": "the default, noise levels 1 to 100", "masked": "the same with masks"}


def run(command, **options):
    """Output of a command, which is shown as it comes; exits where it fails."""
    print("+", " ".join(map(str, command)), flush=True)
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{result.stdout[-4000:]}\n{' '.join(map(str, command))} failed with status {result.returncode}")
    return result.stdout


def build(folder, targets):
    import torch
    run(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DSCOREFEM_MODULES=diffusion", "-DSCOREFEM_ONEDNN=OFF", "-DCMAKE_BUILD_TYPE=Release",
         f"-DCMAKE_PREFIX_PATH={torch.utils.cmake_prefix_path}"])
    run(["cmake", "--build", folder, "--target", *targets])


def test(program):
    """How many of the tests passed, and what became of the others."""
    done = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = done.stdout.splitlines()
    count = next((line.split()[2] for line in lines if line.startswith("[==========] Running")), "0")
    passed = sum(line.startswith("[       OK ]") and "ms)" in line for line in lines)
    failed = sorted({line.split("]")[1].split()[0] for line in lines if line.startswith("[  FAILED  ]") and "." in line})
    text = f"{passed} of {count} passed"
    if failed:
        text += "; failed: " + ", ".join(failed)
    if done.returncode < 0:
        text += f"; ended by signal {-done.returncode} in {lines[-1].split(']')[-1].strip()}"
    return {"passed": done.returncode == 0, "text": text}


def peer(words):
    return float(run([sys.executable, HERE / "studies/torch_training.py", "--device", "cuda", "--steps", "500", *words]).split()[-1])


def markdown(result):
    gpu = result["gpu"]
    lines = ["# Training and sampling on a GPU", "", f"{gpu['name']}, PyTorch {gpu['torch']}. {headline(result)}",
             "Written by scripts/benchmark_gpu.py.", "", f"Tests on the GPU, against the CPU: {result['tests']['text']}.", "",
             "## Training steps a second: 4 x 256 networks, batch of 1,000, float32", "",
             "A step is batch, noise, loss, gradient, Adam and moving average. Loss and gradient: each captured as one launch and repeated.",
             "", "| | steps/s | over PyTorch, eager | loss, us | gradient, us |", "|---|---|---|---|---|"]
    eager = result["peers"]["eager"]
    for name, about in NETWORKS.items():
        own = result["scorefem"][name]
        rate, parts = own["steps_per_second"], own["microseconds"]
        ratio = f"{rate / eager:.1f}" if name == "mlp" else ""
        lines.append(f"| ScoreFEM, {name}: {about} | {rate:.0f} | {ratio} | {parts['loss']:.0f} | {parts['gradient']:.0f} |")
    for name, rate in result["peers"].items():
        lines.append(f"| PyTorch, {name}, network mlp | {rate:.0f} | {rate / eager:.1f} | | |")
    count = result["scorefem"]["measurements"]
    lines += ["", f"## {count:,} measurements x 1,000 samples in R^30", "", "Without writing them; medians of three.", "",
              "| network | sampler | seconds | samples/s | evaluations a sample |", "|---|---|---|---|---|"]
    for name in NETWORKS:
        for method in ("angle_adaptive", "angle_rk3"):
            one = result["scorefem"][name].get(method)
            if one:
                lines.append(f"| {name} | {method}, 3 steps | {one['seconds']:.2f} | {count * 1000 / one['seconds']:,.0f} | "
                             f"{one['evaluations_per_sample']:.1f} |")
    return "\n".join(lines + [""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=ROOT / "build-gpu", type=pathlib.Path, help="folder to build in (default build-gpu)")
    parser.add_argument("--output", default=ROOT / "results/benchmark", type=pathlib.Path)
    parser.add_argument("--steps", default=9000, type=int, help="of a training (default 9000)")
    arguments = parser.parse_args()
    import torch
    if not torch.cuda.is_available():
        sys.exit("benchmark_gpu.py: this PyTorch sees no GPU")
    build(arguments.build, ["diffusion_cuda_test", "device_benchmark"])
    result = stamp()
    result["gpu"] = {"name": torch.cuda.get_device_name(), "torch": torch.__version__}
    result["tests"] = test(arguments.build / "tests/diffusion_cuda_test")
    result["scorefem"] = json.loads(run([arguments.build / "device_benchmark", "cuda", arguments.steps]))
    result["peers"] = {name: peer(words) for name, words in PEERS.items()}
    write(arguments.output, "gpu", result, markdown(result))
    if not result["tests"]["passed"]:
        sys.exit("benchmark_gpu.py: " + result["tests"]["text"])


if __name__ == "__main__":
    main()
