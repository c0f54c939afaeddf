"""`scorefem export`: NetCDF in ArviZ's layout, CSV and a page, from what `infer` and `sample` wrote."""

import csv
import importlib.util
import re
import shutil
import unittest

import h5py
import numpy as np

from netcdf import Netcdf, libnetcdf
from program import ProgramTest, full_disk

STUDY = """
study: mine
seed: 3
forward:
  problem: pairs
  nan: missing
  unknowns: [{name: slope, unit: m, lower: -9}, {name: "offset, left", group: others}]
  observations: [{name: a, unit: s, position: [1]}, {name: b, unit: s, position: [2.5]}]
noise: {model: none}
model: {width: 8, hidden_layers: 1}
training: {epochs: 2, batch_size: 50}
sampling: {measurements: 4, samples: 30}
"""


class Export(ProgramTest):
    """One small run, by `import`, `train`, `sample` and `infer`."""

    def setUp(self):
        super().setUp()
        random = np.random.default_rng(1)
        self.theta = random.standard_normal((300, 2))
        x = self.theta + 0.3 * random.standard_normal((300, 2))
        x[::5, 1] = np.nan
        np.savez(self.folder / "p.npz", theta=self.theta, x=x)
        self.config = self.write("mine.yaml", STUDY)
        run = ["--output", self.run_folder]
        self.assert_done(self.scorefem("import", self.config, "--pairs", self.folder / "p.npz", *run))
        self.assert_done(self.scorefem("train", self.config, *run))
        self.inferred = self.folder / "own.h5"
        measured = self.write("m.csv", "0.5,1\n-1,\n")
        self.assert_done(self.scorefem("infer", self.config, "--run", self.run_folder, "--measurement", measured, "--output", self.inferred))
        with h5py.File(self.inferred) as file:
            self.samples, self.measurement = file["samples"][:], file["measurement"][:]
            self.p_values = file["misfit/distance_p_value"][:]

    def netcdf(self):
        done = self.scorefem("export", self.inferred, "--format", "netcdf")
        self.assert_done(done)
        self.assertIn("own.nc", done.stdout)
        return self.folder / "own.nc"

    def test_netcdf(self):
        path = self.netcdf()
        self.assertFalse((self.folder / "own_samples.csv").exists())
        with h5py.File(path) as file:
            self.assertEqual(set(file), {"posterior", "prior", "observed_data", "sample_stats", "constant_data"})
            unknowns = file["posterior/unknowns"]
            self.assertEqual([axis[0].name.rsplit("/", 1)[1] for axis in unknowns.dims], ["chain", "draw", "measurement", "unknown"])
            np.testing.assert_array_equal(unknowns[0].swapaxes(0, 1), self.samples)
            self.assertEqual([text.decode() for text in file["posterior/unknown"]], ["slope", "offset, left"])
            self.assertEqual([text.decode() for text in file["posterior/unknown_unit"]], ["m", ""])
            np.testing.assert_array_equal(file["posterior/measurement"], [1, 2])
            np.testing.assert_array_equal(file["observed_data/observations"], self.measurement)
            np.testing.assert_array_equal(file["constant_data/lower"], [-9, -np.inf])
            np.testing.assert_array_equal(file["constant_data/position"], [[1], [2.5]])
            np.testing.assert_array_equal(file["constant_data/distance_p_value"], self.p_values)
            with h5py.File(self.inferred) as inferred:
                for name, values in inferred["misfit"].items():
                    np.testing.assert_array_equal(file[f"constant_data/{name}"], values[:], name)
            self.assertNotIn("truth", file["constant_data"])
            np.testing.assert_array_equal(file["sample_stats/outside_bounds"], np.zeros((1, 30, 2)))
            with h5py.File(self.run_folder / "dataset.h5") as dataset:
                prior, training = file["prior/unknowns"][0], dataset["train/unknowns"][:]
                rows = [int(np.flatnonzero((training == row).all(axis=1))[0]) for row in prior]
                self.assertEqual(len(set(rows)), 30)
                self.assertGreater(max(rows), len(training) / 2)  # pairs may be sorted
        # Other pairs, of the same names, in the place of those that the posterior is of.
        np.savez(self.folder / "p.npz", theta=self.theta + 3, x=self.theta)
        self.assert_done(self.scorefem("import", self.config, "--pairs", self.folder / "p.npz", "--output", self.run_folder))
        path.unlink()
        with h5py.File(self.netcdf()) as file:
            self.assertNotIn("prior", file)

    def test_netcdf_is_read_by_its_own_library(self):
        library = libnetcdf()
        if library is None:
            self.skipTest("libnetcdf is not installed")
        file = Netcdf(library, self.netcdf())
        self.addCleanup(file.close)
        dimensions, values = file.variable("posterior", "unknowns")
        self.assertEqual(dimensions, ["chain", "draw", "measurement", "unknown"])
        np.testing.assert_array_equal(values[0].swapaxes(0, 1), self.samples)
        self.assertEqual(file.texts("posterior", "unknown", 2), ["slope", "offset, left"])
        self.assertEqual(file.names("posterior"), ["chain", "draw", "measurement", "unknown", "unknown_group", "unknown_unit", "unknowns"])
        np.testing.assert_array_equal(file.variable("constant_data", "upper")[1], [np.inf, np.inf])
        self.assertEqual(file.variable("prior", "unknowns")[0], ["chain", "draw", "unknown"])

    def test_netcdf_is_read_by_xarray(self):
        if importlib.util.find_spec("xarray") is None or importlib.util.find_spec("netCDF4") is None:
            self.skipTest("xarray or netCDF4 is not installed")
        import xarray  # pylint: disable=import-outside-toplevel
        path = self.netcdf()
        with xarray.open_dataset(path, group="posterior") as posterior:
            chosen = posterior["unknowns"].sel(chain=0, measurement=2, unknown="slope")
            np.testing.assert_array_equal(chosen, self.samples[1, :, 0])
            self.assertIn("unknown_unit", posterior.coords)
        with xarray.open_dataset(path, group="sample_stats") as stats:
            self.assertEqual(stats["outside_bounds"].dtype, bool)
        if importlib.util.find_spec("arviz") is not None:
            import arviz  # pylint: disable=import-outside-toplevel
            data = arviz.from_netcdf(path)
            self.assertEqual(arviz.summary(data, kind="stats").shape[0], 4)

    def test_csv(self):
        self.assert_done(self.scorefem("export", self.inferred, "--format", "csv", "--output", self.folder / "t" / "other"))
        with open(self.folder / "t" / "other_samples.csv", newline="", encoding="utf-8") as file:
            header, *rows = list(csv.reader(file))
        self.assertEqual(header, ["measurement", "sample", "slope", "offset, left"])
        numbers = np.array(rows, dtype=float)
        np.testing.assert_array_equal(numbers[:, :2], [[i, j] for i in (1, 2) for j in range(1, 31)])
        np.testing.assert_array_equal(numbers[:, 2:].astype("f4"), self.samples.reshape(60, 2))
        with open(self.folder / "t" / "other_summary.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([(row["measurement"], row["unknown"], row["unit"]) for row in rows[:2]], [("1", "slope", "m"), ("1", "offset, left", "")])
        for row, samples in zip(rows, self.samples.transpose(0, 2, 1).reshape(4, 30).astype(float)):
            for name, value in (("mean", samples.mean()), ("sd", samples.std(ddof=1)), ("5%", np.quantile(samples, 0.05)),
                                ("50%", np.quantile(samples, 0.5)), ("95%", np.quantile(samples, 0.95))):
                self.assertAlmostEqual(float(row[name]), value, delta=1e-6 * max(1, abs(value)), msg=name)

    def test_measurements_of_the_same_name_are_let_be(self):
        measured = self.write("own.csv", "0.5,1\n")
        self.assert_done(self.scorefem("export", self.inferred))
        self.assertEqual(measured.read_text(), "0.5,1\n")

    def test_report(self):
        self.assert_done(self.scorefem("export", self.inferred, "--format", "report"))
        page = (self.folder / "own_report.html").read_text(encoding="utf-8")
        for word in ("Measurement 2", "slope", "offset, left", "data:image/png"):
            self.assertIn(word, page)
        self.assertNotIn("Truth", page)
        mean = float(re.search(r'data-value="([^"]*)" data-key="measurements.0.slope.mean"', page)[1])
        self.assertAlmostEqual(mean, self.samples[0, :, 0].astype(float).mean(), places=6)
        self.assertEqual(sorted(path.name for path in (self.folder / "own_figures").iterdir()),
                         ["corner.pdf", "corner.png", "posteriors.pdf", "posteriors.png"])

    def test_report_with_chosen_unknowns(self):
        reported = self.folder / "reported.h5"
        shutil.copy(self.inferred, reported)
        with h5py.File(reported, "r+") as file:
            stored = file.attrs["configuration"]
            text = stored.decode() if isinstance(stored, bytes) else stored
            file.attrs["configuration"] = np.bytes_(text + "report: {corner: [slope, not there]}\n")
        result = self.scorefem("export", reported, "--format", "report")  # the name shows that the key is asked
        self.assertEqual(result.returncode, 1)
        self.assertIn("no unknown named not there", result.stderr)

    def test_of_a_run_with_all_formats(self):
        self.assert_done(self.scorefem("sample", self.config, "--output", self.run_folder))
        self.assert_done(self.scorefem("export", self.run_folder / "posterior.h5"))
        for name in ("posterior.nc", "posterior_samples.csv", "posterior_summary.csv", "posterior_report.html"):
            self.assertTrue((self.run_folder / name).exists(), name)
        with h5py.File(self.run_folder / "posterior.nc") as file, h5py.File(self.run_folder / "posterior.h5") as posterior:
            np.testing.assert_array_equal(file["constant_data/truth"], posterior["truth"])

    def test_a_full_disk_is_an_error_and_no_crash(self):
        for file_format, output, size in (("netcdf", "own.nc", 4096), ("csv", "own_samples.csv", 100)):
            result = self.scorefem("export", self.inferred, "--format", file_format, preexec_fn=full_disk(size))
            self.assert_failed(result, output, ": File too large\n")
            self.assertNotIn(".tmp-", result.stderr)
        self.assertEqual([name for name in self.written() if ".nc" in name or "own_samples" in name], [])

    def test_of_repeated_measurements(self):
        """Nothing of what `infer` found is left out, though it is of rows."""
        self.config = self.write("rows.yaml", STUDY.replace("nan: missing", "nan: failed").replace("{model: none}", "{absolute: 0.3}")
                                 .replace("epochs: 2,", "epochs: 2, noise_range: [0.05, 1],"))
        np.savez(self.folder / "q.npz", theta=self.theta, x=self.theta)
        folder = self.folder / "rows"
        self.assert_done(self.scorefem("import", self.config, "--pairs", self.folder / "q.npz", "--output", folder))
        self.assert_done(self.scorefem("train", self.config, "--output", folder))
        measured = self.write("rows.csv", "0.5,1\n0.4,1.2\n30,-30\n")
        own = self.folder / "rows.h5"
        inferred = self.scorefem("infer", self.config, "--run", folder, "--measurement", measured, "--output", own, "--repeated")
        self.assert_done(inferred)
        self.assertIn("measurement 3 is unlike those of training", inferred.stderr)
        self.assertIn("rows differ from each other", inferred.stderr)
        self.assert_done(self.scorefem("export", own, "--format", "netcdf"))
        with h5py.File(own) as file, h5py.File(self.folder / "rows.nc") as netcdf:
            self.assertEqual(len(file["samples"]), 1)
            np.testing.assert_array_equal(file["misfit/distance_warned"], [0, 0, 1])
            np.testing.assert_array_equal(file["misfit/repetition_warned"], [1])
            for name, values in file["misfit"].items():
                np.testing.assert_array_equal(netcdf[f"constant_data/{name}"], values[:], name)
                axis, = netcdf[f"constant_data/{name}"].dims
                self.assertEqual(axis[0].name.rsplit("/", 1)[1], values.attrs["axes"].decode(), name)
        self.assert_done(self.scorefem("export", own, "--format", "report"))
        page = (self.folder / "rows_report.html").read_text(encoding="utf-8")
        for words in ("unlike the measurements of training", "its rows are unlike each other", "Of its rows the worst"):
            self.assertIn(words, page)

    def test_refused(self):
        self.assert_refused(self.scorefem("export", self.folder / "none.h5"), "none.h5", "no such file")
        self.assert_refused(self.scorefem("export", self.run_folder / "dataset.h5"), "not a ScoreFEM posterior")
        self.assertEqual(self.scorefem("export", self.inferred, "--format", "xml").returncode, 2)
        odd = self.inferred.rename(self.folder / "odd.nc")
        self.assert_refused(self.scorefem("export", odd), "would replace what is read")


class PriorOfAConfiguration(ProgramTest):
    def test_its_draws_are_those_of_training(self):
        self.assert_done(self.stage("generate"))
        self.assert_done(self.stage("train"))
        self.assert_done(self.stage("sample"))
        self.assert_done(self.scorefem("export", self.run_folder / "posterior.h5", "--format", "netcdf"))
        with h5py.File(self.run_folder / "posterior.nc") as file, h5py.File(self.run_folder / "dataset.h5") as dataset:
            n = min(len(dataset["train/unknowns"]), file["prior/unknowns"].shape[1])
            self.assertGreater(n, 0)
            np.testing.assert_allclose(file["prior/unknowns"][0, :n], dataset["train/unknowns"][:n], atol=1e-12)


if __name__ == "__main__":
    unittest.main()
