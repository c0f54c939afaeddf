#pragma once

#include <memory>
#include <vector>

#include "solver/forward_model.h"

namespace scorefem::solver {

/// The same discrete problems on one mesh that is distributed over all ranks, or over each group of
/// ForwardOptions::ranks_per_mesh consecutive ones, for meshes beyond one process: p4est partitions the
/// cells, PETSc holds the matrices, GMRES with algebraic multigrid solves. Options of PETSc's database apply,
/// with the prefix -transport_ (linear problem) or -reaction_ (reaction problem).
///
/// Every call is collective: all ranks that share the mesh pass the same arguments and get the same results.
class DomainModel : public ForwardModel {
 public:
  /// @throws as make_forward_model().
  DomainModel(const ForwardOptions& options, const std::vector<SensorPosition>& sensors);
  ~DomainModel() override;

  Observations observe(const Matrix& flux) override;
  Field field(const Vector& flux, int n_x, int n_y) override;
  Eigen::Index n_unknowns() const override;

 private:
  struct Solver;
  std::unique_ptr<Solver> solver_;
};

}  // namespace scorefem::solver
