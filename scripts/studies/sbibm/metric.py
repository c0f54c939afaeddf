#!/usr/bin/python3
"""The benchmark's metric: how well a classifier tells two sets of samples apart (C2ST). 0.5: not at all, 1: always.

    metric.py REFERENCE.npy SAMPLES.npy     # prints the accuracy

A program of its own, as one thread and a fast BLAS make it quick, and both must be chosen before NumPy starts.
"""

import sys

import numpy as np


def c2st(reference: np.ndarray, samples: np.ndarray, folds: int = 5) -> float:
    """Mean accuracy over the folds. Both sets [n, unknowns] are standardised by the reference's mean and standard deviation; the
    classifier has two hidden layers of ten times the number of unknowns."""
    # Imported here: the tasks and the tables do without it.
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.neural_network import MLPClassifier

    for name, values in (("reference", reference), ("samples", samples)):
        if values.ndim != 2 or values.shape[1] != reference.shape[1] or not np.isfinite(values).all():
            raise ValueError(f"{name} of shape {values.shape}: expected finite numbers, [n, {reference.shape[-1]}]")
    width = 10 * reference.shape[1]
    mean, deviation = reference.mean(0), reference.std(0, ddof=1)
    both = np.concatenate([(reference - mean) / deviation, (samples - mean) / deviation])
    labels = np.repeat([0, 1], [len(reference), len(samples)])
    classifier = MLPClassifier(activation="relu", hidden_layer_sizes=(width, width), max_iter=10000, solver="adam", random_state=1)
    return float(np.mean(cross_val_score(classifier, both, labels, cv=KFold(folds, shuffle=True, random_state=1), scoring="accuracy")))


if __name__ == "__main__":
    print(c2st(*(np.load(path) for path in sys.argv[1:3])))
