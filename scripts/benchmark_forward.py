#!/usr/bin/python3
"""Times the forward models and, beside them, FEniCS as the paper set it up (850 x 200 cells, linear elements, MUMPS).

Both solve the same problems on this machine, one after the other and with one thread; the sensors of both are compared with
tests/data. Writes forward.json and forward.md to --output. Needs the packages python3-dolfin and python3-numpy.

    ./scripts/build.sh && ./scripts/benchmark_forward.py
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"  # before FEniCS loads its libraries
os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")
os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")

import numpy as np  # noqa: E402

from studies.machine import ROOT, headline, stamp, write  # noqa: E402

DATA_SET = {"linear": 10_000, "reaction": 40_000}  # the paper's sizes, training and test together
PROBLEMS = {
    "linear": {"diffusivity": 0.03, "peak_velocity": 0.1, "rate": 0.0, "capacity": 2.0},
    "reaction": {"diffusivity": 4.0, "peak_velocity": 12.0, "rate": 2.0, "capacity": 2.0},
}
SENSORS = [(0.5 * i, y) for y in (0.5, 1.5) for i in range(1, 16)]


def largest_row_error(value, reference):
    """Largest difference in each row over the row's largest reference value; the largest of those."""
    return float(np.max(np.abs(value - reference).max(axis=1) / np.abs(reference).max(axis=1)))


class Peer:
    """FEniCS: linear elements on 850 x 200 squares cut into triangles."""

    def __init__(self, problem, cells=(850, 200)):
        import dolfin
        self.dolfin = d = dolfin
        d.set_log_level(d.LogLevel.ERROR)
        self.parameters = PROBLEMS[problem]
        mesh = d.RectangleMesh(d.Point(0, 0), d.Point(8.5, 2), *cells)
        self.space = d.FunctionSpace(mesh, "P", 1)
        self.inlet = d.DirichletBC(self.space, 0.0, "on_boundary && near(x[0], 0)")
        self.velocity = d.Expression(("u * x[1] * (2 - x[1])", "0"), u=self.parameters["peak_velocity"], degree=2)
        self.wall = d.Expression("x[1] < 1e-9 || x[1] > 2 - 1e-9 ? 1.0 : 0.0", degree=1)

        class Flux(d.UserExpression):
            values = np.zeros(30)

            def eval(self, value, x):
                segment = int(x[0] * 15 / 7)
                value[0] = self.values[segment + (15 if x[1] > 1 else 0)] if segment < 15 else 0.0

            def value_shape(self):
                return ()

        self.flux = Flux(degree=0)

    def transport(self, c, v):
        d = self.dolfin
        return (d.dot(self.velocity, d.grad(c)) * v + self.parameters["diffusivity"] * d.dot(d.grad(c), d.grad(v))) * d.dx

    def inflow(self, v):
        return self.flux * self.wall * v * self.dolfin.ds

    def at_sensors(self, c):
        return np.array([c(self.dolfin.Point(x, y)) for x, y in SENSORS])

    def run_linear(self):
        """Factorises once and solves for a unit flux through each segment."""
        d = self.dolfin
        c, v = d.TrialFunction(self.space), d.TestFunction(self.space)
        begin = time.perf_counter()
        matrix = d.PETScMatrix()
        d.assemble(self.transport(c, v), tensor=matrix)
        self.inlet.apply(matrix)
        solver = d.PETScLUSolver(matrix, "mumps")
        solution = d.Function(self.space)
        response, seconds = np.zeros((30, 30)), []
        for segment in range(30):
            self.flux.values = np.eye(30)[segment]
            load = d.assemble(self.inflow(v))
            self.inlet.apply(load)
            started = time.perf_counter()
            solver.solve(solution.vector(), load)
            seconds.append(time.perf_counter() - started)
            if segment == 0:  # the first solve factorises
                set_up = time.perf_counter() - begin
            response[:, segment] = self.at_sensors(solution)
        reference = np.loadtxt(ROOT / "tests/data/linear_response.csv", delimiter=",")
        return {"set_up_seconds": set_up, "seconds_per_sample": float(np.median(seconds[1:])),
                "sensor_error": largest_row_error(response, reference), "unknowns": self.space.dim()}

    def solve_reaction(self, flux):
        d = self.dolfin
        c, v = d.Function(self.space), d.TestFunction(self.space)
        self.flux.values = flux
        growth = self.parameters["rate"] * c * (1 - c / self.parameters["capacity"])
        form = self.transport(c, v) - growth * v * d.dx - self.inflow(v)
        d.solve(form == 0, c, self.inlet, solver_parameters={
            "newton_solver": {"linear_solver": "mumps", "relative_tolerance": 1e-9, "absolute_tolerance": 1e-10}})
        return self.at_sensors(c)

    def run_reaction(self, n_samples):
        """Newton's method from zero for some of the reference's fluxes."""
        fluxes = np.loadtxt(ROOT / "tests/data/reaction_flux.csv", delimiter=",")[:n_samples]
        reference = np.loadtxt(ROOT / "tests/data/reaction_sensors.csv", delimiter=",")[:n_samples]
        found, seconds = [], []
        for flux in fluxes:
            begin = time.perf_counter()
            found.append(self.solve_reaction(flux))
            seconds.append(time.perf_counter() - begin)
        return {"seconds_per_sample": float(np.median(seconds)), "samples": len(seconds),
                "sensor_error": largest_row_error(np.array(found), reference), "unknowns": self.space.dim()}


def run_peer(n_reaction_samples):
    Peer("reaction", cells=(8, 4)).solve_reaction(np.ones(30))  # compiles the forms; not timed
    Peer("linear", cells=(8, 4)).run_linear()
    return {"linear": Peer("linear").run_linear(), "reaction": Peer("reaction").run_reaction(n_reaction_samples)}


