#include "solver/distributed_discretisation.h"

#include <deal.II/base/mpi.h>
#include <deal.II/dofs/dof_tools.h>
#include <deal.II/lac/dynamic_sparsity_pattern.h>
#include <deal.II/lac/sparsity_tools.h>

#include <algorithm>
#include <limits>

#include "solver/mesh.h"

namespace scorefem::solver {
namespace {

const ForwardOptions& validated(const ForwardOptions& options) {
  options.validate();
  return options;
}

}  // namespace

DistributedDiscretisation::DistributedDiscretisation(const ForwardOptions& options)
    : options_(validated(options)),
      ranks_(options.ranks_per_mesh),
      triangulation_(communicator()),
      element_(options.discretisation.degree),
      nodes_(triangulation_),
      weak_form_(options, element_) {
  make_mesh(cell_widths(options.channel, options.discretisation), triangulation_);
  nodes_.distribute_dofs(element_);
#if DEAL_II_VERSION_GTE(9, 5, 0)
  relevant_ = dealii::DoFTools::extract_locally_relevant_dofs(nodes_);
#else
  dealii::DoFTools::extract_locally_relevant_dofs(nodes_, relevant_);
#endif

  dealii::DynamicSparsityPattern pattern(relevant_);
  dealii::DoFTools::make_sparsity_pattern(nodes_, pattern);
  dealii::SparsityTools::distribute_sparsity_pattern(pattern, nodes_.locally_owned_dofs(), communicator(),
                                                     relevant_);
  const auto use_pattern = [&](dealii::PETScWrappers::MPI::SparseMatrix& matrix) {
    matrix.reinit(nodes_.locally_owned_dofs(), nodes_.locally_owned_dofs(), pattern, communicator());
  };
  use_pattern(transport_);
  if (reacts()) use_pattern(reaction_);
  segment_loads_.assign(options.channel.n_segments(), zero());
  assemble();
}

DistributedDiscretisation::DistributedVector DistributedDiscretisation::zero() const {
  return DistributedVector(nodes_.locally_owned_dofs(), communicator());
}

void DistributedDiscretisation::assemble() {
  const dealii::IndexSet inlet = dealii::DoFTools::extract_boundary_dofs(
      nodes_, dealii::ComponentMask(), {static_cast<dealii::types::boundary_id>(Boundary::inlet)});
  const auto n_inlet =
      dealii::Utilities::MPI::sum((inlet & nodes_.locally_owned_dofs()).n_elements(), communicator());
  n_unknowns_ = static_cast<Eigen::Index>(nodes_.n_dofs() - n_inlet);

  const BoundaryFlux unit = [this](Boundary, double, double) { return weak_form_.flux_scale(); };
  const unsigned int n = element_.n_dofs_per_cell();
  std::vector<dealii::types::global_dof_index> numbers(n);
  const auto add = [&](const Matrix& local, dealii::PETScWrappers::MPI::SparseMatrix& matrix) {
    for (unsigned int i = 0; i < n; ++i) matrix.add(numbers[i], n, numbers.data(), &local(i, 0), false);
  };
  for (const auto& cell : nodes_.active_cell_iterators()) {
    if (!cell->is_locally_owned()) continue;
    cell->get_dof_indices(numbers);
    const auto without_inlet = [&](Matrix local) {
      for (unsigned int i = 0; i < n; ++i) {
        if (!inlet.is_element(numbers[i])) continue;
        local.row(i).setZero();
        local.col(i).setZero();
      }
      return local;
    };
    Matrix transport = without_inlet(weak_form_.transport(cell));
    for (unsigned int i = 0; i < n; ++i)
      if (inlet.is_element(numbers[i]))
        transport(i, i) = options_.diffusivity;  // any number of the size of the others
    add(transport, transport_);
    if (reacts()) add(without_inlet(weak_form_.reaction(cell)), reaction_);
    for (const unsigned int face : cell->face_indices()) {
      const int segment = weak_form_.segment(cell, face);
      if (segment < 0) continue;
      const Vector local = weak_form_.boundary_load(cell, face, unit);
      for (unsigned int i = 0; i < n; ++i)
        if (!inlet.is_element(numbers[i])) segment_loads_[segment](numbers[i]) += local(i);
    }
  }
  transport_.compress(dealii::VectorOperation::add);
  if (reacts()) reaction_.compress(dealii::VectorOperation::add);
  for (DistributedVector& load : segment_loads_) load.compress(dealii::VectorOperation::add);
}

DistributedDiscretisation::DistributedVector DistributedDiscretisation::load(const Vector& flux) const {
  DistributedVector result = zero();
  for (std::size_t segment = 0; segment < segment_loads_.size(); ++segment)
    result.add(flux(static_cast<Eigen::Index>(segment)), segment_loads_[segment]);
  return result;
}

Vector DistributedDiscretisation::evaluate(const DistributedVector& solution,
                                           const std::vector<SensorPosition>& points) const {
  DistributedVector ghosted(nodes_.locally_owned_dofs(), relevant_, communicator());
  ghosted = solution;
  const int rank = static_cast<int>(dealii::Utilities::MPI::this_mpi_process(communicator()));
  std::vector<int> owner(points.size(), std::numeric_limits<int>::max());
  std::vector<double> value(points.size(), 0);
  std::vector<dealii::types::global_dof_index> numbers(element_.n_dofs_per_cell());
  for (const auto& cell : nodes_.active_cell_iterators()) {
    if (!cell->is_locally_owned()) continue;
    const auto box = cell->bounding_box();
    cell->get_dof_indices(numbers);
    for (std::size_t p = 0; p < points.size(); ++p) {
      const dealii::Point<2> point(points[p][0], points[p][1]);
      if (owner[p] == rank || !box.point_inside(point, 1e-10)) continue;
      owner[p] = rank;
      const dealii::Point<2> unit = box.real_to_unit(point);
      for (unsigned int i = 0; i < numbers.size(); ++i)
        value[p] += ghosted(numbers[i]) * element_.shape_value(i, unit);
    }
  }
  // A point on the border of two ranks' cells counts once.
  std::vector<int> first(points.size());
  dealii::Utilities::MPI::min(owner, communicator(), first);
  for (std::size_t p = 0; p < points.size(); ++p)
    if (first[p] != rank) value[p] = 0;
  dealii::Utilities::MPI::sum(value, communicator(), value);
  return Eigen::Map<const Vector>(value.data(), static_cast<Eigen::Index>(value.size()));
}

}  // namespace scorefem::solver
