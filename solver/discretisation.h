#pragma once

#include <deal.II/dofs/dof_handler.h>
#include <deal.II/fe/fe_q.h>
#include <deal.II/grid/tria.h>

#include <array>
#include <set>
#include <vector>

#include "solver/forward_options.h"
#include "solver/matrix.h"
#include "solver/weak_form.h"

namespace scorefem::solver {

/// The discrete problem on one process: mesh, numbering, assembled matrices and loads. A node with a
/// prescribed concentration (always 0) is not an unknown.
class Discretisation {
 public:
  /// What one cell adds to the matrices.
  struct CellSystem {
    std::vector<int>
        unknowns;      //!< [n] number of each node's unknown, -1 where the concentration is prescribed
    Matrix transport;  //!< [n, n], see WeakForm::transport
    Matrix reaction;   //!< [n, n], see WeakForm::reaction
    std::array<double, 2> center;
  };

  /// @param prescribed where c = 0; elsewhere the diffusive flux is given.
  /// @throws std::invalid_argument for options out of range.
  explicit Discretisation(const ForwardOptions& options,
                          const std::set<Boundary>& prescribed = {Boundary::inlet});

  int n_unknowns() const { return n_unknowns_; }

  /// The cells, column by column from the inlet to the outlet, each from the lower to the upper wall.
  const std::vector<CellSystem>& cells() const { return cells_; }

  SparseMatrix transport() const { return assemble(&CellSystem::transport); }
  SparseMatrix reaction() const { return assemble(&CellSystem::reaction); }

  /// Load of a unit flux q = 1 through each segment [n_unknowns, n_segments].
  ColumnBlock segment_loads();

  /// Load of a source and a diffusive flux kappa dc/dn over the whole boundary [n_unknowns].
  Vector load(const ScalarFunction& source, const BoundaryFlux& flux);

  /// Takes unknowns to concentrations at the points [n_points, n_unknowns].
  /// @throws std::invalid_argument for a point outside the channel.
  SparseMatrix evaluation(const std::vector<SensorPosition>& points) const;

  /// What q = 1 is as a diffusive flux.
  double flux_scale() const { return weak_form_.flux_scale(); }

 private:
  SparseMatrix assemble(const Matrix CellSystem::*part) const;

  ForwardOptions options_;
  dealii::Triangulation<2> triangulation_;
  dealii::FE_Q<2> element_;
  dealii::DoFHandler<2> nodes_;
  WeakForm weak_form_;
  int n_unknowns_ = 0;
  std::vector<WeakForm::Cell> ordered_cells_;
  std::vector<CellSystem> cells_;  // in the same order
};

}  // namespace scorefem::solver