def run_ours(program):
    """Medians of three repetitions of each benchmark."""
    output = subprocess.run([program, "--benchmark_format=json", "--benchmark_repetitions=3",
                             "--benchmark_report_aggregates_only=true"], check=True, capture_output=True, text=True).stdout
    rows = {row["run_name"]: row for row in json.loads(output)["benchmarks"] if row["aggregate_name"] == "median"}
    reaction, peak = rows["reaction_samples/1"], rows["peak_arithmetic"]
    return {
        "linear": {"set_up_seconds": rows["linear_set_up"]["real_time"] / 1e3,
                   "data_set_seconds": rows["linear_data_set"]["real_time"] / 1e3,
                   "sensor_error": rows["linear_set_up"]["sensor_error"], "unknowns": rows["linear_set_up"]["unknowns"]},
        "reaction": {"samples_per_second": reaction["samples_per_second"],
                     "samples_per_second_two_threads": rows["reaction_samples/2/real_time"]["samples_per_second"],
                     "iterations_per_sample": reaction["iterations_per_sample"], "sensor_error": reaction["sensor_error"],
                     "flops_per_second": reaction["flops_per_second"], "peak_flops_per_second": peak["flops_per_second"],
                     "instruction_set": peak.get("label", "")},
    }


def run_generate(program):
    """Wall seconds of the whole command on all cores, start-up and HDF5 included: medians of three."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    found = {}
    for problem in DATA_SET:
        seconds = []
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                begin = time.perf_counter()
                subprocess.run([program, "generate", ROOT / f"inputs/{problem}.yaml", "--output", folder], check=True,
                               capture_output=True, env=environment)
                seconds.append(time.perf_counter() - begin)
        found[problem] = statistics.median(seconds)
    return found


def markdown(result):
    ours, peer = result["scorefem"], result["fenics"]
    linear_peer = peer["linear"]["set_up_seconds"] + DATA_SET["linear"] * peer["linear"]["seconds_per_sample"]
    rate, reaction_peer = ours["reaction"]["samples_per_second"], peer["reaction"]["seconds_per_sample"]
    share = ours["reaction"]["flops_per_second"] / ours["reaction"]["peak_flops_per_second"]
    return f"""# Forward models against FEniCS

{headline(result)} One thread each unless said otherwise. Written by scripts/benchmark_forward.py.

| | ScoreFEM | FEniCS, 850 x 200, P1 | ratio |
|---|---|---|---|
| linear: unknowns | {ours['linear']['unknowns']:.0f} | {peer['linear']['unknowns']} | |
| linear: set-up with factorisation, s | {ours['linear']['set_up_seconds']:.3f} | {peer['linear']['set_up_seconds']:.2f} | {peer['linear']['set_up_seconds'] / ours['linear']['set_up_seconds']:.0f} |
| linear: data set of {DATA_SET['linear']:,}, s | {ours['linear']['data_set_seconds']:.3f} | {linear_peer:.0f} (factorisation reused) | {linear_peer / ours['linear']['data_set_seconds']:.0f} |
| linear: largest sensor error, relative | {ours['linear']['sensor_error']:.1e} | {peer['linear']['sensor_error']:.1e} | {peer['linear']['sensor_error'] / ours['linear']['sensor_error']:.0f} |
| reaction: samples/s | {rate:.0f} | {1 / reaction_peer:.3f} | {rate * reaction_peer:.0f} |
| reaction: data set of {DATA_SET['reaction']:,}, s | {DATA_SET['reaction'] / rate:.0f} | {DATA_SET['reaction'] * reaction_peer:.0f} (extrapolated) | |
| `scorefem generate`, reaction, {DATA_SET['reaction']:,} pairs in HDF5, all cores, s | {result['generate_seconds']['reaction']:.1f} | | |
| `scorefem generate`, linear, {DATA_SET['linear']:,} pairs in HDF5, all cores, s | {result['generate_seconds']['linear']:.1f} | | |
| reaction: samples/s, two threads | {ours['reaction']['samples_per_second_two_threads']:.0f} | | |
| reaction: largest sensor error, relative | {ours['reaction']['sensor_error']:.1e} | {peer['reaction']['sensor_error']:.1e} | {peer['reaction']['sensor_error'] / ours['reaction']['sensor_error']:.0f} |

What bounds the reaction problem is arithmetic: {ours['reaction']['iterations_per_sample']:.1f} iterations a sample at
{ours['reaction']['flops_per_second'] / 1e9:.1f} GFlop/s, {100 * share:.0f} % of what the same kernel ({ours['reaction']['instruction_set']}) reaches
on matrices that never leave the nearest cache ({ours['reaction']['peak_flops_per_second'] / 1e9:.1f} GFlop/s).
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/forward_benchmark", type=pathlib.Path)
    parser.add_argument("--output", default=ROOT / "results/benchmark", type=pathlib.Path)
    parser.add_argument("--peer-samples", default=2, type=int, choices=range(1, 5),
                        help="reaction samples for FEniCS, about 12 s each (default 2)")
    arguments = parser.parse_args()
    if not arguments.program.exists():
        sys.exit(f"{arguments.program} is missing: run ./scripts/build.sh first")
    try:
        import dolfin  # noqa: F401
    except ImportError:
        sys.exit("FEniCS is missing: apt-get install python3-dolfin (and run this with Debian's /usr/bin/python3)")
    result = stamp()
    result["generate_seconds"] = run_generate(arguments.program.parent / "scorefem")
    result["scorefem"] = run_ours(arguments.program)
    result["fenics"] = run_peer(arguments.peer_samples)
    write(arguments.output, "forward", result, markdown(result))


if __name__ == "__main__":
    main()
