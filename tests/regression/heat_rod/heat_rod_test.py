"""heat_rod_test.py PROGRAM: the README's example of how to add a problem runs, solves its equation, and its learnt posterior
agrees with the exact one."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

HERE = Path(__file__).parent


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        subprocess.run([sys.argv[1], "run", HERE / "heat_rod.yaml", "--output", run], check=True)
        with h5py.File(run / "dataset.h5") as data:
            response, x = data["response"][:], data["observations/position"][:, 0]
            # Constant sources: -2 u'' = q has the solution q x (1 - x) / 4.
            assert np.allclose(response.sum(1), x * (1 - x) / 4, rtol=1e-12, atol=0)
            assert np.allclose(data["test/observations"][:], data["test/unknowns"][:] @ response.T, rtol=1e-12, atol=0)
        summary = json.loads((run / "summary.json").read_text())
        comparison = summary["comparison"]
        # 60 measurements, 500 samples each, 30 references: about 0.01 and 0.01 of Monte-Carlo error.
        assert abs(comparison["error_ratio"]["learnt"] - 1) < 0.04, comparison["error_ratio"]
        assert abs(comparison["std_difference"]["learnt"]) < 0.04, comparison["std_difference"]
        assert "source 1" in (run / "metrics.csv").read_text()
        assert (Path(__file__).with_name("heat_rod.cc")).read_text().count("\n") <= 80


if __name__ == "__main__":
    main()
