#pragma once

#include <vector>

#include "pipeline/problem/noise.h"

namespace scorefem::problem {

/// y_j = observation_j + sd_j n_j.
class PerObservationNoise : public Noise {
 public:
  /// @param sd [m], > 0, in the observations' units
  explicit PerObservationNoise(solver::Vector sd) : sd_(std::move(sd)) {}
  solver::Matrix measure(const solver::Matrix& clean, const solver::Matrix& normal) const override;
  solver::Matrix standardise(const solver::Matrix& values) const override;
  double level() const override { return 1; }
  std::string text(const Layout& observations) const override;

 private:
  solver::Vector sd_;
};

/// `noise: {model: per_observation, sd: [0.1, 0.2, ...]}`, or `sd_file`, a CSV with one row.
class PerObservationNoiseSetup : public NoiseSetup {
 public:
  std::unique_ptr<NoiseSetup> clone() const override {
    return std::make_unique<PerObservationNoiseSetup>(*this);
  }
  void describe(configuration::Section& s) override;
  std::shared_ptr<const Noise> make(const Layout& observations, double unit) const override;
  std::string file_fingerprint() const override;

 private:
  std::vector<double> sd_;
  configuration::InputFile file_;
};

}  // namespace scorefem::problem
