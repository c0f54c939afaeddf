// CSV, atomic and HDF5 files.
#include <gtest/gtest.h>
#include <malloc.h>
#include <torch/types.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/base/parse_number.h"
#include "pipeline/base/traces.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/pair_reader.h"
#include "pipeline/dataset/sensor_mask.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/exporting/netcdf_file.h"
#include "pipeline/posterior/training_distance.h"
#include "pipeline/problem/noise/gaussian.h"
#include "pipeline/truth/gaussian_answer.h"

namespace scorefem {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  Files() : folder_(fs::temp_directory_path() / ("scorefem-files-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Files() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string file_with(const std::string& text) const {
    std::ofstream(path("input.csv")) << text;
    return path("input.csv");
  }
  std::string csv_error(const std::string& text,
                        base::MissingValues missing = base::MissingValues::rejected) const {
    try {
      base::read_csv(file_with(text), 2, missing);
    } catch (const base::InputError& error) {
      const std::string message = error.what();
      return message.substr(message.find("input.csv"));
    }
    return "(no error)";
  }

  fs::path folder_;
};

TEST_F(Files, CsvReadsNumbersAndSkipsComments) {
  const solver::Matrix m =
      base::read_csv(file_with("# a comment\n1, 2e-3\r\n\n+3,-4\n"), 2, base::MissingValues::rejected);
  ASSERT_EQ(m.rows(), 2);
  EXPECT_EQ(m(0, 1), 2e-3);
  EXPECT_EQ(m(1, 0), 3);
  EXPECT_EQ(m(1, 1), -4);
}

TEST_F(Files, CsvErrorsNamePlace) {
  EXPECT_EQ(csv_error("1,2\n1\n"), "input.csv:2: 1 columns; expected 2");
  EXPECT_EQ(csv_error("1,2,3\n"), "input.csv:1: 3 columns; expected 2");
  EXPECT_EQ(csv_error("1;2\n"),
            "input.csv:1: 1 columns; expected 2, with commas between them (not semicolons or tabs) and "
            "points in the numbers");
  EXPECT_EQ(csv_error("1,abc\n"), "input.csv:1, column 2: 'abc'; expected a finite number");
  EXPECT_EQ(csv_error("inf,1\n"), "input.csv:1, column 1: 'inf'; expected a finite number");
  EXPECT_EQ(csv_error("1,-infinity\n"), "input.csv:1, column 2: '-infinity'; expected a finite number");
  EXPECT_EQ(csv_error("1e999,1\n"), "input.csv:1, column 1: '1e999'; expected a finite number");
  EXPECT_EQ(csv_error("1,nan\n"), "input.csv:1, column 2: 'nan'; expected a number");
  EXPECT_EQ(csv_error("# nothing\n"), "input.csv: no rows; expected rows of 2 numbers");
  EXPECT_THROW(base::read_csv(path("missing.csv"), 2, base::MissingValues::rejected), base::InputError);
}

TEST_F(Files, CsvColumnsMayBeNamed) {
  const std::vector<std::string> names = {"a", "b, c", "d"};
  const auto read = [&](const std::string& text) {
    return base::read_csv(file_with(text), names, base::MissingValues::allowed);
  };
  const solver::Matrix m = read("# a comment\nd,a,\"b, c\"\n3,1,2\n6,,5\n");
  ASSERT_EQ(m.rows(), 2);
  EXPECT_EQ(m.row(0), Eigen::RowVector3d(1, 2, 3));
  EXPECT_TRUE(std::isnan(m(1, 0)));
  EXPECT_EQ(m.row(1).tail(2), Eigen::RowVector2d(5, 6));
  EXPECT_EQ(read("1,2,3\n"), Eigen::RowVector3d(1, 2, 3));
  // Names that look like numbers, as hours.
  EXPECT_EQ(base::read_csv(file_with("4,2,1\n30,20,10\n"), {"1", "2", "4"}, base::MissingValues::allowed),
            Eigen::RowVector3d(10, 20, 30));
  // As a spreadsheet writes it, with a byte order mark.
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "1,2,3\r\n"),
            Eigen::RowVector3d(1, 2, 3));
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "d,a,\"b, c\"\r\n3,1,2\r\n"),
            Eigen::RowVector3d(1, 2, 3));
  const auto error = [&](const std::string& text) -> std::string {
    try {
      read(text);
    } catch (const base::InputError& input_error) {
      const std::string message = input_error.what();
      return message.substr(message.find("input.csv"));
    }
    return "(no error)";
  };
  EXPECT_EQ(error("a,e,d\n1,2,3\n"),
            "input.csv:1: a column 'e'; expected each of the 3 names once, a to d, or numbers alone");
  EXPECT_EQ(error("a,d,d\n1,2,3\n"),
            "input.csv:1: a column 'd' for the second time; expected each of the 3 names once, a to d, or "
            "numbers alone");
  EXPECT_EQ(error("a,\"b, c\",d\n"), "input.csv: no rows; expected rows of 3 numbers");
  EXPECT_EQ(error("1,2,3\na,x,d\n"), "input.csv:2, column 1: 'a'; expected a finite number");
}

