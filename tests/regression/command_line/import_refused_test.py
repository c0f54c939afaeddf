"""`import`: what cannot be learnt from is said at once."""

import json
import os
import unittest
import zipfile

import h5py
import numpy as np

from pairs_import import MINIMAL, Import, linear_pairs


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
        for name, link in (("soft.h5", h5py.SoftLink("/none")), ("external.h5", h5py.ExternalLink("gone.h5", "/theta"))):
            with h5py.File(self.folder / name, "w") as file:
                file["theta"], file["x"] = link, x
            self.assert_import_refused(self.folder / name, f"{name}: cannot open theta, a link to what is not there")
        with h5py.File(self.folder / "lzf.h5", "w") as file:
            file.create_dataset("theta", data=theta.round(1), compression="lzf")
            file["x"] = x
        self.assert_import_refused(self.folder / "lzf.h5", "lzf.h5: theta", "the filter 'lzf'", "expected gzip")

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


if __name__ == "__main__":
    unittest.main()
