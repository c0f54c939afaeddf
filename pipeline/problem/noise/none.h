#pragma once

#include "pipeline/problem/noise.h"

namespace scorefem::problem {

/// Observations are measurements: the simulator has its own randomness, whose likelihood is not known.
class UnknownNoise : public Noise {
 public:
  solver::Matrix measure(const solver::Matrix& clean, const solver::Matrix& /*normal*/) const override {
    return clean;
  }
  double level() const override { return 0; }
  bool is_unknown() const override { return true; }
  std::string text(const Layout& /*observations*/) const override { return "the simulator's own"; }
};

/// `noise: {model: none}`.
class UnknownNoiseSetup : public NoiseSetup {
 public:
  std::unique_ptr<NoiseSetup> clone() const override { return std::make_unique<UnknownNoiseSetup>(*this); }
  void describe(configuration::Section& /*s*/) override {}
  std::shared_ptr<const Noise> make(const Layout& /*observations*/, double /*unit*/) const override {
    return std::make_shared<UnknownNoise>();
  }
  bool is_unknown() const override { return true; }
};

}  // namespace scorefem::problem
