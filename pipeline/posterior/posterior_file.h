#pragma once

#include <cstdint>
#include <string>

#include "diffusion/sampling/sampler_statistics.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/study/stage.h"

namespace scorefem::posterior {

constexpr std::int64_t kPosteriorFormatVersion = 1;

/// What is written with the samples.
struct PosteriorRequest {
  solver::Matrix measurement;  //!< [n, n_sensors], concentration, NaN where a sensor is off
  solver::Matrix truth;        //!< [n, n_segments], flux; empty if not known
  double noise_std = 0;        //!< concentration
  std::int64_t n_samples = 0;  //!< for each measurement
};

/// Draws posterior samples with a trained model and writes them (format: posterior_format.md), whole or not
/// at all.
/// @param inputs what the result depends on, stored as attribute
/// @throws InputError for measurements that the model was not trained for; Interrupted after a signal.
diffusion::SamplerStatistics write_posterior(const study::StageContext& context,
                                             const std::string& checkpoint, const PosteriorRequest& request,
                                             const std::string& inputs, const std::string& path);

/// A posterior file opened for reading and checked.
class Posterior {
 public:
  /// @throws InputError if the file is missing, not HDF5, truncated, of another type or version.
  explicit Posterior(const std::string& path);

  Eigen::Index n_measurements() const { return n_measurements_; }
  Eigen::Index n_samples() const { return n_samples_; }
  Eigen::Index n_segments() const { return n_segments_; }
  std::string inputs() const { return file_.text_attribute("/", "inputs"); }
  /// Fingerprint of the checkpoint that the samples are of; empty if the file does not say.
  std::string model() const;
  double attribute(const std::string& name) const { return file_.number_attribute("/", name); }
  /// Samples of one measurement [n_samples, n_segments], flux.
  solver::Matrix samples(Eigen::Index measurement) const;
  solver::Matrix truth() const { return file_.read_matrix("/truth"); }
  solver::Matrix measurement() const { return file_.read_matrix("/measurement"); }

 private:
  base::Hdf5File file_;
  Eigen::Index n_measurements_ = 0;
  Eigen::Index n_samples_ = 0;
  Eigen::Index n_segments_ = 0;
};

}  // namespace scorefem::posterior
