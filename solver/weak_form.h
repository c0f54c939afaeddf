#pragma once

#include <deal.II/dofs/dof_handler.h>
#include <deal.II/fe/fe_values.h>

#include <functional>

#include "solver/forward_options.h"
#include "solver/matrix.h"
#include "solver/mesh.h"

namespace scorefem::solver {

/// A function of the position, e.g. a source in concentration/time.
using ScalarFunction = std::function<double(double x, double y)>;
/// kappa dc/dn on a part of the boundary, in concentration * length / time.
using BoundaryFlux = std::function<double(Boundary boundary, double x, double y)>;

/// Velocity along the channel at height y.
double velocity(const ForwardOptions& options, double y);

/// Integrals over one cell of the weak form of u . grad c - kappa lap c = r c (1 - c / C) + s:
///
///   (u . grad c, w) + (kappa grad c, grad v) - (kappa lap c, tau u . grad v) = (f(c) + s, w) + <kappa dc/dn,
///   v>,
///
/// with w = v + tau u . grad v. tau = 0 is the Galerkin method; otherwise the streamline-upwind
/// Petrov-Galerkin method (Brooks and Hughes, Comput. Methods Appl. Mech. Engrg. 32, 1982), tau = h / (2 p u)
/// (coth Pe - 1 / Pe) with the cell Peclet number Pe = u h / (2 p kappa), h the cell's length along the flow
/// and p the degree.
class WeakForm {
 public:
  using Cell = dealii::DoFHandler<2>::active_cell_iterator;

  /// @param element FE_Q, kept by reference.
  WeakForm(const ForwardOptions& options, const dealii::FiniteElement<2>& element);

  /// Everything on the left: [n, n] with n unknowns per cell, rows are test functions.
  Matrix transport(const Cell& cell);

  /// (phi_j, w_i) [n, n]: the reaction is the concentration's values at the nodes, f(c_j), times this matrix.
  /// It is integrated by the Gauss-Lobatto rule whose points are the element's nodes (as in spectral
  /// elements): without stabilisation it is diagonal, and the error is of the order of the element's own.
  Matrix reaction(const Cell& cell);

  /// (s, w) [n].
  Vector source_load(const Cell& cell, const ScalarFunction& source);

  /// <g, v> over one face of the cell [n].
  Vector boundary_load(const Cell& cell, unsigned int face, const BoundaryFlux& flux);

  /// Number of the flux segment that a face of the cell belongs to, -1 for a face on no segment.
  int segment(const Cell& cell, unsigned int face) const;

  /// What the diffusive flux kappa dc/dn is for q = 1: 1, or kappa for FluxCondition::gradient.
  double flux_scale() const;

 private:
  bool is_stabilised(const Cell& cell) const;
  double tau(const Cell& cell, double u) const;
  /// Values of w_i at the points of values, [n, n_points].
  Matrix test_functions(const Cell& cell, const dealii::FEValues<2>& values) const;

  ForwardOptions options_;
  dealii::FEValues<2> values_;
  dealii::FEValues<2> nodal_values_;
  dealii::FEFaceValues<2> face_values_;
};

}  // namespace scorefem::solver