TEST_F(Files, TracesAreWhatWasNotThereBefore) {
  fs::create_directories(path("old"));
  std::ofstream(path("old/log")) << "kept";
  const base::Traces traces({path("old/log"), path("old/new/log"), path("old/full/log"), path("old/full")});
  for (const char* folder : {"old/new", "old/full"}) {
    fs::create_directories(path(folder));
    std::ofstream(path(folder) + "/log") << "of this command";
  }
  std::ofstream(path("old/full/result")) << "kept too";
  traces.remove();
  EXPECT_TRUE(fs::exists(path("old/log")));
  EXPECT_FALSE(fs::exists(path("old/new")));
  EXPECT_FALSE(fs::exists(path("old/full/log")));
  EXPECT_TRUE(fs::exists(path("old/full/result")));
}

TEST_F(Files, CsvMissingValues) {
  const solver::Matrix m = base::read_csv(file_with("1,\nNaN,2\n"), 2, base::MissingValues::allowed);
  EXPECT_TRUE(std::isnan(m(0, 1)));
  EXPECT_TRUE(std::isnan(m(1, 0)));
  EXPECT_EQ(csv_error("1,inf\n", base::MissingValues::allowed),
            "input.csv:1, column 2: 'inf'; expected a finite number");
}

TEST_F(Files, CsvFieldsReadBackWhateverTheirTexts) {
  const std::vector<std::string> names = {"#1", "a, b", "\"c\"", "d #"};
  std::string header;
  for (const std::string& name : names) header += (header.empty() ? "" : ",") + base::csv_text(name);
  EXPECT_EQ(header, "\"#1\",\"a, b\",\"\"\"c\"\"\",d #");
  const solver::Matrix m =
      base::read_csv(file_with(header + "\n1,2,3,4\n"), names, base::MissingValues::rejected);
  EXPECT_EQ(m, Eigen::RowVector4d(1, 2, 3, 4));
}

TEST_F(Files, CsvRoundTripKeepsDigits) {
  solver::Matrix m(1, 2);
  m << M_PI, -1e-30;
  base::write_csv(path("out.csv"), {"a comment"}, m, 12);
  const solver::Matrix read = base::read_csv(path("out.csv"), 2, base::MissingValues::rejected);
  EXPECT_NEAR(read(0, 0) / m(0, 0), 1, 1e-11);
  EXPECT_NEAR(read(0, 1) / m(0, 1), 1, 1e-11);
}

