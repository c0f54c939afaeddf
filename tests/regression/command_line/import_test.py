"""`scorefem import`: pairs of other programs, from files to posteriors that are known."""
import json
import os
import pathlib
import sys
import unittest
import zipfile

import h5py
import numpy as np

from program import ProgramTest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "scripts"))
from scorefem_reader import Model  # noqa: E402  (the path comes first)

MINIMAL = """
study: mine
seed: 3
forward: {problem: pairs}
noise: {model: none}
"""
#: What makes a run take seconds.
SMALL = ["--set", "model={width: 32, hidden_layers: 2}", "--set", "training.epochs=60", "--set", "training.batch_size=200",
         "--set", "sampling.measurements=40", "--set", "sampling.samples=400"]

RESPONSE = np.array([[1.0, 0.5], [0.0, 1.0], [1.0, -1.0]])
NOISE = 0.5


def linear_pairs(n, seed, unknowns=None):
    """theta ~ N(0, I), x = G theta + noise of the simulator's own."""
    random = np.random.default_rng(seed)
    theta = random.standard_normal((n, 2)) if unknowns is None else unknowns
    return theta, theta @ RESPONSE.T + NOISE * random.standard_normal((n, 3))


def gaussian_posterior(x, columns=(0, 1, 2)):
    """Mean [n, 2] and standard deviation [2] of theta, given some columns of x."""
    response = RESPONSE[list(columns)]
    covariance = np.linalg.inv(np.eye(2) + response.T @ response / NOISE**2)
    return x[:, list(columns)] @ response @ covariance / NOISE**2, np.sqrt(np.diag(covariance))


class Import(ProgramTest):
    def setUp(self):
        super().setUp()
        self.config = self.write("mine.yaml", MINIMAL)

    def command(self, name, *arguments):
        return self.scorefem(name, self.config, "--output", self.run_folder, *arguments)

    def bring_in(self, *files, test=()):
        return self.command("import", "--pairs", *files, *(["--test", *test] if test else []))

    def dataset(self):
        return h5py.File(self.run_folder / "dataset.h5")

    def attribute(self, name):
        with self.dataset() as file:
            return np.bytes_(file.attrs[name]).decode()

    def npz(self, name, theta, x, **more):
        np.savez(self.folder / name, theta=theta, x=x, **more)
        return self.folder / name

    def csv(self, name, header, rows):
        return self.write(name, "\n".join([header, *(",".join("" if v != v else repr(float(v)) for v in row) for row in rows)]) + "\n")


