#include "solver/discretisation.h"

#include <deal.II/dofs/dof_tools.h>

#include <algorithm>
#include <utility>

#include "solver/mesh.h"

namespace scorefem::solver {
namespace {

const ForwardOptions& validated(const ForwardOptions& options) {
  options.validate();
  return options;
}

/// Number of the unknown of each node, -1 where the concentration is prescribed.
std::vector<int> number_unknowns(const dealii::DoFHandler<2>& nodes, const std::set<Boundary>& prescribed) {
  std::set<dealii::types::boundary_id> ids;
  for (const Boundary boundary : prescribed) ids.insert(static_cast<dealii::types::boundary_id>(boundary));
  std::vector<int> unknown(nodes.n_dofs(), 0);
  if (!ids.empty())
    for (const auto node : dealii::DoFTools::extract_boundary_dofs(nodes, dealii::ComponentMask(), ids))
      unknown[node] = -1;
  int n = 0;
  for (int& number : unknown)
    if (number == 0) number = n++;
  return unknown;
}

}  // namespace

Discretisation::Discretisation(const ForwardOptions& options, const std::set<Boundary>& prescribed)
    : options_(validated(options)),
      element_(options.discretisation.degree),
      nodes_(triangulation_),
      weak_form_(options, element_) {
  make_mesh(cell_widths(options.channel, options.discretisation), triangulation_);
  nodes_.distribute_dofs(element_);
  const std::vector<int> unknown = number_unknowns(nodes_, prescribed);
  n_unknowns_ = static_cast<int>(std::count_if(unknown.begin(), unknown.end(), [](int u) { return u >= 0; }));

  for (const auto& cell : nodes_.active_cell_iterators()) ordered_cells_.push_back(cell);
  std::sort(ordered_cells_.begin(), ordered_cells_.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a->center()[0], a->center()[1]) < std::make_pair(b->center()[0], b->center()[1]);
  });
  std::vector<dealii::types::global_dof_index> numbers(element_.n_dofs_per_cell());
  for (const auto& cell : ordered_cells_) {
    cell->get_dof_indices(numbers);
    CellSystem system{
        {}, weak_form_.transport(cell), weak_form_.reaction(cell), {cell->center()[0], cell->center()[1]}};
    for (const auto node : numbers) system.unknowns.push_back(unknown[node]);
    cells_.push_back(std::move(system));
  }
}

SparseMatrix Discretisation::assemble(const Matrix CellSystem::*part) const {
  std::vector<Eigen::Triplet<double>> entries;
  for (const CellSystem& cell : cells_) {
    const Matrix& local = cell.*part;
    for (Eigen::Index i = 0; i < local.rows(); ++i)
      for (Eigen::Index j = 0; j < local.cols(); ++j)
        if (cell.unknowns[i] >= 0 && cell.unknowns[j] >= 0 && local(i, j) != 0)
          entries.emplace_back(cell.unknowns[i], cell.unknowns[j], local(i, j));
  }
  SparseMatrix result(n_unknowns_, n_unknowns_);
  result.setFromTriplets(entries.begin(), entries.end());
  return result;
}

ColumnBlock Discretisation::segment_loads() {
  const ChannelOptions& channel = options_.channel;
  const BoundaryFlux unit = [this](Boundary, double, double) { return flux_scale(); };
  ColumnBlock result = ColumnBlock::Zero(n_unknowns_, channel.n_segments());
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    for (const unsigned int face : ordered_cells_[c]->face_indices()) {
      const int segment = weak_form_.segment(ordered_cells_[c], face);
      if (segment < 0) continue;
      const Vector local = weak_form_.boundary_load(ordered_cells_[c], face, unit);
      for (Eigen::Index i = 0; i < local.size(); ++i)
        if (cells_[c].unknowns[i] >= 0) result(cells_[c].unknowns[i], segment) += local(i);
    }
  }
  return result;
}

Vector Discretisation::load(const ScalarFunction& source, const BoundaryFlux& flux) {
  Vector result = Vector::Zero(n_unknowns_);
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    Vector local = weak_form_.source_load(ordered_cells_[c], source);
    for (const unsigned int face : ordered_cells_[c]->face_indices())
      if (ordered_cells_[c]->face(face)->at_boundary())
        local += weak_form_.boundary_load(ordered_cells_[c], face, flux);
    for (Eigen::Index i = 0; i < local.size(); ++i)
      if (cells_[c].unknowns[i] >= 0) result(cells_[c].unknowns[i]) += local(i);
  }
  return result;
}

SparseMatrix Discretisation::evaluation(const std::vector<SensorPosition>& points) const {
  require_inside(points, options_.channel);
  // The cells are rectangles ordered along x: the last one whose lower left corner is not beyond the point
  // holds it.
  const double tolerance = 1e-12 * options_.channel.length;
  std::vector<Eigen::Triplet<double>> entries;
  for (std::size_t p = 0; p < points.size(); ++p) {
    const dealii::Point<2> point(points[p][0], points[p][1]);
    const auto holds = [&](const WeakForm::Cell& cell) {
      return cell->vertex(0)[0] <= point[0] + tolerance && cell->vertex(0)[1] <= point[1] + tolerance;
    };
    const std::size_t c =
        ordered_cells_.rend() - std::find_if(ordered_cells_.rbegin(), ordered_cells_.rend(), holds) - 1;
    const dealii::Point<2> lower = ordered_cells_[c]->vertex(0), upper = ordered_cells_[c]->vertex(3);
    const dealii::Point<2> unit((point[0] - lower[0]) / (upper[0] - lower[0]),
                                (point[1] - lower[1]) / (upper[1] - lower[1]));
    for (unsigned int i = 0; i < element_.n_dofs_per_cell(); ++i)
      if (cells_[c].unknowns[i] >= 0)
        entries.emplace_back(static_cast<int>(p), cells_[c].unknowns[i], element_.shape_value(i, unit));
  }
  SparseMatrix result(static_cast<Eigen::Index>(points.size()), n_unknowns_);
  result.setFromTriplets(entries.begin(), entries.end());
  return result;
}

}  // namespace scorefem::solver
