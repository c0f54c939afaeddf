#pragma once

#include "pipeline/problem/noise.h"

namespace scorefem::problem {

/// y = observation + L n, L L^T the covariance.
class CorrelatedNoise : public Noise {
 public:
  /// @param covariance [m, m], in products of the observations' units
  /// @throws std::invalid_argument if it is not symmetric and positive definite
  explicit CorrelatedNoise(const solver::Matrix& covariance);
  solver::Matrix measure(const solver::Matrix& clean, const solver::Matrix& normal) const override;
  /// L^-1 y: each standard coordinate mixes observations, so that none may be missing.
  solver::Matrix standardise(const solver::Matrix& values) const override;
  /// Those before the first observation that is missing.
  Mask known_coordinates(const Mask& there) const override;
  double level() const override { return 1; }
  bool allows_masks() const override { return false; }
  std::string text(const Layout& observations) const override;

 private:
  solver::Matrix factor_;  // L
};

/// `noise: {model: covariance, file: covariance.csv}`.
class CorrelatedNoiseSetup : public NoiseSetup {
 public:
  std::unique_ptr<NoiseSetup> clone() const override { return std::make_unique<CorrelatedNoiseSetup>(*this); }
  void describe(configuration::Section& s) override;
  std::shared_ptr<const Noise> make(const Layout& observations, double unit) const override;
  std::string file_fingerprint() const override;

 private:
  configuration::InputFile file_;
};

}  // namespace scorefem::problem