class Formats(Import):
    """The same numbers come out, whatever file they came in."""

    def assert_same(self, theta, x, atol=0):
        with self.dataset() as file:
            np.testing.assert_allclose(file["train/unknowns"], theta, rtol=0, atol=atol)
            np.testing.assert_allclose(file["train/observations"], x, rtol=0, atol=atol)

    def names(self, group):
        with self.dataset() as file:
            return [name.decode() for name in file[group + "/name"]]

    def setUp(self):
        super().setUp()
        self.theta, self.x = linear_pairs(60, 1)
        self.test = self.npz("test.npz", *linear_pairs(10, 2))

    def test_npz_of_any_type_and_byte_order(self):
        for kind in ("<f8", ">f8", "<f4", ">f4", "<i2", ">i8", "u1"):
            theta, x = (np.abs(10 * self.theta)).astype(kind), (np.abs(10 * self.x)).astype(kind)
            self.assert_done(self.bring_in(self.npz("pairs.npz", theta, x), test=[self.test]))
            self.assert_same(theta.astype(float), x.astype(float))
        self.assertEqual(self.names("unknowns"), ["theta_1", "theta_2"])
        self.assertEqual(self.names("observations"), ["x_1", "x_2", "x_3"])

    def test_compressed_npz_and_folder_of_npy(self):
        np.savez_compressed(self.folder / "c.npz", theta=self.theta, x=self.x)
        self.assert_done(self.bring_in(self.folder / "c.npz", test=[self.test]))
        self.assert_same(self.theta, self.x)
        arrays = self.folder / "arrays"
        arrays.mkdir()
        np.save(arrays / "theta.npy", self.theta)
        np.save(arrays / "x.npy", self.x.astype("f4"))
        self.assert_done(self.bring_in(arrays, test=[self.test]))
        self.assert_same(self.theta, self.x.astype("f4"))

    def test_fortran_order(self):
        """Stored column by column: the same numbers, whatever holds them, more axes and more rows than are read at once."""
        arrays = self.folder / "arrays"
        arrays.mkdir()
        random = np.random.default_rng(5)
        for kind, shape, containers in (("<f8", (600, 1500, 2), "folder stored compressed"), (">f8", (60, 3), "stored"),
                                        ("<f4", (60, 2, 3, 2), "compressed"), (">f4", (60, 3), "folder")):
            theta, x = random.standard_normal((shape[0], 2)).astype(kind), random.standard_normal(shape).astype(kind)
            columns = {"theta": np.asfortranarray(theta), "x": np.asfortranarray(x)}
            self.assertFalse(columns["x"].flags.c_contiguous)
            self.assert_done(self.bring_in(self.npz("rows.npz", theta, x)))
            contents = self.attribute("imported_contents")
            for name, array in columns.items():
                np.save(arrays / f"{name}.npy", array)
            np.savez(self.folder / "stored.npz", **columns)
            np.savez_compressed(self.folder / "compressed.npz", **columns)
            paths = {"folder": arrays, "stored": self.folder / "stored.npz", "compressed": self.folder / "compressed.npz"}
            for container in containers.split():
                self.assert_done(self.bring_in(paths[container]))
                self.assertEqual(self.attribute("imported_contents"), contents, (container, kind, shape))

    def test_hdf5_with_names_of_its_own(self):
        with h5py.File(self.folder / "pairs.h5", "w") as file:
            file.create_dataset("sim/parameters", data=self.theta, chunks=(7, 1), compression="gzip")
            file.create_dataset("sim/data", data=self.x.astype(">f4"))
        with h5py.File(self.folder / "test.h5", "w") as file:
            file["sim/parameters"], file["sim/data"] = linear_pairs(5, 2)
        self.config = self.write("mine.yaml", MINIMAL.replace(
            "problem: pairs", "problem: pairs, unknowns_array: sim/parameters, observations_array: sim/data"))
        self.assert_done(self.bring_in(self.folder / "pairs.h5", test=[self.folder / "test.h5"]))
        self.assert_same(self.theta, self.x.astype("f4"))

    def test_hdf5_truth_values(self):
        """As h5py writes them: an enumeration."""
        self.config = self.write("mine.yaml", MINIMAL.replace("pairs", "pairs, nan: missing"))
        there = np.random.default_rng(3).random(self.x.shape) < 0.8
        with h5py.File(self.folder / "pairs.h5", "w") as file:
            file["theta"], file["x"], file["mask"] = self.theta, self.x, there
        self.assert_done(self.bring_in(self.folder / "pairs.h5"))
        contents = self.attribute("imported_contents")
        self.assert_done(self.bring_in(self.npz("a.npz", self.theta, np.where(there, self.x, np.nan))))
        self.assertEqual(self.attribute("imported_contents"), contents)

    def test_csv_by_number_and_by_name(self):
        rows = np.hstack([self.x, self.theta, np.arange(60)[:, None]])
        test = self.csv("test.csv", "theta_1,theta_2,x_1,x_2,x_3", np.hstack(linear_pairs(5, 2)))
        self.assert_done(self.bring_in(self.csv("a.csv", "x_1, x_2, x_3,theta_1,theta_2,run", rows), test=[test]))
        self.assert_same(self.theta, self.x)
        self.config = self.write("mine.yaml", MINIMAL.replace("problem: pairs", """problem: pairs,
          unknowns: [{name: slope, unit: m, lower: -9}, {name: "offset, left"}],
          observations: [{name: c, position: [3]}, {name: a, position: [1]}, {name: b, position: [2]}]"""))
        path = self.csv("b.csv", 'a,b,c,slope,"offset, left",run', rows)
        self.assert_done(self.bring_in(path))
        self.assertEqual(self.names("unknowns"), ["slope", "offset, left"])
        with self.dataset() as file:
            everything = np.vstack([np.hstack([file[part + "/unknowns"], file[part + "/observations"]]) for part in ("train", "test")])
            np.testing.assert_array_equal(file["observations/position"], [[3], [1], [2]])
            np.testing.assert_array_equal(file["unknowns/bounds"], [[-9, np.inf], [-np.inf, np.inf]])
        expected = np.hstack([self.theta, self.x[:, [2, 0, 1]]])
        np.testing.assert_array_equal(np.sort(everything[:, 0]), np.sort(expected[:, 0]))
        np.testing.assert_array_equal(everything[np.argsort(everything[:, 0])], expected[np.argsort(expected[:, 0])])

    def test_numbered_columns_in_any_order(self):
        """Listed names belong to the numbers, not to the places of the columns."""
        self.config = self.write("mine.yaml", MINIMAL.replace("problem: pairs", """problem: pairs,
          unknowns: [{name: slope}, {name: offset}], observations: [{name: a}, {name: b}, {name: c}]"""))
        first = self.csv("1.csv", "theta_1,theta_2,x_1,x_2,x_3", np.hstack([self.theta, self.x])[:30])
        second = self.csv("2.csv", "x_3,theta_2,x_1,x_2,theta_1", np.hstack([self.x[:, [2]], self.theta[:, [1]], self.x[:, :2], self.theta[:, [0]]])[30:])
        self.assert_done(self.bring_in(first, second, test=[self.test]))
        self.assert_same(self.theta, self.x)
        self.assertEqual(self.names("unknowns"), ["slope", "offset"])
        self.assert_refused(self.bring_in(self.csv("3.csv", "theta_1,theta_3,x_1,x_2,x_3", np.hstack([self.theta, self.x]))), "theta_2")

    def test_hdf5_behind_a_users_block(self):
        """As MATLAB writes them."""
        with h5py.File(self.folder / "pairs.mat", "w", userblock_size=512) as file:
            file["theta"], file["x"] = self.theta, self.x
        with open(self.folder / "pairs.mat", "r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512, b"\0"))
        self.assert_done(self.bring_in(self.folder / "pairs.mat", test=[self.test]))
        self.assert_same(self.theta, self.x)

    def test_many_files_are_one(self):
        parts = [self.npz(f"{i}.npz", self.theta[20 * i:20 * i + 20], self.x[20 * i:20 * i + 20]) for i in range(3)]
        self.assert_done(self.bring_in(*parts, test=[self.test]))
        self.assert_same(self.theta, self.x)
        several = self.attribute("imported_contents")
        self.assert_done(self.bring_in(self.npz("all.npz", self.theta, self.x), test=[self.test]))
        self.assertEqual(self.attribute("imported_contents"), several)
        with self.dataset() as file:
            self.assertIn(b"all.npz", file["sources/path"][0])
            self.assertRegex(file["sources/fingerprint"][0].decode(), "bytes, fnv1a [0-9a-f]{16}")

    def test_a_test_part_is_drawn(self):
        pairs = self.npz("pairs.npz", self.theta, self.x)
        self.assert_done(self.bring_in(pairs))
        with self.dataset() as file:
            first = file["test/unknowns"][:]
            everything = np.vstack([file["train/unknowns"], first])
        self.assertEqual(len(first), 6)
        np.testing.assert_array_equal(np.sort(everything, axis=0), np.sort(self.theta, axis=0))
        self.assert_done(self.bring_in(pairs))
        with self.dataset() as file:
            np.testing.assert_array_equal(file["test/unknowns"], first)
        self.assert_done(self.command("import", "--pairs", pairs, "--set", "seed=4", "--set", "data.test_share=0.5"))
        with self.dataset() as file:
            self.assertEqual(file["test/unknowns"].shape, (30, 2))


class Refused(Import):
    """What cannot be learnt from is said at once, with its place, and nothing is written."""

    def setUp(self):
        super().setUp()
        self.theta, self.x = linear_pairs(200, 1)

    def assert_import_refused(self, path, *words, test=()):
        self.assert_refused(self.bring_in(path, test=test), *words)
        self.assertFalse((self.run_folder / "dataset.h5").exists())

    def test_names_that_are_not_utf_8(self):
        """Figures and reports could not show them, after hours of training."""
        path = self.folder / "latin.csv"
        path.write_bytes("theta_1,theta_2,x_1,x_2,x_größe\n1,2,3,4,5\n".encode("latin-1"))
        self.assert_import_refused(path, "latin.csv", "observations", "UTF-8")

    def test_files(self):
        theta, x = self.theta, self.x
        self.assert_import_refused(self.folder / "none.npz", "none.npz", "No such file")
        self.assert_import_refused(self.npz("p.npz", theta, x[:-1]), "theta", "200 rows", "199 rows")
        np.savez(self.folder / "q.npz", theta=theta, y=x)
        self.assert_import_refused(self.folder / "q.npz", "no array 'x'", "observations_array", "y.npy")
        for name, damage in (("short", lambda data: data[:-9]), ("long", lambda data: data + b"1")):
            (self.folder / name).mkdir()
            np.save(self.folder / name / "theta.npy", theta)
            np.save(self.folder / name / "x.npy", np.asfortranarray(x))
            path = self.folder / name / "x.npy"
            path.write_bytes(damage(path.read_bytes()))
            self.assert_import_refused(self.folder / name, "x.npy", "ends too early" if name == "short" else "holds more")
        header = np.lib.format.header_data_from_array_1_0(np.asfortranarray(x)) | {"shape": (2**28, 3)}
        with zipfile.ZipFile(self.npz("big.npz", theta, x), "w", zipfile.ZIP_DEFLATED) as file:
            for name in ("theta.npy", "x.npy"):
                with file.open(name, "w") as member:
                    np.lib.format.write_array_header_1_0(member, header)
        self.assert_import_refused(self.folder / "big.npz", ".npy", "6144 MiB", "Fortran order", "numpy.savez")
        np.savez(self.folder / "c.npz", theta=theta, x=x.astype(complex))
        self.assert_import_refused(self.folder / "c.npz", "type '<c16'", "float32")
        np.save(self.folder / "one.npy", theta)
        self.assert_import_refused(self.folder / "one.npy", "a folder with theta.npy and x.npy")
        whole = self.npz("whole.npz", theta, x).read_bytes()
        columns = self.npz("columns.npz", np.asfortranarray(theta), x).read_bytes()
        for name, damage in (("cut.npz", whole[:-300]), ("hit.npz", whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:]),
                             ("cut_columns.npz", columns[:-300]),
                             ("hit_columns.npz", columns[:2000] + bytes([columns[2000] ^ 1]) + columns[2001:])):
            (self.folder / name).write_bytes(damage)
            self.assert_import_refused(self.folder / name, name)
        with h5py.File(self.folder / "t.h5", "w") as file:
            file["theta"], file["x"] = theta, np.array([b"a"] * 200)
        self.assert_import_refused(self.folder / "t.h5", "t.h5: x", "array of numbers")

    def test_csv(self):
        self.assert_import_refused(self.write("a.csv", "1,2,3\n4,5,6\n"), "a.csv:1", "header")
        self.assert_import_refused(self.write("b.csv", "a,b\n1,2\n"), "b.csv:1", "'theta_1'", "a, b")
        self.assert_import_refused(self.write("c.csv", "# note\n\ntheta_1,x_1\n1,2\n1,zwei\n"), "c.csv:5", "'x_1'", "'zwei'")
        self.assert_import_refused(self.write("d.csv", "theta_1,x_1\n1,2\n1\n"), "d.csv:3", "1 columns; expected 2")
        self.assert_import_refused(self.write("e.csv", "theta_1,theta_1,x_1\n"), "two columns", "'theta_1'")
        self.assert_import_refused(self.write("f.csv", "theta_1,x_1\n"), "no rows")
        self.config = self.write("mine.yaml", MINIMAL.replace("pairs", "pairs, unknowns: [{name: k}, {name: m}]"))
        self.assert_import_refused(self.write("g.csv", "k,x_1\n1,2\n"), "'m'", "k, x_1")

    def test_values(self):
        theta, x = self.theta.copy(), self.x.copy()
        self.config = self.write("mine.yaml", MINIMAL.replace("pairs", "pairs, unknowns: [{name: k, lower: -7, upper: 7}, {name: m}]"))
        theta[33, 0] = 7.5
        self.assert_import_refused(self.npz("b.npz", theta, x), "b.npz, row 33", "k = 7.5", "[-7, 7]")
        theta[33, 0] = 0
        constant = x.copy()
        constant[:, 1] = 2
        self.assert_import_refused(self.npz("c.npz", theta, constant), "x_2 is 2 in every row")
        absurd = x.copy()
        absurd[3, 1] = 1e300
        self.assert_import_refused(self.npz("absurd.npz", theta, absurd), "x_2 is in [", "1e+300", "another unit")
        self.assert_import_refused(self.npz("d.npz", theta[:, :1], x), "1 unknowns; expected 2")
        self.assert_import_refused(self.npz("e.npz", theta, x, mask=np.zeros_like(x)), "row 0", "forward.nan: missing")
        self.assert_import_refused(self.npz("h.npz", theta, x), "test.npz", test=[self.npz("test.npz", theta, x[:, :2])])
        self.assert_import_refused(self.npz("i.npz", theta, x), "2 observations; expected 3", test=[self.folder / "test.npz"])
        twice = self.write("twice.yaml", MINIMAL.replace("pairs", "pairs, unknowns: [{name: k}, {name: k}]"))
        self.assert_refused(self.scorefem("import", twice, "--pairs", self.folder / "i.npz", "--output", self.run_folder),
                            "forward.unknowns", "'k' names two components")

    def test_what_varies_in_the_test_part_alone(self):
        theta, x = self.theta, self.x
        self.assert_import_refused(self.npz("one.npz", theta[:1], x[:1]), "1 pairs to train with", "at least 2")
        self.assert_done(self.bring_in(self.npz("a.npz", theta, x)))
        with self.dataset() as file:
            drawn = np.flatnonzero((theta == file["test/unknowns"][0]).all(axis=1))
        (self.run_folder / "dataset.h5").unlink()
        for name, varied in (("theta_2", theta), ("x_2", x)):
            column = np.full_like(varied[:, 1], 2)
            column[drawn] = 3
            changed = np.column_stack([varied[:, 0], column, varied[:, 2:]])
            pairs = (changed, x) if varied is theta else (theta, changed)
            self.assert_import_refused(self.npz("b.npz", *pairs), "drawn for the test part", f"{name} is 2 in every row")

    def test_rows_without_numbers(self):
        theta, x = self.theta.copy(), self.x.copy()
        order = np.argsort(theta[:, 1])
        bad = order[-2:]  # they sit where theta_2 is great
        x[bad[0], 2] = np.nan
        theta[bad[1], 0] = np.inf
        path = self.npz("n.npz", theta, x)
        done = self.bring_in(path)
        self.assert_done(done)
        for word in ("2 of 200 rows", f"row {min(bad)}", f"row {max(bad)}", "theta_2 is in ["):
            self.assertIn(word, done.stderr)
        with self.dataset() as file:
            self.assertEqual(file["train/unknowns"].shape[0] + file["test/unknowns"].shape[0], 198)
        left_out = json.loads(self.attribute("left_out"))
        self.assertEqual((left_out["rows"], left_out["of"]), (2, 200))
        worst = left_out["unknowns"][0]
        self.assertEqual(worst["name"], "theta_2")
        self.assertAlmostEqual(worst["least"], theta[bad, 1].min())
        self.assertAlmostEqual(worst["greatest"], theta[bad, 1].max())
        (self.run_folder / "dataset.h5").unlink()
        x[order[-3], 0] = np.nan
        self.assert_import_refused(self.npz("m.npz", theta, x), "3 of 200 rows", "data.allow_failed", "1 %", "forward.nan: missing")
        self.assert_done(self.command("import", "--pairs", self.folder / "m.npz", "--set", "data.allow_failed=0.02"))

    def test_columns_that_hardly_vary(self):
        """Single precision does not hold what varies by a billionth; rounding does not count as varying."""
        theta, x = self.theta, self.x
        self.assert_import_refused(self.npz("o.npz", theta + [1e9, 0], x), "theta_1 is", "single precision", "subtract an offset")
        noisy = x.copy()
        noisy[:, 1] = 1013.25 + 1e-13 * theta[:, 0]
        self.assert_import_refused(self.npz("r.npz", theta, noisy), "x_2", "rounding")
        # A test part has as many rows as it has.
        one = self.npz("one.npz", theta[:1] + 0.5, x[:1])
        self.assert_done(self.bring_in(self.npz("s.npz", theta, x + 1e6), test=[one]))

    def test_it_does_not_replace_what_it_reads(self):
        self.assert_done(self.bring_in(self.npz("a.npz", *linear_pairs(200, 1))))
        before = (self.run_folder / "dataset.h5").read_bytes()
        arrays = ("--set", "forward.unknowns_array=train/unknowns", "--set", "forward.observations_array=train/observations")
        self.assert_refused(self.command("import", "--pairs", self.run_folder / "dataset.h5", *arrays), "would be replaced", "--output")
        self.assertEqual((self.run_folder / "dataset.h5").read_bytes(), before)
        os.mkfifo(self.folder / "pipe")
        self.assert_refused(self.command("import", "--pairs", self.folder / "pipe"), "a pipe")

    def test_suspicions(self):
        theta, x = self.theta.copy(), self.x.copy()
        x[17, 1] = 1e6
        test = self.npz("test.npz", np.vstack([linear_pairs(9, 2)[0], theta[3]]), np.vstack([linear_pairs(9, 2)[1], x[3]]))
        done = self.bring_in(self.npz("s.npz", theta, x), test=[test])
        self.assert_done(done)
        for word in ("x_2", "one row decides its scale", "row 17", "1 training pairs stand in the test part", "training pair 3", "test pair 9"):
            self.assertIn(word, done.stderr)


