#include "pipeline/problem/channel/channel_setup.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "solver/accuracy.h"
#include "solver/linear_model.h"
#include "solver/make_forward_model.h"
#include "solver/reaction_model.h"

namespace scorefem::problem {
namespace {

using solver::Matrix;
using solver::Vector;

constexpr int kFieldPointsX = 171;
constexpr int kFieldPointsY = 41;

/// The finite-element model behind the seam.
class ChannelModel : public ForwardModel {
 public:
  ChannelModel(const solver::ForwardOptions& options, const std::vector<solver::SensorPosition>& sensors,
               bool discretisation_check)
      : options_(options),
        sensors_(sensors),
        discretisation_check_(discretisation_check),
        model_(solver::make_forward_model(options, sensors)) {}

  Observations observe(const Matrix& flux) override {
    solver::Observations found = model_->observe(flux);
    Observations result{std::move(found.concentration), {}};
    for (solver::SampleFailure& failure : found.failures)
      result.failures.push_back({failure.row, std::move(failure.reason)});
    return result;
  }
  std::optional<Matrix> response() override {
    const auto* linear = dynamic_cast<const solver::LinearModel*>(model_.get());
    return linear ? std::optional(linear->response()) : std::nullopt;
  }
  std::optional<Field> field(const Vector& flux) override {
    solver::Field found = model_->field(flux, kFieldPointsX, kFieldPointsY);
    return Field{std::move(found.x), std::move(found.y), std::move(found.concentration)};
  }
  Vector discretisation_error(const Matrix& flux) override {
    if (!discretisation_check_) return {};
    return solver::discretisation_error(options_, sensors_, flux);
  }
  Eigen::Index degrees_of_freedom() const override { return model_->n_unknowns(); }
  std::string effort() const override {
    const auto* reaction = dynamic_cast<const solver::ReactionModel*>(model_.get());
    if (!reaction) return "";
    char text[128];
    std::snprintf(text, sizeof text, "%.3g forward solves, %ld of them by Newton's method",
                  static_cast<double>(reaction->effort().samples), reaction->effort().newton_samples);
    return text;
  }

 private:
  solver::ForwardOptions options_;
  std::vector<solver::SensorPosition> sensors_;
  bool discretisation_check_;
  std::unique_ptr<solver::ForwardModel> model_;
};

}  // namespace

ChannelSetup::ChannelSetup(solver::Problem problem)
    : forward_(solver::ForwardOptions::defaults_for(problem)) {
  for (int degree = 1; degree <= 8; ++degree) convergence_list_.push_back({degree, 1, 5, 2});
}

Layout ChannelSetup::unknowns() const {
  std::vector<Component> components;
  const int per_wall = forward_.channel.segments_per_wall;
  for (const solver::FluxSegment& segment : solver::flux_segments(forward_.channel)) {
    const std::string wall = segment.wall == solver::Wall::lower ? "lower" : "upper";
    const int number = static_cast<int>(components.size()) % per_wall + 1;
    Component component{wall + " " + std::to_string(number),
                        wall + " wall",
                        {segment.midpoint[0], segment.midpoint[1]},
                        "flux"};
    // With flux out of the channel the reaction problem has no solution that is known to be the stable one.
    if (is_curved()) component.lower = 0;
    components.push_back(std::move(component));
  }
  return Layout(std::move(components));
}

Layout ChannelSetup::observations() const {
  std::vector<Component> components;
  for (const solver::SensorPosition& at : sensors_.resolved()) {
    components.push_back(
        {"sensor " + std::to_string(components.size() + 1), "", {at[0], at[1]}, "concentration"});
  }
  return Layout(std::move(components));
}

Needs ChannelSetup::needs() const {
  return {true, forward_.parallel == solver::Parallel::domain, forward_.ranks_per_mesh};
}

solver::ForwardOptions ChannelSetup::options_near(const Vector& prior_mean) const {
  solver::ForwardOptions options = forward_;
  options.reaction.expansion_flux = std::max(0.0, prior_mean.mean());
  options.validate();
  return options;
}

std::unique_ptr<ForwardModel> ChannelSetup::make(const Vector& prior_mean) const {
  return std::make_unique<ChannelModel>(options_near(prior_mean), sensors_.resolved(), discretisation_check_);
}

ConvergenceTable ChannelSetup::convergence(const std::function<Matrix(Eigen::Index n)>& draw,
                                           const Vector& prior_mean) const {
  const std::vector<solver::ConvergenceRow> rows = solver::convergence_study(
      options_near(prior_mean), sensors_.resolved(), draw(convergence_samples_), convergence_list_);
  ConvergenceTable table{{"degree", "cells_per_segment", "cells_across", "grading", "unknowns",
                          "setup_seconds", "sample_seconds", "error"},
                         Matrix(static_cast<Eigen::Index>(rows.size()), 8)};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const solver::DiscretisationOptions& mesh = rows[i].discretisation;
    table.rows.row(static_cast<Eigen::Index>(i)) << mesh.degree, mesh.cells_per_segment, mesh.cells_across,
        mesh.grading, static_cast<double>(rows[i].n_unknowns), rows[i].setup_seconds, rows[i].sample_seconds,
        rows[i].error;
  }
  return table;
}

}  // namespace scorefem::problem
