#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/observation_curve.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// How measurements reach the network. Those of pairs that were made elsewhere may lack observations, whose
/// values are not known then, so that no other masks can be drawn for them. The network sees a constant in
/// the place of each, and behind all observations 1 (there) or 0 (missing) for those that are ever missing;
/// its own masks are not used. The noise, if there is any, is in the pairs already. Observations that range
/// over orders of magnitude it sees by a curve, where the noise is the simulator's own.
class ObservationEncoding {
 public:
  /// Observations as they are.
  ObservationEncoding() = default;
  /// @param fill [n_observations] seen in the place of a missing one
  /// @param together observations that are ever missing, in groups that are missing together
  /// @param curves [n_observations], or empty: all are straight
  ObservationEncoding(solver::Vector fill, std::vector<std::vector<Eigen::Index>> together,
                      std::vector<ObservationCurve> curves = {})
      : fill_(std::move(fill)), together_(std::move(together)), curves_(std::move(curves)) {}

  /// The same, by curves. @param curves [n_observations], of noise without standard coordinates of its own
  ObservationEncoding by(std::vector<ObservationCurve> curves) const;

  /// Whether there is anything to do.
  bool encodes() const { return fill_.size() > 0; }
  /// Why there is no likelihood of what it encodes, for messages.
  const char* without_likelihood() const;
  /// What the network sees, in the noise's standard coordinates [n, n_observations + groups].
  solver::Matrix of(const problem::Measurements& measurements, const problem::Noise& noise) const;
  /// @throws base::InputError if an observation is missing that never was in training, or was only together
  ///         with others
  void require_known(const problem::Measurements& measurements, const problem::Layout& observations,
                     const std::string& path) const;

  const std::vector<ObservationCurve>& curves() const { return curves_; }

  /// For files that must be read without the data set: fill, the same as the network sees it, the groups, and
  /// the curves if there are any.
  nlohmann::json to_json(const problem::Noise& noise) const;
  /// @throws std::invalid_argument if it is not what to_json() wrote
  static ObservationEncoding from_json(const nlohmann::json& json);

 private:
  solver::Matrix bent(solver::Matrix values) const;

  solver::Vector fill_;
  std::vector<std::vector<Eigen::Index>> together_;
  std::vector<ObservationCurve> curves_;
};

/// The encoding of a study's measurements, which the training part decides; without curves.
ObservationEncoding observation_encoding(const study::Study& study, const Dataset& dataset);

}  // namespace scorefem::dataset
