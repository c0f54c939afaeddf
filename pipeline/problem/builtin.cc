#include "pipeline/problem/channel/channel_setup.h"
#include "pipeline/problem/noise/correlated.h"
#include "pipeline/problem/noise/gaussian.h"
#include "pipeline/problem/noise/multiplicative.h"
#include "pipeline/problem/noise/none.h"
#include "pipeline/problem/noise/per_observation.h"
#include "pipeline/problem/pairs/imported_pairs.h"
#include "pipeline/problem/priors/gaussian_process.h"
#include "pipeline/problem/priors/independent.h"
#include "pipeline/problem/priors/multivariate_normal.h"
#include "pipeline/problem/priors/unknown.h"
#include "pipeline/problem/registry.h"
#include "pipeline/problem/umbridge/umbridge_setup.h"

// What the program brings along: one line each.

namespace scorefem::problem {
namespace {

template <class Alternative>
auto maker_of() {
  return [] { return std::make_unique<Alternative>(); };
}

}  // namespace

template <>
Registry<ForwardSetup>::Registry() {
  add("linear", [] { return std::make_unique<ChannelSetup>(solver::Problem::linear); });
  add("reaction", [] { return std::make_unique<ChannelSetup>(solver::Problem::reaction); });
  add("pairs", maker_of<ImportedPairs>());
  add("umbridge", maker_of<UmbridgeSetup>());
}

template <>
Registry<PriorSetup>::Registry() {
  add("gaussian_process", maker_of<GaussianProcessSetup>());
  add("independent", maker_of<IndependentSetup>());
  add("multivariate_normal", maker_of<MultivariateNormalSetup>());
  add("none", maker_of<UnknownPriorSetup>());
}

template <>
Registry<NoiseSetup>::Registry() {
  add("gaussian", maker_of<GaussianNoiseSetup>());
  add("per_observation", maker_of<PerObservationNoiseSetup>());
  add("covariance", maker_of<CorrelatedNoiseSetup>());
  add("multiplicative", maker_of<MultiplicativeNoiseSetup>());
  add("none", maker_of<UnknownNoiseSetup>());
}

template <class Setup>
Registry<Setup>& Registry<Setup>::instance() {
  static Registry registry;
  return registry;
}

template Registry<ForwardSetup>& Registry<ForwardSetup>::instance();
template Registry<PriorSetup>& Registry<PriorSetup>::instance();
template Registry<NoiseSetup>& Registry<NoiseSetup>::instance();

}  // namespace scorefem::problem
