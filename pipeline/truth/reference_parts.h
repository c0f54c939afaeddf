#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline/base/stopwatch.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/origin.h"
#include "pipeline/study/stage.h"
#include "pipeline/study/stage_output.h"
#include "pipeline/truth/reference_file.h"

namespace scorefem::truth {

/// What is inverted.
struct InvertedMeasurements {
  problem::Measurements measurement;  //!< [n, n_observations]
  solver::Matrix truth;               //!< [n, n_unknowns]
  std::shared_ptr<const problem::Noise> noise;
};

/// What is finished of a reference.h5, each measurement a file of its own until all are; and an earlier
/// reference.h5 that lacks some. Refers to study and measurements, which must outlive it.
class ReferenceParts {
 public:
  /// Begins the output: with --force the parts that an earlier run left are removed, once.
  /// @throws base::InputError without it if they are of another configuration
  ReferenceParts(const study::Study& study, const study::OutputPaths& paths, study::StageOutput& output,
                 const InvertedMeasurements& measurements, ReferenceAttributes attributes);

  /// Whether the earlier reference.h5 can be kept and lacks measurements.
  bool to_be_added_to() const;
  /// Measurements that are not finished, or not with these options.
  std::vector<Eigen::Index> missing() const;
  void write(Eigen::Index row, const ReferencePosterior& posterior);
  /// Puts them together and removes them.
  void join();

 private:
  void require_same_parts() const;
  Eigen::Index count() const { return measurements_.measurement.rows(); }
  ReferenceShape shape(Eigen::Index n_measurements) const;
  std::string path(Eigen::Index row) const;
  std::unique_ptr<const Reference> open(const std::string& path) const;
  bool holds(const Reference* file, Eigen::Index in_file, Eigen::Index row) const;

  const study::Study& study_;
  std::string file_;    // reference.h5
  std::string folder_;  // of the parts
  const InvertedMeasurements& measurements_;
  ReferenceAttributes attributes_;
  study::Origin origin_;
  std::unique_ptr<const Reference> earlier_;  // null if there is none, or to be made again
  base::Stopwatch since_last_;
};

}  // namespace scorefem::truth