class Posteriors(Import):
    """From files to samples of posteriors that are known."""

    def samples(self, path=None):
        with h5py.File(path or self.run_folder / "posterior.h5") as file:
            return file["samples"][:].astype(float), file["measurement"][:]

    def assert_gaussian(self, samples, mean, sd, tolerance):
        """Means to within `tolerance` sd, on average, and widths to within that share."""
        self.assertLess(np.abs((samples.mean(axis=1) - mean) / sd).mean(), tolerance)
        np.testing.assert_allclose(samples.std(axis=1).mean(axis=0), sd, rtol=tolerance)

    def test_of_a_simulator_with_randomness(self):
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(4000, 1)), test=[self.npz("t.npz", *linear_pairs(100, 2))]))
        done = self.command("run", *SMALL)
        self.assert_done(done)
        samples, x = self.samples()
        self.assert_gaussian(samples, *gaussian_posterior(x), 0.1)
        summary = json.loads((self.run_folder / "summary.json").read_text())
        self.assertEqual(summary["noise"]["model"], "none")
        self.assertTrue(all(gate["verdict"] != "FAIL" for gate in summary["gates"]), summary["gates"])
        self.assertTrue((self.run_folder / "report.html").exists())
        again = self.command("run", *SMALL)
        self.assertIn("model.pt is up to date", again.stderr)
        # Other pairs under the same names: the model is not theirs.
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(4000, 8)), test=[self.folder / "t.npz"]))
        self.assertIn("imported pairs", self.command("train", *SMALL).stderr)

    def test_with_noise_that_is_known(self):
        theta, x = linear_pairs(4000, 1)
        clean, test = theta @ RESPONSE.T, linear_pairs(100, 2)[0]
        self.assert_done(self.bring_in(self.npz("p.npz", theta, clean), test=[self.npz("t.npz", test, test @ RESPONSE.T)]))
        noise = ["--set", f"noise={{model: gaussian, absolute: {NOISE}}}"]
        self.assert_done(self.command("run", *SMALL, *noise))
        samples, measured = self.samples()
        self.assertGreater(np.abs(measured - (test @ RESPONSE.T)[:40]).mean(), 0.7 * NOISE * np.sqrt(2 / np.pi))
        self.assert_gaussian(samples, *gaussian_posterior(measured), 0.1)

    def test_within_bounds(self):
        """theta ~ U(0, 1)^2, x = theta + noise: each posterior is a Gaussian cut off at the bounds."""
        def pairs(n, seed):
            random = np.random.default_rng(seed)
            theta = random.uniform(size=(n, 2))
            return theta.astype("f4"), theta + 0.3 * random.standard_normal((n, 2))
        self.config = self.write("mine.yaml", MINIMAL.replace(
            "pairs", "pairs, unknowns: [{name: a, lower: 0, upper: 1}, {name: b, lower: 0, upper: 1}]"))
        self.assert_done(self.bring_in(self.npz("p.npz", *pairs(6000, 1)), test=[self.npz("t.npz", *pairs(100, 2))]))
        self.assert_done(self.command("run", *SMALL))
        samples, x = self.samples()
        self.assertTrue(((samples >= 0) & (samples <= 1)).all())
        grid = (np.arange(2000) + 0.5) / 2000
        density = np.exp(-0.5 * ((grid - x[:, :, None]) / 0.3) ** 2)
        density /= density.sum(axis=2, keepdims=True)
        mean = (density * grid).sum(axis=2)
        sd = np.sqrt((density * grid**2).sum(axis=2) - mean**2)
        self.assertLess(np.abs((samples.mean(axis=1) - mean) / sd).mean(), 0.1)
        np.testing.assert_allclose(samples.std(axis=1).mean(axis=0), sd.mean(axis=0), rtol=0.1)
        summary = json.loads((self.run_folder / "summary.json").read_text())
        self.assertEqual(summary["outside_support"], 0)
        # Before anything is looked at or drawn.
        far, outside = self.write("far.csv", "90,-90\n"), self.write("outside.csv", "0.5,0.5\n0.5,1.5\n")
        result = self.scorefem("infer", self.config, "--measurement", far, "--output", self.folder / "o.h5", "--run", self.run_folder,
                               "--density", outside, *SMALL)
        self.assert_refused(result, "outside.csv: row 2, b = 1.5", "within its bounds")
        self.assertNotIn("unlike those of training", result.stderr)

    def test_with_missing_observations(self):
        self.config = self.write("mine.yaml", MINIMAL.replace("pairs", "pairs, nan: missing"))
        def pairs(n, seed):
            theta, x = linear_pairs(n, seed)
            missing = np.random.default_rng(seed + 100).uniform(size=(n, 2)) < 0.3
            x[:, :2][missing] = np.nan  # the third is always there
            return theta, x
        done = self.bring_in(self.npz("p.npz", *pairs(8000, 1)), test=[self.npz("t.npz", *pairs(100, 2))])
        self.assert_done(done)
        self.assertIn("some of them missing", done.stderr)
        with self.dataset() as file:
            mask, x = file["train/mask"][:], file["train/observations"][:]
            self.assertTrue(np.isfinite(x).all())
            self.assertAlmostEqual(mask[:, :2].mean(), 0.7, delta=0.02)
            self.assertEqual(len(np.unique(x[:, 0][mask[:, 0] == 0])), 1)
            self.assertAlmostEqual(x[:, 0][mask[:, 0] == 0][0], x[:, 0][mask[:, 0] == 1].mean(), places=9)
        self.assert_done(self.command("run", *SMALL))
        measured = self.write("measured.csv", "0.5,-0.2,1.0\n,0.4,-1\nnan,,0.3\n")
        (self.run_folder / "dataset.h5").rename(self.folder / "elsewhere.h5")
        out = self.folder / "out.h5"
        self.assert_refused(self.scorefem("infer", self.config, "--measurement", measured, "--output", out, "--run", self.run_folder))
        (self.folder / "elsewhere.h5").rename(self.run_folder / "dataset.h5")
        self.assert_done(self.scorefem("infer", self.config, "--measurement", measured, "--output", out, "--run", self.run_folder, *SMALL))
        samples, x = self.samples(out)
        self.assertEqual(np.isnan(x).sum(), 3)
        for i, columns in enumerate(((0, 1, 2), (1, 2), (2,))):
            mean, sd = gaussian_posterior(x[i:i + 1], columns)
            np.testing.assert_allclose(samples[i].mean(axis=0), mean[0], atol=0.25 * sd.max())
            np.testing.assert_allclose(samples[i].std(axis=0), sd, rtol=0.15)
        unknown = self.write("unknown.csv", "0.5,-0.2,\n")
        self.assert_refused(self.scorefem("infer", self.config, "--measurement", unknown, "--output", out, "--run", self.run_folder, *SMALL),
                            "x_3 is missing", "it is there in all training pairs")

    def test_observations_over_orders_of_magnitude(self):
        """exp(4 x): as it is, its largest values decide everything, and the posterior would be that of the other observations."""
        self.config = self.write("mine.yaml", MINIMAL.replace("pairs", "pairs, nan: missing"))

        def pairs(n, seed):
            theta, x = linear_pairs(n, seed)
            x[:, 0] = np.exp(4 * x[:, 0])
            x[np.random.default_rng(seed + 100).uniform(size=n) < 0.2, 1] = np.nan
            return theta, x

        self.assert_done(self.bring_in(self.npz("p.npz", *pairs(8000, 1)), test=[self.npz("t.npz", *pairs(100, 2))]))
        done = self.command("run", *SMALL)
        self.assert_done(done)
        self.assertIn("x_1 range over orders of magnitude", done.stderr)
        samples, measured = self.samples(self.run_folder / "posterior.h5")
        there = ~np.isnan(measured[:, 1])
        self.assertTrue(0 < (~there).sum() < len(there))
        linear = np.column_stack((np.log(measured[:, 0]) / 4, measured[:, 1:]))
        for rows, columns in ((there, (0, 1, 2)), (~there, (0, 2))):
            mean, sd = gaussian_posterior(linear[rows], columns)
            self.assertLess(np.abs((samples[rows].mean(axis=1) - mean) / sd).mean(), 0.15)
            np.testing.assert_allclose(samples[rows].std(axis=1).mean(axis=0), sd, rtol=0.1)
        # The reader in Python sees the same; a value below all of training's, which a logarithm would not take, has an answer.
        model = Model(self.run_folder / "model.pt")
        for row in (np.flatnonzero(there)[0], np.flatnonzero(~there)[0]):
            drawn = model.condition(measured[row], 0).sample(4000, seed=1)
            self.assertLess(np.abs((drawn.mean(axis=0) - samples[row].mean(axis=0)) / drawn.std(axis=0)).max(), 5 * (1 / 400 + 1 / 4000) ** 0.5)
        self.assertTrue(np.isfinite(model.condition(np.array([-1.0, 0.0, 0.0]), 0).sample(10, seed=1)).all())

    def test_observations_by_a_curve_have_no_likelihood(self):
        theta, x = linear_pairs(1000, 1)
        x[:, 0] = np.exp(4 * x[:, 0])
        self.assert_done(self.bring_in(self.npz("p.npz", theta, x)))
        short = (*SMALL, "--set", "training.epochs=2")
        done = self.command("train", *short)
        self.assert_done(done)
        self.assertIn("x_1 range over orders of magnitude", done.stderr)
        result = self.scorefem("infer", self.config, "--measurement", self.write("m.csv", "1,1,1\n"), "--output", self.folder / "o.h5",
                               "--run", self.run_folder, "--correct", *short)
        self.assert_refused(result, "by curves", "--correct")
        self.assertNotIn("missing", result.stderr)

    def test_a_damaged_data_set_is_named(self):
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(300, 1))))
        with h5py.File(self.run_folder / "dataset.h5", "r+") as file:
            del file["test/unknowns"]
        self.assert_refused(self.command("train", *SMALL), "dataset.h5: /test/unknowns", "scorefem import")

    def test_with_a_mask(self):
        """The same numbers as NaN; columns that are missing together are seen as one."""
        self.config = self.write("mine.yaml", MINIMAL.replace("pairs", "pairs, nan: missing"))
        theta, x = linear_pairs(300, 1)
        mask = np.ones_like(x)
        mask[::3, :2] = 0
        holes = np.where(mask == 0, np.nan, x)
        self.assert_done(self.bring_in(self.npz("a.npz", theta, holes)))
        contents = self.attribute("imported_contents")
        self.assert_done(self.bring_in(self.npz("b.npz", theta, np.where(mask == 0, 77.0, x), mask=mask.astype(bool))))
        self.assertEqual(self.attribute("imported_contents"), contents)
        self.assert_done(self.command("train", *SMALL, "--set", "training.epochs=2", "--set", "sampling.measurements=5"))
        half = self.write("half.csv", "0.5,,1\n")
        self.assert_refused(self.scorefem("infer", self.config, "--measurement", half, "--output", self.folder / "o.h5", "--run",
                                          self.run_folder, *SMALL, "--set", "training.epochs=2", "--set", "sampling.measurements=5"), "x_2 is missing and x_1 is there")

    def test_a_thousand_pairs_with_defaults(self):
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(1000, 1))))
        shown = self.command("train", "--dry-run")
        self.assert_done(shown)
        self.assertIn("batch_size: 100", shown.stdout)
        self.assert_done(self.command("train", "--set", "training.epochs=2"))


    def test_few_pairs_for_many_observations(self):
        random = np.random.default_rng(1)
        theta = random.standard_normal((90, 2))
        x = np.hstack([theta, random.standard_normal((90, 48))])
        self.assert_done(self.bring_in(self.npz("p.npz", theta, x)))
        done = self.command("train", "--set", "training.epochs=1")
        self.assert_done(done)
        for word in ("pairs to train with, and 50 observations", "too narrow", "summaries"):
            self.assertIn(word, done.stderr)
        self.assert_done(self.bring_in(self.npz("p.npz", theta[:50], x[:50])))
        self.assert_refused(self.command("train", "--set", "training.epochs=1"), "dataset.h5", "50 observations", "expected more pairs")

    def test_ten_pairs_have_a_report(self):
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(10, 1))))  # one of them is the test part
        self.assert_done(self.command("run", "--set", "training.epochs=2", "--set", "sampling.samples=20"))
        self.assertTrue((self.run_folder / "report.html").exists())


