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
    # Products of each fold, once: those of the others are the sum less its own.
    parts = [features[fold == k] for k in range(folds)]
    labels = [label[fold == k] for k in range(folds)]
    squares = [part.T @ part for part in parts]
    sides = [part.T @ signs for part, signs in zip(parts, labels)]
    square, side = sum(squares), sum(sides)
    right = 0
    for k in range(folds):
        ridge = 0.1 * (len(both) - len(parts[k])) * np.eye(features.shape[1])
        weight = np.linalg.solve(square - squares[k] + ridge, side - sides[k])
        right += (np.sign(parts[k] @ weight) == labels[k]).sum()
    return float(right / len(both))


def nothing_to_tell(a, b):
    """What the test finds in the same draws if chance alone says which belong to a: repeated ones in a are as many, of other values.

    A resample of few distinct draws is not one of as many independent ones, so that this need not be 0.5.
    """
    distinct, times = np.unique(a, axis=0, return_counts=True)
    pool = np.random.default_rng(2).permutation(np.vstack((distinct, b)))
    return two_sample_test(np.repeat(pool[:len(distinct)], times, axis=0), pool[len(distinct):])


def resampled(draws, weights, n):
    """n of the draws by their weights, systematically."""
    places = np.searchsorted(weights.cumsum() / weights.sum(), (np.arange(n) + 0.5) / n)
    return draws[places.clip(max=len(draws) - 1)]
