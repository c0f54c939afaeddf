#pragma once

#include <memory>
#include <string>

#include "pipeline/configuration/config_reader.h"
#include "pipeline/problem/channel/channel_setup.h"
#include "pipeline/problem/noise/gaussian.h"
#include "pipeline/problem/priors/gaussian_process.h"

namespace scorefem {

/// The Gaussian process over the channel's segments, clipped at 0.
/// @param keys of the section `prior`, YAML
inline std::shared_ptr<const problem::Prior> channel_prior(const std::string& keys = "{}") {
  problem::GaussianProcessSetup setup;
  configuration::read_config_text(keys, "prior", {}, [&](configuration::Section& s) { setup.describe(s); });
  return setup.make(problem::ChannelSetup(solver::Problem::linear).unknowns());
}

/// x = max(0, v), v ~ N(mean, covariance).
inline std::shared_ptr<const problem::Prior> clipped_prior(double mean, const solver::Matrix& covariance) {
  problem::Marginal marginal;
  marginal.kind = problem::Marginal::Kind::clipped;
  const auto n = static_cast<std::size_t>(covariance.rows());
  return std::make_shared<const problem::Prior>(solver::Vector::Constant(covariance.rows(), mean), covariance,
                                                std::vector<problem::Marginal>(n, marginal));
}

inline std::shared_ptr<const problem::Noise> gaussian_noise(double level) {
  return std::make_shared<problem::GaussianNoise>(level);
}

}  // namespace scorefem
