#pragma once

#include "pipeline/problem/noise.h"

namespace scorefem::problem {

/// y_j = observation_j (1 + relative n_j).
class MultiplicativeNoise : public Noise {
 public:
  explicit MultiplicativeNoise(double relative) : relative_(relative) {}
  solver::Matrix measure(const solver::Matrix& clean, const solver::Matrix& normal) const override;
  double level() const override { return relative_; }
  bool is_additive() const override { return false; }
  solver::Matrix residuals(const Measurements& measurement, const solver::Matrix& clean) const override;
  solver::Vector log_scale(const Measurements& measurement, const solver::Matrix& clean) const override;
  std::string text(const Layout& observations) const override;

 private:
  double relative_;
};

/// `noise: {model: multiplicative, relative: 0.1}`.
class MultiplicativeNoiseSetup : public NoiseSetup {
 public:
  std::unique_ptr<NoiseSetup> clone() const override {
    return std::make_unique<MultiplicativeNoiseSetup>(*this);
  }
  void describe(configuration::Section& s) override;
  std::shared_ptr<const Noise> make(const Layout& observations, double unit) const override;
  bool is_additive() const override { return false; }

 private:
  double relative_ = 0;  // of the observation's absolute value, > 0
};

}  // namespace scorefem::problem
