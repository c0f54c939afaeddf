#pragma once

#include <deal.II/distributed/tria.h>
#include <deal.II/dofs/dof_handler.h>
#include <deal.II/fe/fe_q.h>
#include <deal.II/lac/petsc_sparse_matrix.h>
#include <deal.II/lac/petsc_vector.h>

#include <vector>

#include "solver/forward_options.h"
#include "solver/matrix.h"
#include "solver/rank_group.h"
#include "solver/weak_form.h"

namespace scorefem::solver {

/// The discrete problem over the ranks that share a mesh (ForwardOptions::ranks_per_mesh); every rank
/// assembles its own cells. Nodes at the inlet are kept: their rows say c = 0 in the transport matrix and are
/// empty in the reaction matrix.
class DistributedDiscretisation {
 public:
  using DistributedVector = dealii::PETScWrappers::MPI::Vector;

  /// Collective. @throws std::invalid_argument for options out of range.
  explicit DistributedDiscretisation(const ForwardOptions& options);

  /// The ranks that share the mesh.
  MPI_Comm communicator() const { return ranks_.communicator(); }
  /// Unknowns of all these ranks, without the nodes at the inlet.
  Eigen::Index n_unknowns() const { return n_unknowns_; }
  Mat transport() const { return transport_; }
  /// Of the reaction problem; the linear one has none, and spares its memory.
  Mat reaction() const { return reaction_; }

  /// A vector of zeros with an entry for each node.
  DistributedVector zero() const;
  /// Load of q = flux through the segments; loads are kept per segment and added up. @param flux [n_segments]
  DistributedVector load(const Vector& flux) const;
  /// Concentrations at points inside the channel [n_points], on each of these ranks. Collective.
  Vector evaluate(const DistributedVector& solution, const std::vector<SensorPosition>& points) const;

 private:
  bool reacts() const { return options_.problem == Problem::reaction; }
  void assemble();

  ForwardOptions options_;
  RankGroup ranks_;
  dealii::parallel::distributed::Triangulation<2> triangulation_;
  dealii::FE_Q<2> element_;
  dealii::DoFHandler<2> nodes_;
  WeakForm weak_form_;
  dealii::IndexSet relevant_;
  Eigen::Index n_unknowns_ = 0;
  dealii::PETScWrappers::MPI::SparseMatrix transport_, reaction_;
  std::vector<DistributedVector> segment_loads_;
};

}  // namespace scorefem::solver
