"""The trained networks of a study, and what `infer` answers with them."""

import json
import time

import h5py
import numpy as np
import yaml

from .. import answers
from ..machine import ROOT, machine
from .program import run, settings, version

NETWORKS = ("default", "tenth", "paper")


def _epochs(config, overrides):
    """Of the study's default network."""
    for pair in overrides:
        if pair.startswith("training.epochs="):
            return int(pair.split("=")[1])
    return yaml.safe_load((ROOT / config).read_text())["training"]["epochs"]


class Network:
    """A trained network of a study, in a folder of its own with the study's data set."""

    def __init__(self, arguments, study, name, level):
        self.program, self.level, self.version = arguments.program, level, version(arguments.program)
        self.config = f"inputs/{study}.yaml"
        self.shared = shared = [pair for pair in arguments.set if not pair.startswith(("training.", "model."))]
        base = arguments.output / study
        run(self.program, "generate", self.config, "--output", base, *settings(shared))
        self.folder = base / (name if name != "paper" else f"paper_{level}")
        self.folder.mkdir(parents=True, exist_ok=True)
        link = self.folder / "dataset.h5"
        if not link.is_symlink():
            link.symlink_to("../dataset.h5")
        self.overrides = list(arguments.set)
        if name == "tenth":
            self.overrides = [pair for pair in arguments.set if not pair.startswith("training.epochs=")]
            self.overrides += [f"training.epochs={max(1, _epochs(self.config, arguments.set) // 10)}"]
        if name == "paper":
            own = yaml.safe_load((ROOT / self.config).read_text())
            self.config = f"inputs/paper/{study.replace('quickstart', 'linear')}_ve.yaml"
            self.overrides = [*(f"data.{key}={value}" for key, value in own["data"].items()), *shared, f"seed={own['seed']}",
                              f"noise.relative={level}", f"training.epochs={arguments.paper_epochs}"]
        run(self.program, "train", self.config, "--output", self.folder, *settings(self.overrides))
        with h5py.File(base / "dataset.h5") as data:
            self.clean, self.normals = data["test/observations"][:], data["test/noise"][:]
            self.mask = data["test/mask"][:] if "mask" in data["test"] else np.ones_like(self.clean)
            self.truth = data["test/unknowns"][:]
            self.pairs = len(data["train/unknowns"])
            self.unit = float(data.attrs["noise_unit"])  # of a relative noise level
            forward = answers.configuration(data)["forward"]
            self.diffusivity, self.peak_velocity = forward["diffusivity"], forward["peak_velocity"]

    def steps(self):
        """Of the training; None if its log does not say."""
        lines = (self.folder / "log.jsonl").read_text().splitlines()
        found = [entry["steps"] for entry in map(json.loads, lines) if entry.get("event") == "trained"]
        return found[-1] if found else None

    def measured(self, n):
        values = self.clean[:n] + self.level * self.unit * self.normals[:n]
        return np.where(self.mask[:n] > 0, values, np.nan)

    def infer(self, values, path, *arguments, expected=(0,)):
        """Writes `path` and `path`.csv; seconds and the result of the program."""
        table = path.with_suffix(".csv")
        table.write_text("".join(",".join("" if x != x else repr(float(x)) for x in row) + "\n" for row in np.atleast_2d(values)))
        start = time.monotonic()
        result = run(self.program, "infer", self.config, "--measurement", table, "--output", path, "--run", self.folder,
                     *settings(self._settings()), *arguments, expected=expected)
        return time.monotonic() - start, result

    def _settings(self):
        return [*self.overrides, f"noise.relative={self.level}"]

    def answer(self, name, n, samples, *options):
        """The file NAME_LEVEL.h5 of the first n measurements, made if it is not there, and {"seconds": of the batch, "processor": ...}."""
        path = self.folder / f"{name}_{self.level}.h5"
        asked = {"version": self.version, "samples": samples, "settings": self._settings(), "shared": self.shared}
        rows = self.measured(n)
        found = answers.known(path, asked, rows, self.folder / "model.pt")
        if found is None and name == "reference":  # is the same for every network
            other = self.folder.parent / "default" / path.name
            found = answers.known(other, {key: asked[key] for key in ("version", "shared")}, rows, self.folder / "dataset.h5")
            if found is not None:
                return other, found
        if found is None:
            path.with_suffix(".json").unlink(missing_ok=True)
            seconds, _ = self.infer(rows, path, "--set", f"sampling.samples={samples}", *options)
            found = {"seconds": seconds, "processor": machine()["processor"]}
            answers.note(path, asked, **found)
        return path, found
