#pragma once

#include <memory>
#include <string>

#include "diffusion/options/model_options.h"
#include "pipeline/problem/measurements.h"
#include "pipeline/problem/noise.h"

namespace scorefem::certificate {

/// What is inverted: as the network sees it, and as the likelihood has it. The two are the same but for
/// repeated measurements.
struct Inverted {
  problem::Measurements seen;                        //!< [n, n_observations]
  std::shared_ptr<const problem::Noise> seen_noise;  //!< of these, as the network is told
  problem::Measurements measured;                    //!< [n, k n_observations]: k measurements side by side
  std::shared_ptr<const problem::Noise> noise;       //!< with the likelihood of these
  bool exact = true;                                 //!< whether both say the same of the unknowns
  std::string difference;                            //!< if not: why

  /// Measurements that are of unknowns of their own each.
  static Inverted each(problem::Measurements measurement, std::shared_ptr<const problem::Noise> noise);
  /// Rows that are independent measurements of the same unknowns. With additive Gaussian noise their mean
  /// says all that they say, with the noise over the root of their number: what the network is shown, if it
  /// was trained for that level, and if all observations are there equally often. Elsewhere it is shown the
  /// mean with the nearest level that it knows and that is not too small: a start for weights.
  /// @param measurement [k, n_observations], k >= 1
  /// @param trained levels that the network was trained for
  static Inverted together(const problem::Measurements& measurement,
                           std::shared_ptr<const problem::Noise> noise, const diffusion::NoiseRange& trained);
};

/// How much the rows of repeated measurements differ from each other, over what their noise allows: p-value
/// of their squared residuals from the mean, which are chi-squared for additive Gaussian noise; 1 where that
/// is not so, or where nothing is there twice.
double repetition_p_value(const problem::Measurements& measurement, const problem::Noise& noise);

}  // namespace scorefem::certificate
