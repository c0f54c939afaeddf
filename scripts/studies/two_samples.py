"""Whether two sets of draws can be told apart."""

import numpy as np


def two_sample_test(a, b, folds=10):
    """Share of draws that a linear classifier on values and their products gets right, by cross-validation: 0.5 if it cannot tell.

    A classifier two-sample test (Lopez-Paz and Oquab, ICLR 2017) that sees means, variances and correlations. The fold of a draw depends
    on its value, so that a draw that stands twice is not seen in training and in testing.
    """
    both = np.vstack((a, b))
    vary = both.std(axis=0) > 0
    both = both[:, vary]
    both = (both - both.mean(axis=0)) / both.std(axis=0)
    i, j = np.triu_indices(both.shape[1])
    features = np.hstack((np.ones((len(both), 1)), both, both[:, i] * both[:, j]))
    label = np.repeat((1.0, -1.0), (len(a), len(b)))
    _, distinct = np.unique(both, axis=0, return_inverse=True)
    fold = np.random.default_rng(1).permutation(distinct.max() + 1)[distinct.ravel()] % folds
    right = 0
    for k in range(folds):
        here = features[fold != k]
        ridge = 0.1 * len(here) * np.eye(here.shape[1])
        weight = np.linalg.solve(here.T @ here + ridge, here.T @ label[fold != k])
        right += (np.sign(features[fold == k] @ weight) == label[fold == k]).sum()
    return float(right / len(both))
