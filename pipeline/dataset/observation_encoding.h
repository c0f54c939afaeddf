#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pipeline/dataset/dataset.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// How measurements reach the network. Those of pairs that were made elsewhere may lack observations, whose
/// values are not known then, so that no other masks can be drawn for them. The network sees a constant in
/// the place of each, and behind all observations 1 (there) or 0 (missing) for those that are ever missing;
/// its own masks are not used. The noise, if there is any, is in the pairs already.
class ObservationEncoding {
 public:
  /// Observations as they are.
  ObservationEncoding() = default;
  /// @param fill [n_observations] seen in the place of a missing one
  /// @param together observations that are ever missing, in groups that are missing together
  ObservationEncoding(solver::Vector fill, std::vector<std::vector<Eigen::Index>> together)
      : fill_(std::move(fill)), together_(std::move(together)) {}

  /// Whether there is anything to do.
  bool encodes() const { return fill_.size() > 0; }
  /// What the network sees, in the noise's standard coordinates [n, n_observations + groups].
  solver::Matrix of(const problem::Measurements& measurements, const problem::Noise& noise) const;
  /// @throws base::InputError if an observation is missing that never was in training, or was only together
  ///         with others
  void require_known(const problem::Measurements& measurements, const problem::Layout& observations,
                     const std::string& path) const;

  /// For files that must be read without the data set: fill, the same in the noise's standard coordinates,
  /// and the groups.
  nlohmann::json to_json(const problem::Noise& noise) const;
  /// @throws std::invalid_argument if it is not what to_json() wrote
  static ObservationEncoding from_json(const nlohmann::json& json);

 private:
  solver::Vector fill_;
  std::vector<std::vector<Eigen::Index>> together_;
};

/// The encoding of a study's measurements, which the training part decides.
ObservationEncoding observation_encoding(const study::Study& study, const Dataset& dataset);

}  // namespace scorefem::dataset
