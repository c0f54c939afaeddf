#pragma once

#include <functional>
#include <vector>

#include "pipeline/problem/channel/sensor_positions.h"
#include "pipeline/problem/forward_model.h"
#include "solver/forward_options.h"

namespace scorefem::problem {

/// The channel of the paper's Secs. 6.2 and 6.3: fluxes through the segments of its walls are unknown,
/// concentrations at sensors observed. Unknowns: lower wall from left to right, then the upper wall's.
class ChannelSetup : public ForwardSetup {
 public:
  explicit ChannelSetup(solver::Problem problem);
  std::unique_ptr<ForwardSetup> clone() const override { return std::make_unique<ChannelSetup>(*this); }

  void describe(configuration::Section& s) override;
  /// `sensors`
  void describe_sections(configuration::Section& root) override;
  /// `convergence`
  void describe_studies(configuration::Section& root) override;

  Layout unknowns() const override;
  Layout observations() const override;
  Needs needs() const override;
  bool is_linear() const override { return forward_.problem == solver::Problem::linear; }
  bool is_curved() const override { return forward_.problem == solver::Problem::reaction; }
  bool has_field() const override { return true; }
  std::unique_ptr<ForwardModel> make(const solver::Vector& prior_mean) const override;
  std::string accuracy_keys() const override {
    return "forward.discretisation: degree, cells_per_segment, cells_across, grading";
  }
  ConvergenceTable convergence(const std::function<solver::Matrix(Eigen::Index n)>& draw,
                               const solver::Vector& prior_mean) const override;

  const solver::ForwardOptions& options() const { return forward_; }

 private:
  /// The options with the flux that the solver linearises at.
  solver::ForwardOptions options_near(const solver::Vector& prior_mean) const;

  solver::ForwardOptions forward_;
  SensorOptions sensors_;
  bool discretisation_check_ = true;
  int convergence_samples_ = 4;                                  // test samples whose error is measured
  std::vector<solver::DiscretisationOptions> convergence_list_;  // coarsest first
};

}  // namespace scorefem::problem
