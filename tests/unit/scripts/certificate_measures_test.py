"""studies/certificate: distances and errors where the answer is known, on small arrays; usage: certificate_measures_test.py SCRIPTS_DIR."""

import sys
import unittest
from pathlib import Path

import numpy as np
from scipy import stats

SCRIPTS = Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(SCRIPTS))
from studies.certificate import measures  # noqa: E402  (the path comes first)
from studies.two_samples import nothing_to_tell, resampled, two_sample_test  # noqa: E402

MEAN, SD = np.array([2.0, 0.3, -1.0, 5.0]), np.array([1.0, 1.0, 0.5, 2.0])  # before the clipping at 0
N_EXACT = 4000


def posterior(random, n, shift=0.0, factor=1.0, bound=0.0):
    return np.maximum(MEAN + SD * (shift + factor * random.standard_normal((n, len(MEAN)))), bound)


def exact_answer(random, bound=0.0):
    draws = posterior(random, N_EXACT, bound=bound)
    ess = np.full(len(MEAN), float(N_EXACT))
    return measures.chains(draws.mean(0), draws.std(0), draws[:1000], ess, ess), draws[:1000]


def importance(random, n, factor=1.3, shift=0.0):
    """Draws of a wider posterior and their weights to the exact one, moved by `shift` afterwards."""
    normal = random.standard_normal((n, len(MEAN)))
    log_weight = (-0.5 * (factor * normal) ** 2 + 0.5 * normal**2).sum(1)
    weights = np.exp(log_weight - log_weight.max())
    return np.maximum(MEAN + SD * (factor * normal + shift), 0), weights / weights.sum()


def distances(n_repeats=40, bound=0.0, **options):
    random = np.random.default_rng(3)
    found = []
    for _ in range(n_repeats):
        exact, exact_draws = exact_answer(random, bound)
        draws, weights = importance(random, 1000, **options)
        found.append(measures.distance(measures.weighted(draws, weights), exact, draws, weights, exact_draws))
    return found


class Errors(unittest.TestCase):
    def spread(self, draw):
        """Of means and sds over repetitions, and the errors that were stated."""
        random = np.random.default_rng(1)
        answers = [draw(random) for _ in range(400)]
        for name in ("mean", "sd"):
            yield (np.std([getattr(answer, name) for answer in answers], axis=0),
                   np.mean([getattr(answer, f"{name}_error") for answer in answers], axis=0))

    def test_those_of_equal_weights_are_the_spread_over_repetitions(self):
        for found, stated in self.spread(lambda random: measures.plain(posterior(random, 500))):
            np.testing.assert_allclose(stated[[0, 1, 3]], found[[0, 1, 3]], rtol=0.15)

    def test_those_of_weighted_draws_are_too(self):
        for found, stated in self.spread(lambda random: measures.weighted(*importance(random, 500, 1.2))):
            np.testing.assert_allclose(stated[[0, 1, 3]], found[[0, 1, 3]], rtol=0.15)

    def test_weights_near_the_mean_say_more_of_it_than_of_the_rest(self):
        """An error by the number of effective draws alone would be the same for every unknown."""
        random = np.random.default_rng(2)
        draws = random.standard_normal((4000, 2))
        weights = np.exp(-2 * draws[:, 0] ** 2)
        answer = measures.weighted(draws, weights / weights.sum())
        self.assertLess(answer.mean_error[0], 0.8 * answer.sd[0] / np.sqrt(answer.effective))
        self.assertAlmostEqual(answer.mean_error[1] * np.sqrt(answer.effective) / answer.sd[1], 1, delta=0.1)

    def test_those_of_chains_follow_their_effective_draws(self):
        draws = np.random.default_rng(4).standard_normal((2000, 2))
        found = measures.chains(np.zeros(2), np.ones(2), draws, np.array([100.0, 400.0]), np.array([50.0, 900.0]))
        np.testing.assert_allclose(found.mean_error, [0.1, 0.05])
        np.testing.assert_allclose(found.sd_error, [0.1, np.sqrt(1 / 800)], rtol=0.1)


