"""Reads what ScoreFEM leaves in a run's folder, with NumPy and h5py alone: nothing has to be built or installed besides.

    import sys; sys.path.append("scripts")              # of a copy of the project, or wherever this folder is
    from scorefem_reader import Dataset, Model, Posterior

    data = Dataset("runs/quickstart/dataset.h5")        # pairs, masks, names of unknowns and observations
    pairs = data.train                                  # pairs.unknowns [n, unknowns], pairs.observations [n, observations]

    posterior = Posterior("runs/quickstart/posterior.h5")
    samples = posterior.samples[0]                      # [samples, unknowns], of the first measurement

    model = Model("runs/quickstart/model.pt")           # the trained network
    answer = model.condition(posterior.measurement[0], posterior.noise_std)
    again = answer.sample(1000, seed=1)                 # posterior samples, physical units
    slope = answer.score(x, t)                          # of log p(x_t | measurement), x [rows, unknowns], 0 < t <= 1

Files are described in the project's dataset_format.md, posterior_format.md and checkpoint_format.md. What is not as described is a
ReaderError that names the file, what was found and what was expected.
"""

from .errors import ReaderError
from .files import Dataset, Layout, Pairs, Posterior
from .model import Conditioned, Model
from .process import Process
from .random_numbers import starting_normals

__all__ = ["Conditioned", "Dataset", "Layout", "Model", "Pairs", "Posterior", "Process", "ReaderError", "starting_normals"]
