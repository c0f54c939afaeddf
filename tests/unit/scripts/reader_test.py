"""scorefem_reader on archives and files that are not what they should be, its processes and random numbers; usage: reader_test.py
SCRIPTS_DIR."""

import json
import math
import os
import pickle
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import h5py
import numpy as np
from scipy import stats

sys.path.insert(0, sys.argv.pop(1))
from scorefem_reader import Dataset, Model, Posterior, Process, ReaderError  # noqa: E402  (the path comes first)
from scorefem_reader.archive import _rebuild_tensor, read_archive  # noqa: E402
from scorefem_reader.gaussian import JointMoments, solve_positive  # noqa: E402
from scorefem_reader.marginals import Marginal, read_marginals  # noqa: E402
from scorefem_reader.random_numbers import _philox, normals  # noqa: E402


class Caller:
    """A pickle of it calls a function when it is read."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def archive(self, content):
        path = self.folder / "model.pt"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model/data.pkl", content)
        return path

    def test_a_pickle_calls_nothing(self):
        marker = self.folder / "marker"
        for call in (Caller(os.system, f"touch {marker}"), Caller(eval, f"open({str(marker)!r}, 'w')"), Caller(Path.touch, marker)):
            with self.assertRaisesRegex(ReaderError, "nothing that a checkpoint holds"):
                Model(self.archive(pickle.dumps(call)))
        self.assertFalse(marker.exists())

    def test_files_that_are_no_checkpoints(self):
        with self.assertRaisesRegex(ReaderError, "nowhere.pt"):
            Model(self.folder / "nowhere.pt")
        (self.folder / "text.pt").write_text("no zip")
        with self.assertRaisesRegex(ReaderError, "not a LibTorch archive"):
            Model(self.folder / "text.pt")
        with self.assertRaisesRegex(ReaderError, "damaged"):
            Model(self.archive(b"\x80\x02"))
        with self.assertRaisesRegex(ReaderError, "expected a module, found list"):
            Model(self.archive(pickle.dumps([1])))
        with zipfile.ZipFile(self.folder / "empty.pt", "w"):
            pass
        with self.assertRaisesRegex(ReaderError, "data.pkl"):
            read_archive(self.folder / "empty.pt")

    def test_a_tensor_stays_within_its_storage(self):
        storage = np.arange(6.0)
        np.testing.assert_array_equal(_rebuild_tensor(storage, 1, (2, 2), (1, 2)), [[1, 3], [2, 4]])
        for offset, size, stride in ((0, (7,), (1,)), (5, (2,), (1,)), (0, (2, 2), (1, 5)), (-1, (1,), (1,)), (3, (2,), (-1,))):
            with self.assertRaises(pickle.UnpicklingError):
                _rebuild_tensor(storage, offset, size, stride)

    def test_hdf5_files(self):
        path = self.folder / "dataset.h5"
        with self.assertRaisesRegex(ReaderError, "not a readable HDF5 file"):
            Dataset(path)
        with h5py.File(path, "w") as file:
            file.attrs["seed"] = 1
        with self.assertRaisesRegex(ReaderError, "attribute type"):
            Dataset(path)
        with h5py.File(path, "a") as file:
            file.attrs["type"], file.attrs["format_version"] = "scorefem dataset", 99
        with self.assertRaisesRegex(ReaderError, "format version 99"):
            Dataset(path)
        with self.assertRaisesRegex(ReaderError, "expected scorefem posterior"):
            Posterior(path)
        with h5py.File(path, "a") as file:
            file.attrs["format_version"] = 1
        with Dataset(path) as data, self.assertRaisesRegex(ReaderError, "array /train/flux"):
            data.train


    def test_layouts_of_both_formats(self):
        path = self.folder / "dataset.h5"
        with h5py.File(path, "w") as file:
            file.attrs["type"], file.attrs["format_version"] = "scorefem dataset", 1
            file["segments"], file["sensors"] = [[0, 0, 1], [0, 1, 3], [1, 0, 1], [1, 1, 3]], [[0.5, 0.5], [1.0, 0.5]]
            for part in ("train", "test"):
                for name, columns in (("flux", 4), ("concentration", 2), ("noise", 2), ("mask", 2)):
                    file[f"{part}/{name}"] = np.ones((3, columns))
        with Dataset(path) as data:
            self.assertEqual(data.unknowns.names, ("lower 1", "lower 2", "upper 1", "upper 2"))
            self.assertEqual(data.unknowns.positions[:2].tolist(), [[0.5], [2.0]])
            self.assertEqual(list(data.unknowns.of_group("upper wall")), [2, 3])
            self.assertEqual(data.observations.names, ("sensor 1", "sensor 2"))
            np.testing.assert_array_equal(data.train.measurements(2.0), np.full((3, 2), 3.0))
        with h5py.File(path, "w") as file:
            file.attrs["type"], file.attrs["format_version"] = "scorefem dataset", 2
            for part in ("train", "test"):
                file[f"{part}/unknowns"], file[f"{part}/observations"] = np.ones((3, 2)), np.full((3, 1), 5.0)
            for group, names in (("unknowns", ["a", "b"]), ("observations", ["y"])):
                for key, values in (("name", names), ("group", ["g"] * len(names)), ("unit", ["m"] * len(names))):
                    file[f"{group}/{key}"] = np.array(values, dtype=h5py.string_dtype())
                file[f"{group}/bounds"] = [[0, np.inf]] * len(names)
        with Dataset(path) as data:
            self.assertEqual((data.unknowns.names, data.unknowns.units, data.unknowns.positions), (("a", "b"), ("m", "m"), None))
            self.assertEqual(data.unknowns.bounds.tolist(), [[0, np.inf]] * 2)
            np.testing.assert_array_equal(data.test.measurements(2.0), np.full((3, 1), 5.0))  # no noise, no masks


class Numbers(unittest.TestCase):
    def test_marginals(self):
        v = np.array([-9.0, -2.5, 0.0, 0.3, 4.0, 9.0])
        kinds = (("normal", 1, 2, None, None, 1 + 2 * v), ("clipped", 0, 1, 0, None, v.clip(0)),
                 ("log_normal", 0.5, 2, 3, None, 3 + np.exp(0.5 + 2 * v)), ("log_normal", 0.5, 2, None, 3, 3 - np.exp(0.5 + 2 * v)),
                 ("uniform", 0, 1, -2, 3, -2 + 5 * stats.norm.cdf(v)))
        for kind, mean, sd, lower, upper, expected in kinds:
            text = json.dumps([{"kind": kind, "mean": mean, "sd": sd, "lower": lower, "upper": upper}])
            (marginal,) = read_marginals(text, "x")
            np.testing.assert_allclose(marginal.value(v), expected, rtol=1e-13)
        for lower, upper in ((-1.0, 2.0), (4.0, 9.0), (-9.0, -4.0)):
            value = Marginal("truncated_normal", 0.5, 1.5, lower, upper).value(v)
            a, b = (lower - 0.5) / 1.5, (upper - 0.5) / 1.5
            expected = stats.truncnorm.isf(stats.norm.sf(v), a, b, 0.5, 1.5)
            np.testing.assert_allclose(value, expected, rtol=1e-6)
            self.assertTrue(((value >= lower) & (value <= upper)).all())
        for lower, upper in ((-1.0, np.inf), (-np.inf, 2.0)):  # one bound; further out scipy's own are off
            value = Marginal("truncated_normal", 0.5, 1.5, lower, upper).value(v[1:-1])
            expected = stats.truncnorm.isf(stats.norm.sf(v[1:-1]), (lower - 0.5) / 1.5, (upper - 0.5) / 1.5, 0.5, 1.5)
            np.testing.assert_allclose(value, expected, rtol=1e-6)
        for sd in (0.02, 5.0):
            value = Marginal("bounded", 0, sd, -2.0, 3.0).value(v)
            self.assertTrue(((value >= -2) & (value <= 3)).all())
            inside = (value > -2 + 1e-6) & (value < 3 - 1e-6)
            self.assertGreaterEqual(inside.sum(), 2)
            back = value[inside] + sd * np.log((value[inside] + 2) / (3 - value[inside]))
            np.testing.assert_allclose(back, v[inside], atol=1e-7)
        with self.assertRaisesRegex(ReaderError, "kind beta"):
            read_marginals('[{"kind": "beta"}]', "x")

    def test_philox_is_the_published_one(self):
        """Known answers of Random123's kat_vectors for philox4x32-10."""
        known = (((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
                 ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
                 ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
                  (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)))
        for counter, key, expected in known:
            found = _philox([np.array([word], np.uint64) for word in counter], key)
            self.assertEqual(tuple(int(word[0]) for word in found), expected)

    def test_normals_depend_on_their_index_alone(self):
        x = normals(7, 3, np.arange(20000), 5)
        np.testing.assert_array_equal(x[[17, 4]], normals(7, 3, np.array([17, 4]), 5))
        self.assertLess(np.abs(x.mean(0)).max(), 5 / len(x) ** 0.5)
        self.assertLess(np.abs(np.cov(x.T) - np.eye(5)).max(), 10 / len(x) ** 0.5)

    def test_processes(self):
        for process in (Process("ve_geometric"), Process("ve_linear"), Process("vp"), Process("vp", k=1), Process("vp_straight", k=3)):
            for t in (0.1, 0.5, 0.9):
                m, s = process.mean(t), process.stddev(t)
                self.assertAlmostEqual(process.time_of_ratio(s / m), t, places=9)
                step = 1e-6
                variance = (process.stddev(t + step) ** 2 - process.stddev(t - step) ** 2) / (2 * step)
                self.assertAlmostEqual(variance, -process.drift(t) * s**2 + process.diffusion_squared(t), places=4)
                slope = (math.log(process.mean(t + step)) - math.log(process.mean(t - step))) / (2 * step)
                self.assertAlmostEqual(slope, -0.5 * process.drift(t), places=4)
            self.assertEqual(process.time_of_ratio(1e300), 1.0)
        with self.assertRaisesRegex(ReaderError, "family = edm"):
            Process("edm")

    def test_solves_with_singular_covariances(self):
        a = np.array([[1.0, 2.0], [2.0, 4.0]])
        np.testing.assert_allclose(a @ solve_positive(a, a), a, rtol=1e-5)
        with self.assertRaisesRegex(ReaderError, "positive definite"):
            solve_positive(np.array([[1.0, 3.0], [3.0, 1.0]]), np.eye(2))

    def test_covariance_of_noisy_products(self):
        """Isserlis' theorem against what samples give."""
        random, v = np.random.default_rng(2), 0.7
        y = random.standard_normal((400000, 2)) @ np.array([[1.0, 0.3], [0.0, 0.8]])
        y -= y.mean(0)

        def features(y, variance):
            products = np.stack([y[:, 0] ** 2, y[:, 0] * y[:, 1], y[:, 1] ** 2], axis=1)
            return np.hstack([y, products])

        clean = features(y, 0)
        moments = JointMoments(np.zeros(1), np.zeros(2), np.cov(np.hstack([y[:, :1], clean]).T))
        noisy = features(y + v * random.standard_normal(y.shape), v)
        self.assertLess(np.abs(moments.noisy_covariance(v) - np.cov(noisy.T)).max(), 0.05)
        on = np.array([True, False])
        np.testing.assert_array_equal(moments.features_on(on), [True, False, True, False, False])
        found = moments.features(np.array([2.0, np.nan]), on, v)
        np.testing.assert_allclose(found, [2, 0, 4 - moments.covariance[1, 1] - v**2, 0, 0])


if __name__ == "__main__":
    unittest.main()
