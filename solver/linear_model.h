#pragma once

#include <memory>
#include <vector>

#include "solver/forward_model.h"

namespace scorefem::solver {

/// The linear problem (paper, Eq. 50): the concentration is linear in the flux, c = G q, so all samples of
/// any data set cost one factorisation, n_segments solves taken together as a block, and a matrix product.
class LinearModel : public ForwardModel {
 public:
  /// Assembles, factorises and solves for every segment. @throws as make_forward_model().
  LinearModel(const ForwardOptions& options, const std::vector<SensorPosition>& sensors);
  ~LinearModel() override;

  Observations observe(const Matrix& flux) override;
  Field field(const Vector& flux, int n_x, int n_y) override;
  Eigen::Index n_unknowns() const override;

  /// G [n_sensors, n_segments]: concentration at each sensor per unit flux through each segment.
  const Matrix& response() const;

  /// The same concentrations by assembling and solving for each flux by itself (no superposition): for tests.
  Matrix solve_directly(const Matrix& flux);

 private:
  struct Solver;
  std::unique_ptr<Solver> solver_;
  Matrix response_;
};

}  // namespace scorefem::solver