class Distance(unittest.TestCase):
    def test_a_perfect_answer_is_not_flagged_and_its_z_is_one(self):
        found = distances(60)
        self.assertEqual([d for d in found if max(d.z, d.sd_z) > measures.LARGEST_Z or d.surely > 0], [])
        self.assertAlmostEqual(np.mean([d.z2 for d in found]), 1, delta=0.25)
        self.assertAlmostEqual(np.mean([d.sd_z2 for d in found]), 1, delta=0.3)
        self.assertAlmostEqual(np.median([d.largest for d in found]) / np.median([d.null for d in found]), 1, delta=0.2)

    def test_chance_sets_a_perfect_plain_answer_apart_by_its_null_distance(self):
        random = np.random.default_rng(9)
        found = []
        for _ in range(60):
            (exact, exact_draws), draws = exact_answer(random), posterior(random, 300)
            found.append(measures.distance(measures.plain(draws), exact, draws, None, exact_draws))
        self.assertAlmostEqual(np.median([d.largest for d in found]) / np.median([d.null for d in found]), 1, delta=0.2)

    def test_a_small_shift_is_noticed_by_z_and_a_large_one_surely_off(self):
        for d in distances(10, shift=0.4):
            self.assertGreater(d.z, measures.LARGEST_Z)
            self.assertGreater(d.surely, measures.TOLERANCE)
        for d in distances(10, shift=0.2):
            self.assertLess(d.surely, measures.TOLERANCE)
        small = distances(40, shift=0.05)
        self.assertGreater(np.mean([d.z2 for d in small]), 1.5)
        self.assertLess(max(d.z for d in small), 2 * measures.LARGEST_Z)

    def test_what_is_noticed_is_the_bound(self):
        noticed = np.mean([d.noticed for d in distances(10)])
        self.assertTrue(all(d.z > measures.LARGEST_Z for d in distances(20, shift=1.6 * noticed)))
        self.assertFalse(any(d.z > measures.LARGEST_Z for d in distances(20, shift=0.2 * noticed)))

    def test_a_wrong_width_is_noticed_in_the_sd_alone(self):
        random = np.random.default_rng(5)
        exact, exact_draws = exact_answer(random, bound=-np.inf)
        draws = posterior(random, 2000, factor=0.8, bound=-np.inf)
        found = measures.distance(measures.plain(draws), exact, draws, None, exact_draws)
        self.assertLess(found.z, measures.LARGEST_Z)
        self.assertGreater(found.sd_z, measures.LARGEST_Z)

    def test_few_effective_draws_are_no_excuse_for_a_mean_far_off(self):
        """The draws are narrow and in the wrong place: a bound by their effective number, of the exact sds, would allow it."""
        random = np.random.default_rng(6)
        exact, exact_draws = exact_answer(random)
        draws, weights = importance(random, 1000, factor=2.0)
        draws[:, 0] = MEAN[0] + 0.3 + 0.2 * random.standard_normal(len(draws))
        answer = measures.weighted(draws, weights)
        self.assertLess(0.3 / np.sqrt(1 / answer.effective + 1 / N_EXACT), measures.LARGEST_Z)
        self.assertGreater(measures.distance(answer, exact, draws, weights, exact_draws).z, 2 * measures.LARGEST_Z)

    def test_an_unknown_at_its_bound_is_not_judged_and_one_that_never_leaves_it_is_left_out(self):
        random = np.random.default_rng(7)
        exact_draws = np.column_stack((random.standard_normal(1000), np.zeros(1000), (np.arange(1000) < 40) * 1.0))
        ess = np.full(3, 1000.0)
        exact = measures.chains(exact_draws.mean(0), exact_draws.std(0), exact_draws, ess, ess)
        draws = np.column_stack((random.standard_normal(1000), np.zeros(1000), np.zeros(1000)))
        found = measures.distance(measures.plain(draws), exact, draws, None, exact_draws)
        self.assertLess(found.z, measures.LARGEST_Z)
        self.assertLess(found.surely, measures.TOLERANCE)
        zeros = np.zeros((1000, 1))
        none = measures.distance(measures.plain(zeros), measures.chains(zeros[0], zeros[0], zeros, ess[:1], ess[:1]), zeros, None, zeros)
        self.assertTrue(np.isnan(none.z) and np.isnan(none.largest))


class Limits(unittest.TestCase):
    def test_clopper_pearson(self):
        for k, n in ((0, 50), (3, 50), (49, 50), (7, 300)):
            self.assertAlmostEqual(measures.upper_limit(k, n), stats.beta.ppf(0.95, k + 1, n - k), places=9)
        self.assertAlmostEqual(measures.upper_limit(0, 300), 0.01, delta=1e-4)  # the rule of three
        self.assertEqual((measures.upper_limit(5, 5), measures.upper_limit(0, 0)), (1, 1))


class TwoSamples(unittest.TestCase):
    def setUp(self):
        self.random = np.random.default_rng(8)

    def test_equal_ones_cannot_be_told_apart_and_others_can(self):
        a, b = self.random.standard_normal((2, 1000, 5))
        self.assertAlmostEqual(two_sample_test(a, b), 0.5, delta=0.04)
        self.assertAlmostEqual(two_sample_test(a, b + 1), stats.norm.cdf(np.sqrt(5) / 2), delta=0.03)
        self.assertGreater(two_sample_test(a, 2 * b), 0.75)
        b[:, 0] = b[:, 1] + 0.5 * b[:, 0]
        self.assertGreater(two_sample_test(a / a.std(0), b / b.std(0)), 0.6)

    def test_a_resample_is_by_the_weights(self):
        draws = np.arange(4.0)[:, None]
        np.testing.assert_array_equal(resampled(draws, np.array([0.1, 0, 0.6, 0.3]), 10).ravel(), [0] + 6 * [2] + 3 * [3])

    def test_draws_in_a_random_order_hold_nothing_to_tell_however_far_apart_they_were(self):
        a, b = self.random.standard_normal((2, 500, 3))
        a = np.repeat(a[:50], 10, axis=0) + 3
        self.assertGreater(two_sample_test(a, b), 0.95)
        self.assertAlmostEqual(np.mean([nothing_to_tell(a, b + 1e-9 * i) for i in range(3)]), 0.5, delta=0.1)


if __name__ == "__main__":
    unittest.main()
