#include "pipeline/dataset/sensor_mask.h"

#include "diffusion/numerics/counter_random.h"
#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/streams.h"

namespace scorefem::dataset {

SensorMask::SensorMask(std::uint64_t seed, double probability, Eigen::Index n_observations)
    : seed_(seed), probability_(probability), n_observations_(n_observations) {}

SensorMask::SensorMask(const std::string& path, Eigen::Index n_observations, Eigen::Index n_samples)
    : n_observations_(n_observations) {
  const solver::Matrix values =
      base::read_csv(path, static_cast<int>(n_observations), base::MissingValues::rejected);
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    for (Eigen::Index j = 0; j < n_observations; ++j) {
      if (values(i, j) == 0 || values(i, j) == 1) continue;
      throw base::InputError(path + ": row " + std::to_string(i + 1) + ", column " + std::to_string(j + 1) +
                             ": expected 1 (the sensor is on) or 0 (off)");
    }
  }
  if (values.rows() != 1 && values.rows() != n_samples) {
    throw base::InputError(path + ": " + std::to_string(values.rows()) +
                           " rows; expected 1, for all samples, or " + std::to_string(n_samples) +
                           ", one for each of data.train + data.test");
  }
  given_ = values.cast<unsigned char>();
}

solver::Matrix SensorMask::draw(Eigen::Index first, std::uint64_t first_index, Eigen::Index n) const {
  if (given_.rows() == 1) return given_.cast<double>().replicate(n, 1);
  if (given_.rows() > 1) return given_.middleRows(first, n).cast<double>();
  const diffusion::CounterRandom random(seed_, base::streams::sensor_mask);
  solver::Matrix uniform(n, n_observations_);
  for (Eigen::Index i = 0; i < n; ++i) {
    random.uniforms(first_index + static_cast<std::uint64_t>(i), uniform.row(i).data(),
                    static_cast<std::size_t>(n_observations_));
  }
  return (uniform.array() < probability_).cast<double>();
}

}  // namespace scorefem::dataset
