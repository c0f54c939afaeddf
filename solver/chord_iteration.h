#pragma once

#include <atomic>
#include <vector>

#include "solver/discretisation.h"
#include "solver/matrix.h"
#include "solver/reaction_problem.h"
#include "solver/substructured_lu.h"

namespace scorefem::solver {

/// Newton's method for many samples with one Jacobian, factorised at the solution of a chosen flux (chord
/// method).
///
/// With c = c0 + d the discrete problem is, exactly, J0 d = (load - residual(c0)) - curvature d^2, which is
/// iterated from d = 0: the first step is the linearisation, and no residual need be assembled, only d^2 and
/// a solve. kLanes samples are iterated side by side; a sample leaves its lane when it has converged or
/// stalled, and the next one takes its place.
class ChordIteration {
 public:
  enum class Outcome { converged, stalled };

  /// @param expansion_flux [n_segments], where the Jacobian is factorised
  /// @param sensor_values [n_sensors, n_unknowns], see Discretisation::evaluation
  /// @throws NotConverged if the problem has no solution there; std::runtime_error if PETSc fails.
  ChordIteration(const ReactionProblem& problem, Discretisation& discretisation, const Vector& expansion_flux,
                 const SparseMatrix& sensor_values);

  /// Takes rows of flux [n, n_segments] one after the other from the counter next until none is left, and
  /// writes concentrations [n, n_sensors] (of converged samples only) and outcome [n]. Several threads may
  /// share the work by calling this with the same arguments. A sample's result does not depend on who does it
  /// or what lies beside it.
  /// @return iterations, summed over the samples.
  long run(const Matrix& flux, std::atomic<Eigen::Index>& next, Matrix& concentration,
           std::vector<Outcome>& outcome) const;

  /// Multiplications of one solve for one sample.
  double n_multiplications() const { return jacobian_.n_multiplications(); }

 private:
  class Batch;

  int n_unknowns_;
  Vector expansion_flux_;
  Vector base_;           // c0 [n_unknowns]
  Vector base_residual_;  // load(expansion flux) - residual(c0) [n_unknowns], zero but for rounding
  SubstructuredLu jacobian_;
  SparseMatrix curvature_;  // [n_unknowns, n_unknowns]
  std::vector<int> wall_;   // unknowns that the fluxes act on
  Matrix wall_loads_;       // [n_wall, n_segments]
  SparseMatrix sensor_values_;
};

}  // namespace scorefem::solver
