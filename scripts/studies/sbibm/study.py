"""One cell of the benchmark: a task, a number of simulations and a seed, in a folder of its own.

Each step leaves a file and is left out where that is there already: pairs.npz, dataset.h5, model.pt, answers.h5, c2st.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import yaml

from .. import answers
from ..machine import machine
from . import metric
from .task import Data, SbibmError, Task

SAMPLES = 10_000
_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")


def configuration(task: Task, base: dict, seed: int) -> dict:
    """The study of a task: `base`, which is the same for all, with the task's unknowns."""
    bounds = {name: float(value) for name, value in zip(("lower", "upper"), task.prior.bounds) if np.isfinite(value)}
    unknowns = [{"name": f"theta_{i + 1}", **bounds} for i in range(task.prior.dimension)]
    return {"study": f"sbibm_{task.name}", "seed": seed, "forward": {"problem": "pairs", "unknowns": unknowns},
            "prior": {"model": "none"}, "noise": {"model": "none"}, **base}


@dataclass
class Cell:
    task: Task
    simulations: int
    seed: int
    folder: Path
    program: Path
    base: dict  # sections of the configuration that all cells share
    settings: tuple[str, ...] = ()  # KEY=VALUE, of this call

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def _scorefem(self, command: str, *words: object) -> None:
        settings = [word for setting in self.settings for word in ("--set", setting)]
        line = [str(word) for word in (self.program, command, self.config, *words, *settings)]
        with open(self.folder / "log.txt", "a", encoding="utf-8") as log:
            status = subprocess.run(line, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
        if status != 0:
            last = (self.folder / "log.txt").read_text(encoding="utf-8").strip().splitlines()[-3:]
            raise SbibmError(f"`{' '.join(line)}`: exit status {status}: {' / '.join(last)}")

    def simulate(self) -> None:
        """pairs.npz, with arrays theta and x; config.yaml."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(yaml.safe_dump(configuration(self.task, self.base, self.seed), sort_keys=False), encoding="utf-8")
        pairs = self.folder / "pairs.npz"
        if pairs.is_file():
            return
        theta, x = self.task.pairs(self.simulations, self.seed)
        temporary = self.folder / ".pairs.npz"
        np.savez(temporary, theta=theta, x=x)
        temporary.replace(pairs)

    def train(self) -> float:
        """dataset.h5 and model.pt; seconds of training, those of earlier calls that were interrupted included."""
        clock = self.folder / "training_seconds.json"
        spent = json.loads(clock.read_text(encoding="utf-8")) if clock.is_file() else 0.0
        self._scorefem("import", "--pairs", self.folder / "pairs.npz", "--output", self.folder)
        begin = time.monotonic()
        try:
            self._scorefem("train", "--output", self.folder)
        finally:
            clock.write_text(json.dumps(spent + time.monotonic() - begin), encoding="utf-8")
        return spent + time.monotonic() - begin

    def sample(self, observations: np.ndarray) -> np.ndarray:
        """Posterior samples [observations, SAMPLES, unknowns] from answers.h5, drawn again unless it answers just these, by this network
        with these settings."""
        target, source = self.folder / "answers.h5", self.folder / "observations.csv"
        asked = {"samples": SAMPLES, "configuration": configuration(self.task, self.base, self.seed), "settings": list(self.settings)}
        if answers.known(target, asked, observations, self.folder / "model.pt") is None:
            target.with_suffix(".json").unlink(missing_ok=True)
            source.write_text("".join(",".join(repr(float(value)) for value in x) + "\n" for x in observations), encoding="utf-8")
            begin = time.monotonic()
            self._scorefem("infer", "--measurement", source, "--run", self.folder, "--output", target, "--set",
                           f"sampling.samples={SAMPLES}")
            answers.note(target, asked, time.monotonic() - begin, machine()["processor"])
        with h5py.File(target) as file:
            samples = file["samples"][()].astype(float)
        expected = (len(observations), SAMPLES, self.task.prior.dimension)
        if samples.shape != expected:
            raise SbibmError(f"{target}: samples of shape {samples.shape}; expected {expected}")
        return samples

    def version(self) -> str:
        with h5py.File(self.folder / "answers.h5") as file:
            value = file.attrs["git_hash"]
        return value.decode() if isinstance(value, bytes) else str(value)


def fast_blas() -> dict[str, str]:
    """The environment in which NumPy takes a fast BLAS, if there is one besides the system's, with one thread."""
    found = [library.parent for name in ("openblas*", "blis*") for library in sorted(_LIBRARIES.glob(f"{name}/libblas.so.3"))]
    path = {"LD_LIBRARY_PATH": str(found[0])} if found else {}
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "BLIS_NUM_THREADS": "1", **path}


def measure(reference: np.ndarray, samples: np.ndarray) -> float:
    """The metric, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="scorefem-c2st-") as folder:
        paths = [Path(folder) / f"{name}.npy" for name in ("reference", "samples")]
        for path, values in zip(paths, (reference, samples)):
            np.save(path, values)
        done = subprocess.run([sys.executable, metric.__file__, *paths], capture_output=True, text=True, check=False, env=fast_blas())
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
        raise SbibmError(f"the metric failed: {reason[-1]}")
    return float(done.stdout)


def run(cell: Cell, data: Data, observations: list[int], jobs: int) -> list[dict]:
    """All steps; rows of results.py. `jobs`: metrics that are computed side by side."""
    cell.simulate()
    seconds = cell.train()
    samples = cell.sample(np.array([data.observation(number) for number in observations]))
    low, high = cell.task.prior.bounds
    outside = ((samples < low) | (samples > high)).any(axis=2).mean()
    if outside > 0:
        print(f"{cell.task.name}, {cell.simulations:,}: {outside:.2%} of the samples are outside the prior's support", flush=True)
    store = cell.folder / "c2st.json"
    posterior = (cell.folder / "answers.h5").stat().st_mtime_ns
    known = json.loads(store.read_text(encoding="utf-8")) if store.is_file() else {}
    values = known["values"] if known.get("posterior") == posterior else {}
    left = [number for number in observations if str(number) not in values]
    with ThreadPoolExecutor(jobs) as pool:
        def one(number: int) -> float:
            return measure(data.reference(number), samples[observations.index(number)])

        for number, value in zip(left, pool.map(one, left)):
            values[str(number)] = value
            store.write_text(json.dumps({"posterior": posterior, "values": values}), encoding="utf-8")
            print(f"{cell.task.name}, {cell.simulations:,}, seed {cell.seed}, observation {number}: {value:.3f}", flush=True)
    return [{"task": cell.task.name, "simulations": cell.simulations, "seed": cell.seed, "observation": number,
             "c2st": f"{values[str(number)]:.4f}", "training_seconds": f"{seconds:.0f}", "version": cell.version()}
            for number in observations]
