"""Small files in place of the public benchmark's own."""

import numpy as np


def write_parts(folder):
    """What two of the tasks read from the benchmark's data, of our own making: a stimulus with its design matrix, distractors."""
    random = np.random.default_rng(4)
    stimulus = random.standard_normal(100)
    lags = [np.concatenate([np.zeros(j), stimulus[:100 - j]]) for j in range(9)]
    (folder / "bernoulli_glm").mkdir(parents=True)
    np.savetxt(folder / "bernoulli_glm/design_matrix.csv", np.stack([np.ones(100), *lags], axis=1), delimiter=",")
    (folder / "slcp").mkdir()
    np.savez(folder / "slcp/distractors.npz", weight=np.full(3, 1 / 3), df=np.full(3, 2.0), loc=10 * random.standard_normal((3, 92)),
             scale_tril=np.tile(np.eye(92), (3, 1, 1)))
    np.savetxt(folder / "slcp/permutation.csv", random.permutation(100), fmt="%d")
    return stimulus
