// What is read of a data set for training, and what measurements are compared with.
#include "pipeline/posterior/training_rows.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>

#include "diffusion/numerics/counter_random.h"
#include "files.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/pair_reader.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/posterior/training_distance.h"
#include "pipeline/problem/noise/gaussian.h"
#include "pipeline/truth/gaussian_answer.h"

namespace scorefem {
namespace {

namespace fs = std::filesystem;

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
