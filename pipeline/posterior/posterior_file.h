#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/base/hdf5_file.h"
#include "pipeline/problem/layout.h"
#include "pipeline/problem/measurements.h"
#include "pipeline/study/origin.h"
#include "solver/matrix.h"

namespace scorefem::posterior {

/// The version of posterior_format.md that this program writes. It reads version 1 as well.
constexpr std::int64_t kPosteriorFormatVersion = 2;

/// A posterior file opened for reading and checked.
class Posterior {
 public:
  /// @throws InputError if the file is missing, not HDF5, truncated, of another type or version.
  explicit Posterior(const std::string& path);

  Eigen::Index n_measurements() const { return n_measurements_; }
  Eigen::Index n_samples() const { return n_samples_; }
  Eigen::Index n_unknowns() const { return n_unknowns_; }
  study::Origin origin() const { return study::read_origin(file_); }
  /// Fingerprint of the checkpoint that the samples are of; empty if the file does not say.
  std::string model() const;
  /// Share of samples with an unknown outside its bounds; 0 if the file does not say.
  double outside_support() const {
    return file_.has_attribute("/", "outside_support") ? attribute("outside_support") : 0;
  }
  double attribute(const std::string& name) const { return file_.number_attribute("/", name); }
  /// Samples of one measurement [n_samples, n_unknowns].
  solver::Matrix samples(Eigen::Index measurement) const;
  /// Whether the unknowns behind the measurements are known.
  bool has_truth() const { return file_.contains("/truth"); }
  solver::Matrix truth() const { return file_.read_matrix("/truth"); }
  problem::Measurements measurement() const {
    return problem::Measurements::from_nan(file_.read_matrix("/measurement"));
  }
  /// What the columns are. @throws InputError in files of version 1, which do not say
  problem::Layout unknowns() const;
  problem::Layout observations() const;
  /// Names of the arrays of /misfit that may be there.
  static const std::vector<std::string>& misfit_names();
  /// An array of /misfit, [n_measurements] or, of repeated measurements, [rows]; empty if it is not there.
  solver::Vector misfit(const std::string& name) const;
  /// Whether the file holds an array, e.g. "/corrected/khat", that `infer` writes when it is asked to.
  bool has(const std::string& array) const { return !file_.extents(array).empty(); }
  /// What such an array says of one measurement: [sample, unknown], or [1, n] of one axis, or [1, 1].
  solver::Matrix of_measurement(const std::string& array, Eigen::Index measurement) const;
  std::string text(const std::string& attribute) const { return file_.text_attribute("/", attribute); }

 private:
  base::Hdf5File file_;
  Eigen::Index n_measurements_ = 0;
  Eigen::Index n_samples_ = 0;
  Eigen::Index n_unknowns_ = 0;
};

}  // namespace scorefem::posterior
