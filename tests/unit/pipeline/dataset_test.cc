// What a data set file holds, and masks.
#include "pipeline/dataset/dataset.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "files.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/dataset/sensor_mask.h"

namespace scorefem {
namespace {

namespace fs = std::filesystem;

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

}  // namespace
}  // namespace scorefem
