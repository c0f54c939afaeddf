"""`import`: the same numbers come out, whatever file they came in."""

import unittest

import h5py
import numpy as np

from pairs_import import MINIMAL, SMALL, Import, linear_pairs


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
