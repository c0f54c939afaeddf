#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pipeline/base/hdf5_file.h"
#include "pipeline/problem/measurements.h"
#include "pipeline/study/origin.h"
#include "solver/matrix.h"

namespace scorefem::truth {

constexpr std::int64_t kReferenceFormatVersion = 1;

/// The exact posterior of one measurement, by Markov chain Monte Carlo.
struct ReferencePosterior {
  solver::Matrix samples;             //!< [n_samples, n_unknowns]: draws at equal distances in the chains
  solver::Vector mean;                //!< [n_unknowns], of all draws
  solver::Vector standard_deviation;  //!< [n_unknowns], of all draws
  solver::Vector rhat;          //!< [n_unknowns], rank-normalised split R-hat of the prior's Gaussian vector
  solver::Vector ess_bulk;      //!< [n_unknowns], effective sample size, bulk, of the prior's Gaussian vector
  solver::Vector ess_tail;      //!< [n_unknowns], effective sample size, tail, of the prior's Gaussian vector
  bool converged = false;       //!< R-hat and effective sample sizes are within the thresholds
  std::int64_t iterations = 0;  //!< of each chain, those that count
  std::int64_t evaluations = 0;    //!< of the forward model by the chains, warm-up included
  std::int64_t failed_solves = 0;  //!< among them; a proposal whose solve fails is rejected
};

/// Number and length of what a file holds.
struct ReferenceShape {
  Eigen::Index n_measurements = 0;
  Eigen::Index n_samples = 0;  //!< for each measurement
  Eigen::Index n_unknowns = 0;
  Eigen::Index n_observations = 0;
};

/// A measurement and its posterior.
struct ReferenceRow {
  problem::Measurements measurement;  //!< [1, n_observations]
  solver::Vector truth;               //!< [n_unknowns]
  ReferencePosterior posterior;
};

/// Whether measurements are the same but for rounding, and lack the same observations: a reference belongs to
/// the measurements that are stored in it, whatever a data set now says.
/// @param a, b [n, n_observations]
bool same_measurements(const problem::Measurements& a, const problem::Measurements& b);

/// What a reference file says of itself as a whole.
struct ReferenceAttributes {
  std::map<std::string, std::string> texts;  //!< provenance, and `inputs`: what the result depends on
  std::int64_t seed = 0;
  std::int64_t chains = 0;  //!< for each measurement
  double noise_std = 0;     //!< level of the noise in standard coordinates
  double seconds = 0;       //!< wall time
};

/// Writes reference posteriors one by one (format: reference_format.md).
class ReferenceWriter {
 public:
  /// Creates the file and its arrays.
  ReferenceWriter(const std::string& path, const ReferenceShape& shape);
  void write(Eigen::Index measurement, const ReferenceRow& row);
  /// Writes the attributes and closes the file, checked.
  void finish(const ReferenceAttributes& attributes);

 private:
  base::Hdf5File file_;
  std::int64_t evaluations_ = 0;
  std::int64_t failed_solves_ = 0;
};

/// A file of reference posteriors opened for reading and checked. Measurements that did not converge are in
/// the file to be seen, not to be compared with: ask converged().
class Reference {
 public:
  /// @throws InputError if the file is missing, not HDF5, truncated, of another type or version.
  explicit Reference(const std::string& path);

  Eigen::Index n_measurements() const { return shape_.n_measurements; }
  Eigen::Index n_samples() const { return shape_.n_samples; }
  Eigen::Index n_unknowns() const { return shape_.n_unknowns; }
  const ReferenceShape& shape() const { return shape_; }
  /// What the file was made from; compare with reference_inputs().
  study::Origin origin() const { return study::read_origin(file_); }
  double attribute(const std::string& name) const { return file_.number_attribute("/", name); }
  double noise_std() const { return attribute("noise_std"); }

  /// Samples of one measurement [n_samples, n_unknowns].
  solver::Matrix samples(Eigen::Index measurement) const;
  /// Of all draws [n_measurements, n_unknowns].
  solver::Matrix mean() const { return file_.read_matrix("/mean"); }
  solver::Matrix standard_deviation() const { return file_.read_matrix("/standard_deviation"); }
  solver::Matrix rhat() const { return file_.read_matrix("/rhat"); }  //!< [n_measurements, n_unknowns]
  solver::Matrix ess_bulk() const {
    return file_.read_matrix("/ess_bulk");
  }  //!< [n_measurements, n_unknowns]
  solver::Matrix ess_tail() const {
    return file_.read_matrix("/ess_tail");
  }  //!< [n_measurements, n_unknowns]
  /// Whether each measurement's posterior may be used [n_measurements].
  std::vector<bool> converged() const;
  /// [n_measurements, n_observations].
  problem::Measurements measurement() const {
    return problem::Measurements::from_nan(file_.read_matrix("/measurement"));
  }
  /// [n_measurements, n_unknowns].
  solver::Matrix truth() const { return file_.read_matrix("/truth"); }
  /// All about one measurement.
  ReferenceRow read(Eigen::Index measurement) const;

 private:
  base::Hdf5File file_;
  ReferenceShape shape_;
};

}  // namespace scorefem::truth
