#pragma once

#include <cstdint>
#include <string>

#include "pipeline/dataset/dataset.h"
#include "pipeline/study/study.h"

namespace scorefem::training {

/// How many pairs there are for what the Gaussian fit of a network takes from each observation
/// (diffusion/model/held_out_fit.h). With noise of a known level, drawn anew for every batch, it does not
/// matter.
struct FewPairs {
  std::int64_t n_pairs = 0;     //!< that are trained on
  std::int64_t n_features = 0;  //!< observations, or those and products of two (model.centre: quadratic)
  bool quadratic = false;
  bool one_fit = true;  //!< diffusion::has_one_fit()
  bool fitted = true;   //!< the network starts from a Gaussian fit

  bool are_few() const;
  /// The fit is made for pairs that it has not seen, and the network learns from them as such.
  bool follows_left_out() const { return are_few() && one_fit; }
  /// No fit can be made for others than its own pairs.
  bool are_too_few() const { return fitted && n_pairs <= n_features + 1 && (quadratic || !one_fit); }
  /// "540 pairs to train with, and 300 observations"
  std::string text() const;
};

FewPairs few_pairs(const study::Study& study, const dataset::Dataset& dataset);

}  // namespace scorefem::training
