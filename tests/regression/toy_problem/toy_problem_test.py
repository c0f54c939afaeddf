"""toy_problem_test.py TOY: a forward model, a prior and a noise model that live in tests/ alone go through every
command, and what comes out agrees with the posterior by quadrature.

TOY is the program with toy_problem.cc linked into it.
"""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
from scipy.stats import norm

CORRELATION, POWER, SD = 0.5, 2, np.array([0.15, 0.05, 0.05])
HERE = Path(__file__).parent


def program(*arguments, status=0):
    done = subprocess.run([sys.argv[1], *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == status, f"{arguments}: exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def posterior_by_quadrature(measurement):
    """Mean and standard deviation of (rate, share) for a measurement [3]."""
    v = np.linspace(-6, 6, 1201)
    a, b = np.meshgrid(v, v, indexing="ij")
    rate, share = np.exp(0.5 + 0.4 * a), norm.cdf(b)
    log_prior = -(a**2 - 2 * CORRELATION * a * b + b**2) / (2 * (1 - CORRELATION**2))
    predicted = np.stack([rate, rate * share, share**POWER])
    log_likelihood = -0.5 * (((predicted - measurement[:, None, None]) / SD[:, None, None])**2).sum(0)
    weight = np.exp(log_prior + log_likelihood - (log_prior + log_likelihood).max())
    weight /= weight.sum()
    x = np.stack([rate, share])
    mean = (weight * x).sum((1, 2))
    return mean, np.sqrt((weight * (x - mean[:, None, None])**2).sum((1, 2)))


def deviations(file, rows):
    """Of sample means, in standard deviations, and of sample standard deviations, relative, from quadrature."""
    means, spreads = [], []
    for i in rows:
        mean, sd = posterior_by_quadrature(file["measurement"][i])
        samples = file["samples"][i].astype(float)
        means.append((samples.mean(0) - mean) / sd)
        spreads.append(samples.std(0) / sd - 1)
    return np.array(means), np.array(spreads)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        run, config = folder / "run", HERE / "toy.yaml"
        # Every command, one after the other.
        for command in ("generate", "train", "sample", "reference", "evaluate"):
            program(command, config, "--output", run)

        with h5py.File(run / "dataset.h5") as data:
            assert [name.decode() for name in data["unknowns/name"]] == ["rate", "share"]
            assert "position" not in data["unknowns"]
            unknowns, observations = data["train/unknowns"][:], data["train/observations"][:]
        expected = np.column_stack([unknowns[:, 0], unknowns.prod(1), unknowns[:, 1]**POWER])
        assert np.allclose(observations, expected, rtol=1e-12, atol=0)
        scores = np.column_stack([(np.log(unknowns[:, 0]) - 0.5) / 0.4, norm.ppf(unknowns[:, 1])])
        n = len(scores)
        assert np.abs(scores.mean(0)).max() < 4 / np.sqrt(n)
        assert abs(np.corrcoef(scores.T)[0, 1] - CORRELATION) < 4 * (1 - CORRELATION**2) / np.sqrt(n)

        with h5py.File(run / "posterior.h5") as learnt:
            samples = learnt["samples"][:]
            assert samples[..., 0].min() > 0 and samples[..., 1].min() >= 0 and samples[..., 1].max() <= 1
            assert learnt.attrs["outside_support"] == 0
            means, spreads = deviations(learnt, range(30))
        # 2,000 samples: Monte-Carlo errors of 0.022 and 0.016. The rest is the small network's.
        assert np.sqrt((means**2).mean()) < 0.12, means
        assert abs(spreads.mean()) < 0.03 and np.abs(spreads).max() < 0.3, spreads

        with h5py.File(run / "reference.h5") as reference:
            assert reference["converged"][:].all()
            means, spreads = deviations(reference, range(10))
        # At least 1,000 effective draws each: 0.032 and 0.022 for one standard error, of 20 numbers.
        assert np.abs(means).max() < 4 * 0.032 and np.abs(spreads).max() < 5 * 0.03, (means, spreads)

        summary = json.loads((run / "summary.json").read_text())
        assert summary["exact"] == "reference"
        assert [gate["name"] for gate in summary["gates"] if gate["verdict"] == "FAIL"] == [], summary["gates"]
        metrics = (run / "metrics.csv").read_text().splitlines()
        assert metrics[0].startswith("group,name,") and metrics[1].startswith(",rate,"), metrics
        report = re.sub('base64,[^"]*', "", (run / "report.html").read_text())  # without images, which hold any short word
        assert "rate" in report and "share" in report and "wall" not in report and "flux" not in report

        # One's own measurement, and one's own unknowns.
        (folder / "y.csv").write_text("2.0,0.8,0.16\n")
        program("infer", config, "--run", run, "--measurement", folder / "y.csv", "--output", folder / "x.h5")
        with h5py.File(folder / "x.h5") as mine:
            means, spreads = deviations(mine, [0])
        assert np.abs(means).max() < 0.25 and np.abs(spreads).max() < 0.2, (means, spreads)
        (folder / "x.csv").write_text("2.0,0.5\n")
        program("observe", config, "--unknowns", folder / "x.csv", "--output", folder / "seen.csv")
        assert np.allclose(np.loadtxt(folder / "seen.csv", delimiter=","), [2, 1, 0.25], rtol=1e-12, atol=0)
        (folder / "x.csv").write_text("2.0,1.5\n")
        said = program("observe", config, "--unknowns", folder / "x.csv", "--output", folder / "seen.csv", status=2)
        assert "share" in said.stderr and "[0, 1]" in said.stderr, said.stderr
        said = program("generate", config, "--set", "forward={problem: toyy}", "--output", run, status=2)
        assert "did you mean 'toy'" in said.stderr, said.stderr


if __name__ == "__main__":
    main()
