#pragma once

#include "pipeline/problem/noise.h"

namespace scorefem::problem {

/// y = observation + level n, n ~ N(0, I): one standard deviation for all observations (paper, Sec. 6.2).
class GaussianNoise : public Noise {
 public:
  explicit GaussianNoise(double level) : level_(level) {}
  solver::Matrix measure(const solver::Matrix& clean, const solver::Matrix& normal) const override;
  double level() const override { return level_; }

 private:
  double level_;
};

/// `noise: {relative: 0.1}` or `noise: {absolute: 1.5}`, the default kind.
class GaussianNoiseSetup : public NoiseSetup {
 public:
  std::unique_ptr<NoiseSetup> clone() const override { return std::make_unique<GaussianNoiseSetup>(*this); }
  void describe(configuration::Section& s) override;
  std::shared_ptr<const Noise> make(const Layout& observations, double unit) const override;
  bool has_level() const override { return true; }
  std::optional<double> relative_level() const override { return relative_; }

 private:
  std::optional<double> relative_;  // in `unit`, >= 0; exactly one of the two
  std::optional<double> absolute_;  // in the observations' unit, >= 0
};

}  // namespace scorefem::problem
