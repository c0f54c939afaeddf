// The file of reference posteriors.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "pipeline/base/errors.h"
#include "pipeline/truth/reference_file.h"
#include "priors.h"
#include "reference_posteriors.h"

namespace scorefem {
namespace {

using problem::Measurements;
using solver::Matrix;
using solver::Vector;

class ReferenceFile : public testing::Test {
 protected:
  ReferenceFile()
      : path_((std::filesystem::temp_directory_path() / ("reference-" + std::to_string(::getpid()) + ".h5"))
                  .string()) {}
  ~ReferenceFile() override { std::filesystem::remove(path_); }

  std::string path_;
};

TEST_F(ReferenceFile, ReadsBackWhatWasWritten) {
  std::vector<truth::ReferenceRow> rows;
  for (int i = 0; i < 3; ++i) {
    const Vector two = Vector::Constant(2, 1.5 * i);
    rows.push_back({Measurements(normals(3, 4).row(i)),
                    two * 6,
                    {Matrix::Constant(5, 2, 0.25 * i), two, two * 2, two * 3, two * 4, two * 5, i != 1,
                     100 + i, 1000 + i, i}});
  }
  truth::ReferenceWriter writer(path_, {3, 5, 2, 4});
  for (const int i : {1, 2, 0}) writer.write(i, rows[i]);
  writer.finish({{{"inputs", "a: 1\n"}}, 7, 8, 0.5, 2.5});

  const truth::Reference file(path_);
  EXPECT_EQ(file.n_measurements(), 3);
  EXPECT_EQ(file.n_samples(), 5);
  EXPECT_EQ(file.n_unknowns(), 2);
  EXPECT_EQ(file.origin().inputs, "a: 1\n");
  EXPECT_EQ(file.noise_std(), 0.5);
  EXPECT_EQ(file.attribute("evaluations"), 3003);
  EXPECT_EQ(file.converged(), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(file.samples(2), rows[2].posterior.samples);
  EXPECT_EQ(file.measurement().values(), normals(3, 4));
  for (int i = 0; i < 3; ++i) {
    const truth::ReferenceRow read = file.read(i);
    EXPECT_EQ(read.measurement.values(), rows[i].measurement.values());
    EXPECT_TRUE(read.measurement.all_there());
    EXPECT_EQ(read.truth, rows[i].truth);
    EXPECT_EQ(read.posterior.samples, rows[i].posterior.samples);
    EXPECT_EQ(read.posterior.mean, rows[i].posterior.mean);
    EXPECT_EQ(read.posterior.ess_tail, rows[i].posterior.ess_tail);
    EXPECT_EQ(read.posterior.converged, rows[i].posterior.converged);
    EXPECT_EQ(read.posterior.iterations, rows[i].posterior.iterations);
    EXPECT_EQ(read.posterior.failed_solves, rows[i].posterior.failed_solves);
  }
}

TEST(SameMeasurementsTest, ToleratesRoundingOnly) {
  Matrix a = normals(2, 4);
  a(1, 2) = std::numeric_limits<double>::quiet_NaN();
  const auto same = [&](const Matrix& other) {
    return truth::same_measurements(Measurements::from_nan(a), Measurements::from_nan(other));
  };
  EXPECT_TRUE(same(a));
  Matrix b = a;
  b(0, 1) *= 1 + 1e-10;
  EXPECT_TRUE(same(b));
  b(0, 1) *= 1 + 1e-7;
  EXPECT_FALSE(same(b));
  b = a;
  b(1, 2) = 0;  // another sensor on
  EXPECT_FALSE(same(b));
  EXPECT_FALSE(same(a.topRows(1)));
}

TEST_F(ReferenceFile, RefusesOtherFiles) {
  EXPECT_THROW(truth::Reference{path_}, base::InputError);
  base::Hdf5File file = base::Hdf5File::create(path_);
  file.set_attribute("/", "type", std::string("scorefem posterior"));
  file.close();
  EXPECT_THROW(truth::Reference{path_}, base::InputError);
}

}  // namespace
}  // namespace scorefem
