#pragma once

#include <torch/types.h>

#include <cstdint>

#include "diffusion/model/gaussian_conditional.h"
#include "diffusion/model/model.h"
#include "diffusion/model/pairs.h"

namespace scorefem::diffusion {

/// Fewer pairs than this for each feature of the Gaussian fit, and what it fits is the noise of these pairs.
inline constexpr std::int64_t kPairsPerFeature = 20;

/// Whether a model's Gaussian fit is made for pairs that it has not seen: the noise is in the pairs, which
/// are few beside the features, and every observation is on. Noise of a known level that is drawn anew keeps
/// a fit from following it; masks have a fit each.
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
