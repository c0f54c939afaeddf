#pragma once

#include <torch/types.h>

#include <cstdint>

#include "diffusion/model/gaussian_conditional.h"
#include "diffusion/model/model.h"
#include "diffusion/model/pairs.h"

namespace scorefem::diffusion {

/// Whether there are fewer than twenty pairs for each feature of a Gaussian fit: what it fits is their noise.
bool are_few_pairs(std::int64_t n_pairs, std::int64_t n_features);
/// Whether all measurements have one fit, which can be made for pairs that it has not seen: masks have one
/// each, and a clipped prior has another beside it.
bool has_one_fit(const ModelOptions& model);
/// Whether a model's Gaussian fit is made for pairs that it has not seen: the noise is in the pairs, which
/// are few, and there is one fit. Noise of a known level that is drawn anew keeps a fit from following it.
bool fits_few_pairs(const ModelSetup& setup, std::int64_t n_pairs);

/// The moments with a share of each feature's variance added to it (ridge regression), the one for which the
/// pairs, each left out, are predicted best: least mean of squared errors over the unknowns' variances, 0 or
/// one of half a decade each from 1e-8 to 10. Of Centre::quadratic they stay as they are.
JointMoments for_unseen_pairs(const PairRows& pairs, JointMoments moments);

/// Pairs beside the fit that had been made without each of them. Both [n, d] float64.
struct LeftOut {
  torch::Tensor residuals;  //!< r / (1 - h), with the pair's residual r and leverage h (Allen 1974)
  /// The fit's mean plus these: what the fit with the pair takes for a pair that it has not seen. A network
  /// that learns the residuals of the fit's own pairs finds them too small.
  torch::Tensor unknowns;

  static LeftOut of(const PairRows& pairs, const JointMoments& moments);
};

}  // namespace scorefem::diffusion