class Order(Import):
    """What needs what."""

    def test_messages(self):
        for command in ("train", "run", "sample", "evaluate"):
            self.assert_refused(self.command(command), "scorefem import")
        for command in ("generate", "merge"):
            self.assert_refused(self.command(command), "scorefem import")
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(300, 1))))
        self.assert_refused(self.command("reference"), "none")
        self.assert_refused(self.scorefem("observe", self.config, "--flux", self.write("t.csv", "1,2\n"), "--output", self.folder / "o.csv",
                                          "--set", f"resources.output={self.run_folder}"), "another program")
        self.assert_refused(self.command("sample", "--set", "forward.nan=missing"), "nan: failed -> nan: missing", "import")
        self.assert_done(self.command("import", "--pairs", self.folder / "p.npz", "--set", "data.test_share=0"))
        keys = [*SMALL[:-4], "--set", "data.test_share=0"]
        self.assert_refused(self.command("run", *keys), "no test part", "test_share")
        self.assert_done(self.command("train", *keys, "--set", "training.epochs=2"))
        self.assert_refused(self.command("sample", *keys, "--set", "training.epochs=2"), "no test part")

    def test_an_import_that_fails_leaves_the_one_before(self):
        self.assert_done(self.bring_in(self.npz("p.npz", *linear_pairs(300, 1))))
        before = (self.run_folder / "dataset.h5").read_bytes()
        theta, x = linear_pairs(300, 1)
        self.assert_refused(self.bring_in(self.npz("q.npz", theta, np.full_like(x, np.nan))), "300 of 300 rows")
        self.assertEqual((self.run_folder / "dataset.h5").read_bytes(), before)
        self.assertEqual([name for name in self.written() if "run/" in name and "dataset" in name], ["run/dataset.h5"])

    def test_another_problem_is_not_imported(self):
        from program import CONFIG
        result = self.scorefem("import", CONFIG, "--pairs", self.npz("p.npz", *linear_pairs(9, 1)), "--output", self.run_folder)
        self.assert_refused(result, "forward.problem = linear", "expected pairs")


if __name__ == "__main__":
    unittest.main()