TEST(ParseNumber, IsTheWholeTextAndKeepsWhatIsBeyondFloat64Apart) {
  EXPECT_EQ(base::parse_number("+1.5e3"), 1500);
  EXPECT_EQ(base::parse_number("-1e999"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(base::parse_number("12345678901e300"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(base::parse_number("1e-999"), 0);
  EXPECT_GT(base::parse_number("1e-310").value_or(0), 0);
  for (const char* text : {"", "+", "1.5 ", "1,5", "0x10", "1e", "--1", "+-1", "++1"})
    EXPECT_FALSE(base::parse_number(text)) << text;
}

TEST_F(Files, AtomicFileLeavesNoTraceWithoutCommit) {
  base::write_text_file(path("kept.txt"), "old");
  {
    const base::AtomicFile file(path("kept.txt"));
    std::ofstream(file.temporary_path()) << "half of the n";
  }
  EXPECT_EQ(base::read_text_file(path("kept.txt"), "text"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(Files, AtomicFileRemovesLeftoversOfDeadProcesses) {
  const std::string own = base::AtomicFile(path("a.h5")).temporary_path();
  const std::string prefix = own.substr(0, own.rfind('-') + 1);
  const std::string dead = prefix + "2147483646";  // beyond the largest process number
  const std::string alive = prefix + std::to_string(::getppid());
  const std::string elsewhere = prefix + "2147483646-77";  // of a machine whose name begins with this one's
  std::ofstream(elsewhere) << "x";
  std::ofstream(dead) << "x";
  std::ofstream(alive) << "x";
  std::ofstream(own) << "x";  // of a killed process whose number this one has, as in a container
  const base::AtomicFile file(path("a.h5"));
  EXPECT_EQ(file.temporary_path(), own);
  EXPECT_FALSE(fs::exists(own));
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(alive));
  EXPECT_TRUE(fs::exists(elsewhere));
}

TEST_F(Files, AtomicFileInAFolderThatCannotBeOpened) {
  fs::create_directory(path("folder"));
  fs::permissions(path("folder"),
                  fs::perms::owner_write | fs::perms::owner_exec);  // root opens it all the same
  base::write_text_file(path("folder/file"), "x");
  fs::permissions(path("folder"), fs::perms::owner_all);
  EXPECT_TRUE(fs::exists(path("folder/file")));
}

TEST_F(Files, ReadingThatFailsHalfwayIsAnError) {
  // Opens, but has nothing at its beginning to read.
  EXPECT_THROW(base::read_text_file("/proc/self/mem", "text"), base::InputError);
  base::write_text_file(path("empty.txt"), "");
  EXPECT_EQ(base::read_text_file(path("empty.txt"), "text"), "");
  const std::string long_text(200000, 'x');
  base::write_text_file(path("long.txt"), long_text);
  EXPECT_EQ(base::read_text_file(path("long.txt"), "text"), long_text);
}

TEST_F(Files, UnwritableFolderIsNamed) {
  EXPECT_THROW(base::require_writable_directory("/proc/no-such-folder"), base::InputError);
  std::ofstream(path("file")) << "x";
  EXPECT_THROW(base::require_writable_directory(path("file") + "/below"), base::InputError);
}

TEST_F(Files, Hdf5RoundTrip) {
  solver::Matrix m(3, 2);
  m << 1, 2, 3, 4, 5, 6;
  base::Hdf5File file = base::Hdf5File::create(path("a.h5"));
  file.create_group("/g");
  file.write_matrix("/g/m", m);
  file.set_attribute("/", "text", std::string("h\xc3\xa9llo"));
  file.set_attribute("/g/m", "number", 2.5);
  file.set_attribute("/g", "count", std::int64_t{7});
  file.close();
  const base::Hdf5File read = base::Hdf5File::open(path("a.h5"));
  EXPECT_EQ(read.read_matrix("/g/m"), m);
  solver::Matrix rows(2, 2);
  read.read_rows("/g/m", 1, 2, rows.data());
  EXPECT_EQ(rows, m.bottomRows(2));
  EXPECT_EQ(read.text_attribute("/", "text"), "h\xc3\xa9llo");
  EXPECT_EQ(read.number_attribute("/g/m", "number"), 2.5);
  EXPECT_EQ(read.number_attribute("/g", "count"), 7);
  EXPECT_TRUE(read.contains("/g/m"));
  EXPECT_FALSE(read.contains("/h/m"));
  EXPECT_THROW(read.read_rows("/g/m", 2, 2, rows.data()), base::InputError);
  EXPECT_THROW(read.read_matrix("/g"), base::InputError);
  EXPECT_THROW(read.text_attribute("/", "absent"), base::InputError);
  EXPECT_THROW(read.text_attribute("/g", "count"), base::InputError);
}

TEST_F(Files, Hdf5RejectsOtherFiles) {
  std::ofstream(path("text.h5")) << "not HDF5 at all";
  EXPECT_THROW(base::Hdf5File::open(path("text.h5")), base::InputError);
  EXPECT_THROW(base::Hdf5File::open(path("absent.h5")), base::InputError);
  base::Hdf5File file = base::Hdf5File::create(path("cut.h5"));
  file.write_matrix("/m", solver::Matrix::Ones(1000, 30));
  file.close();
  fs::resize_file(path("cut.h5"), fs::file_size(path("cut.h5")) / 2);
  EXPECT_THROW(base::Hdf5File::open(path("cut.h5")), base::InputError);
}

TEST_F(Files, NetcdfSaysWhyItCannotBeWritten) {
  try {
    const exporting::NetcdfFile file(path("no such folder/a.nc"));
    ADD_FAILURE() << "written";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("No such file or directory"), std::string::npos) << error.what();
  }
}

TEST_F(Files, Hdf5AttributesAndObjectsAreReplaced) {
  base::Hdf5File file = base::Hdf5File::create(path("a.h5"));
  file.set_attribute("/", "value", std::string("first"));
  file.set_attribute("/", "value", 2.5);
  file.write_texts("/texts", {"one", "", "three words here"});
  file.close();
  file = base::Hdf5File::open(path("a.h5"), base::Hdf5File::Access::write);
  EXPECT_EQ(file.number_attribute("/", "value"), 2.5);
  EXPECT_EQ(file.read_texts("/texts"), (std::vector<std::string>{"one", "", "three words here"}));
  file.remove("/texts");
  EXPECT_FALSE(file.contains("/texts"));
  EXPECT_THROW(file.read_texts("/texts"), base::InputError);
}

TEST_F(Files, Hdf5ViewsJoinOtherFiles) {
  const solver::Matrix m = solver::Matrix::Random(5, 3);
  fs::create_directory(path("parts"));
  for (const auto& [name, first, n] : {std::tuple{"parts/a.h5", 0, 2}, std::tuple{"parts/b.h5", 2, 3}}) {
    base::Hdf5File file = base::Hdf5File::create(path(name));
    file.write_matrix("/m", m.middleRows(first, n));
    file.close();
  }
  base::Hdf5File file = base::Hdf5File::create(path("whole.h5"));
  file.create_view("/m", {5, 3}, {{"parts/a.h5", 2}, {"parts/b.h5", 3}});
  file.write_matrix("/own", m);
  file.close();
  const base::Hdf5File read = base::Hdf5File::open(path("whole.h5"));
  EXPECT_EQ(read.read_matrix("/m"), m);
  EXPECT_EQ(read.virtual_sources("/m"), (std::vector<std::string>{"parts/a.h5", "parts/b.h5"}));
  EXPECT_TRUE(read.virtual_sources("/own").empty());
  fs::remove(path("parts/b.h5"));
  EXPECT_TRUE(std::isnan(base::Hdf5File::open(path("whole.h5")).read_matrix("/m")(4, 0)));
}

TEST_F(Files, FailuresAreKept) {
  base::Hdf5File file = base::Hdf5File::create(path("a.h5"));
  EXPECT_TRUE(dataset::read_failures(file).empty());
  dataset::write_failures(file, {{dataset::Split::train, 7, "diverged"}});
  dataset::write_failures(file, {{dataset::Split::train, 7, "diverged"},
                                 {dataset::Split::test, 2, "stalled after 50 iterations"}});
  const std::vector<dataset::FailedSample> failures = dataset::read_failures(file);
  ASSERT_EQ(failures.size(), 2U);
  EXPECT_EQ(failures[1].split, dataset::Split::test);
  EXPECT_EQ(failures[1].row, 2);
  EXPECT_EQ(failures[1].reason, "stalled after 50 iterations");
}

TEST_F(Files, SensorMasksFromAFile) {
  const auto error = [&](const std::string& text) -> std::string {
    try {
      dataset::SensorMask(file_with(text), 3, 4);
      return "";
    } catch (const base::InputError& e) {
      const std::string message = e.what();
      return message.substr(message.find("input.csv"));
    }
  };
  const solver::Matrix one = dataset::SensorMask(file_with("1,0,1\n"), 3, 4).draw(2, 0, 2);
  solver::Matrix expected(2, 3);
  expected << 1, 0, 1, 1, 0, 1;
  EXPECT_EQ(one, expected);
  expected << 0, 0, 1, 1, 1, 1;
  EXPECT_EQ(dataset::SensorMask(file_with("1,0,0\n0,1,0\n0,0,1\n1,1,1\n"), 3, 4).draw(2, 0, 2), expected);
  EXPECT_EQ(error("1,0\n"), "input.csv:1: 2 columns; expected 3");
  EXPECT_EQ(error("1,0,0.7\n"), "input.csv: row 1, column 3: expected 1 (the sensor is on) or 0 (off)");
  EXPECT_EQ(error("1,0,1\n1,1,1\n"),
            "input.csv: 2 rows; expected 1, for all samples, or 4, one for each of data.train + data.test");
}

TEST_F(Files, FingerprintTellsContentsApart) {
  const std::string before = base::file_fingerprint(file_with("1,0,1\n"), "a table");
  EXPECT_NE(base::file_fingerprint(file_with("1,1,1\n"), "a table"), before);
  EXPECT_EQ(base::file_fingerprint(file_with("1,0,1\n"), "a table"), before);
  EXPECT_THROW(base::file_fingerprint(path("nothing.csv"), "a table"), base::InputError);
}

TEST_F(Files, DrawnMasksHaveTheirProbability) {
  const dataset::SensorMask mask(5, 0.7, 30);
  const solver::Matrix drawn = mask.draw(0, 0, 2000);
  EXPECT_NEAR(drawn.mean(), 0.7, 5 * std::sqrt(0.21 / 60000));
  EXPECT_EQ(mask.draw(100, 100, 10), drawn.middleRows(100, 10));
}

TEST_F(Files, DatasetChecksTypeVersionAndShapes) {
  const auto write = [&](const std::string& type, std::int64_t format, Eigen::Index noise_rows) {
    base::Hdf5File file = base::Hdf5File::create(path("d.h5"));
    file.set_attribute("/", "type", type);
    file.set_attribute("/", "format_version", format);
    for (const std::string split : {"/train", "/test"}) {
      file.create_group(split);
      file.write_matrix(split + "/unknowns", solver::Matrix::Ones(4, 3));
      file.write_matrix(split + "/observations", solver::Matrix::Ones(4, 2));
      file.write_matrix(split + "/noise", solver::Matrix::Ones(noise_rows, 2));
      file.write_matrix(split + "/mask", solver::Matrix::Ones(4, 2));
    }
    dataset::write_layouts(file, problem::numbered_layout("theta", 3), problem::numbered_layout("x", 2));
    file.close();
    return path("d.h5");
  };
  EXPECT_EQ(dataset::Dataset(write("scorefem dataset", dataset::kDatasetFormatVersion, 4)).shape().n_unknowns,
            3);
  EXPECT_THROW(dataset::Dataset(write("something else", dataset::kDatasetFormatVersion, 4)),
               base::InputError);
  EXPECT_THROW(dataset::Dataset(write("scorefem dataset", dataset::kDatasetFormatVersion + 1, 4)),
               base::InputError);
  EXPECT_THROW(dataset::Dataset(write("scorefem dataset", dataset::kDatasetFormatVersion, 5)),
               base::InputError);
}

/// A data set of random numbers with a solution that was not found.
class RandomDataset : public Files {
 protected:
  static constexpr Eigen::Index kTrain = 300, kSegments = 2, kSensors = 10, kFailed = 7;

  dataset::Dataset write(std::uint64_t seed = 1, Eigen::Index n_train = kTrain) const {
    const auto normals = [&](std::uint64_t index, Eigen::Index rows, Eigen::Index columns) {
      solver::Matrix values(rows, columns);
      diffusion::CounterRandom(seed, diffusion::Stream::user)
          .normals(index, values.data(), static_cast<std::size_t>(values.size()));
      return values;
    };
    base::Hdf5File file = base::Hdf5File::create(path("random-" + std::to_string(seed) + ".h5"));
    file.set_attribute("/", "type", std::string("scorefem dataset"));
    file.set_attribute("/", "format_version", dataset::kDatasetFormatVersion);
    for (const auto& [split, rows] :
         {std::pair<std::string, Eigen::Index>{"/train", n_train}, {"/test", 4}}) {
      file.create_group(split);
      solver::Matrix concentration = normals(1, rows, kSensors);
      if (rows == n_train) concentration.row(kFailed).setConstant(NAN);
      file.write_matrix(split + "/unknowns", normals(0, rows, kSegments));
      file.write_matrix(split + "/observations", concentration);
      file.write_matrix(split + "/noise", normals(2, rows, kSensors));
      file.write_matrix(split + "/mask", solver::Matrix::Ones(rows, kSensors));
    }
    dataset::write_layouts(file, problem::numbered_layout("theta", kSegments),
                           problem::numbered_layout("x", kSensors));
    dataset::write_failures(file, {{dataset::Split::train, kFailed, "no solution"}});
    file.close();
    return dataset::Dataset(path("random-" + std::to_string(seed) + ".h5"));
  }
};

TEST_F(RandomDataset, ADistanceIsThatOfItsMeasurementAlone) {
  const auto noise = std::make_shared<problem::GaussianNoise>(0.1);
  const posterior::TrainingMeasurements training(posterior::training_rows(write(), *noise, {}), noise, {});
  constexpr Eigen::Index kMasks = 1024, kRows = kMasks + 300;  // some twice
  problem::Mask there(kRows, kSensors);
  for (Eigen::Index i = 0; i < kRows; ++i)
    for (Eigen::Index j = 0; j < kSensors; ++j) there(i, j) = (i >> j) % 2 == 0;
  const problem::Measurements measurements(
      solver::Vector::LinSpaced(kSensors, -1, 1).transpose().replicate(kRows, 1), there);
  const std::vector<posterior::TrainingDistance> together = training.distances(measurements);
  for (Eigen::Index i = 0; i < kRows; ++i) {
    const posterior::TrainingDistance alone = training.distances(measurements.row(i)).front();
    EXPECT_EQ(together[static_cast<std::size_t>(i)].squared, alone.squared) << i;
    EXPECT_EQ(together[static_cast<std::size_t>(i)].noise_ratio, alone.noise_ratio) << i;
  }
  const problem::Measurements huge(solver::Matrix::Constant(1, kSensors, HUGE_VAL));
  EXPECT_TRUE(training.distances(huge).front().conspicuous);
}

/// A line of /proc/self/status, in bytes.
double status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(name + ":", 0) == 0) return 1024.0 * std::stod(line.substr(name.size() + 1));
  return 0;
}

/// How far the peak of the resident memory is above what it is before `work`; nothing where the kernel does
/// not reset that peak.
template <class Work>
std::optional<double> peak_growth(const Work& work) {
  ::malloc_trim(0);  // what earlier tests have freed would hide it
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  if (!file.good()) return std::nullopt;
  const double before = status_bytes("VmRSS");
  work();
  return status_bytes("VmHWM") - before;
}

/// What a mask needs is as long as the training measurements: 160 kB for each of their greatest number.
TEST_F(RandomDataset, ManyDifferentMasksNeedNoMoreMemory) {
  constexpr Eigen::Index kRows = 3999, kMasks = 400;  // as many are held out of 8,000
  const auto noise = std::make_shared<problem::GaussianNoise>(0.1);
  posterior::Metadata metadata;
  posterior::add_training_rows(write(1, 8000), *noise, {}, metadata);
  const posterior::TrainingRows rows = posterior::training_rows(metadata);
  ASSERT_EQ(rows.clean.rows(), kRows);
  const posterior::TrainingMeasurements training(rows, noise, {});
  problem::Mask there(kMasks, kSensors);
  for (Eigen::Index i = 0; i < kMasks; ++i)
    for (Eigen::Index j = 0; j < kSensors; ++j) there(i, j) = (i >> j) % 2 == 0;
  const problem::Measurements measurements(
      solver::Vector::LinSpaced(kSensors, -1, 1).transpose().replicate(kMasks, 1), there);
  const problem::Measurements few = measurements.rows({0, 1});
  training.distances(few);                                         // what is needed for one mask, and once
  constexpr double kBar = 0.25 * kMasks * kRows * sizeof(double);  // 16 MB
  const std::optional<double> grown = peak_growth([&] { training.distances(measurements); });
  if (!grown) GTEST_SKIP() << "the kernel does not reset the peak of the resident memory";
  EXPECT_LT(*grown, kBar);
  // It would be seen.
  std::vector<solver::Vector> kept;
  EXPECT_GT(*peak_growth([&] { kept.assign(kMasks, solver::Vector::Ones(kRows)); }), kBar);
}

TEST_F(RandomDataset, MeasurementsAreComparedWithHeldOutSamplesAndAllOthersMoments) {
  constexpr Eigen::Index kRows = 25000;  // more than a block
  const dataset::Dataset data = write(1, kRows);
  const problem::GaussianNoise noise(0.1);
  posterior::Metadata metadata;
  posterior::add_training_rows(data, noise, {}, metadata);
  const posterior::TrainingRows rows = posterior::training_rows(metadata);
  const solver::Matrix all = data.read(dataset::Split::train, 0, kRows).finite().observations;
  const std::vector<Eigen::Index> held_out = posterior::held_out_rows(kRows - 1, kSensors);
  ASSERT_EQ(held_out.size(), 3999U);
  EXPECT_EQ(rows.clean.values(), all(held_out, Eigen::all));
  std::vector<Eigen::Index> others;
  for (Eigen::Index i = 0; i < all.rows(); ++i)
    if (!std::binary_search(held_out.begin(), held_out.end(), i)) others.push_back(i);
  const solver::Matrix rest = all(others, Eigen::all);
  const Eigen::RowVectorXd mean = rest.colwise().mean();
  const solver::Matrix centred = rest.rowwise() - mean;
  EXPECT_EQ(rows.moments.n, rest.rows());
  EXPECT_LT((rows.moments.mean - mean).cwiseAbs().maxCoeff(), 1e-14);
  EXPECT_LT((rows.moments.covariance - centred.transpose() * centred / static_cast<double>(rest.rows()))
                .cwiseAbs()
                .maxCoeff(),
            1e-13);
  // A file of an earlier program has rows that were not held out.
  EXPECT_EQ(posterior::training_rows(posterior::Metadata{{"training_observations", "1 1 AAAAAAAAAAA"}})
                .clean.rows(),
            0);
}

TEST_F(RandomDataset, MomentsAreThoseOfAllSamplesThoughReadInBlocks) {
  const dataset::Dataset data = write(1, 25000);
  const problem::GaussianNoise noise(0.1);
  const diffusion::JointMoments moments = truth::fitted_moments(data, noise, {}, {}),
                                whole = diffusion::JointMoments::of(
                                    dataset::read_training_pairs(data, noise, {}));
  const auto difference = [](const torch::Tensor& a, const torch::Tensor& b) {
    return (a - b).abs().max().item<double>();
  };
  EXPECT_LT(difference(moments.mean_inferred, whole.mean_inferred), 1e-14);
  EXPECT_LT(difference(moments.mean_measured, whole.mean_measured), 1e-14);
  EXPECT_LT(difference(moments.covariance, whole.covariance), 1e-13);
}

TEST_F(RandomDataset, TrainingPairsAreTheSolvedSamplesAndKnowTheirData) {
  const dataset::Dataset data = write();
  const problem::GaussianNoise noise(0.1);
  const diffusion::Pairs pairs = dataset::read_training_pairs(data, noise, {});
  const dataset::SampleBlock stored = data.read(dataset::Split::train, 0, kTrain).finite();
  EXPECT_EQ(dataset::to_matrix(pairs.inferred), stored.unknowns);
  EXPECT_EQ(dataset::to_matrix(pairs.measured), stored.observations);
  EXPECT_EQ(dataset::to_matrix(pairs.noise), stored.noise);
  EXPECT_EQ(pairs.size(), kTrain - 1);
  // The same from files, of which no name is left.
  const std::size_t n_files =
      static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  const diffusion::Pairs mapped = dataset::read_training_pairs(data, noise, {}, {}, folder_.string());
  EXPECT_TRUE(mapped.inferred.equal(pairs.inferred) && mapped.measured.equal(pairs.measured));
  EXPECT_TRUE(mapped.noise.equal(pairs.noise) && mapped.mask.equal(pairs.mask));
  EXPECT_EQ(mapped.identity, pairs.identity);
  mapped.uses(0, kTrain - 1);  // lets go of nothing that is needed
  EXPECT_TRUE(mapped.measured.equal(pairs.measured));
  EXPECT_EQ(
      static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator())),
      n_files);
  EXPECT_THROW(dataset::read_training_pairs(data, noise, {}, {}, folder_.string() + "/none"),
               std::runtime_error);
  // What is learnt instead of what is stored is computed: its last bits are another processor's business.
  const diffusion::Pairs adjusted = dataset::read_training_pairs(
      data, noise, {}, [](dataset::RowRange, dataset::SampleBlock& block) { block.unknowns.array() += 1; });
  EXPECT_EQ(dataset::to_matrix(adjusted.inferred), solver::Matrix(stored.unknowns.array() + 1));
  EXPECT_EQ(adjusted.identity, pairs.identity);
  EXPECT_NE(dataset::read_training_pairs(write(2), noise, {}).identity, pairs.identity);
}

}  // namespace
}  // namespace scorefem
