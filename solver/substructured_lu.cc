#include "solver/substructured_lu.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

namespace scorefem::solver {
namespace {

// Largest error accepted when a known vector of size 1 is recovered from its product with the matrix.
constexpr double kAccuracy = 1e-8;

using Cells = std::vector<const SubstructuredLu::Cell*>;

/// Halves the cells across the direction in which they extend over more rows.
std::array<Cells, 2> halve(const Cells& cells) {
  std::array<std::set<double>, 2> positions;
  for (const auto* cell : cells)
    for (int d = 0; d < 2; ++d) positions[d].insert(cell->center[d]);
  const int d = positions[0].size() >= positions[1].size() ? 0 : 1;
  const double middle =
      *std::next(positions[d].begin(), static_cast<std::ptrdiff_t>(positions[d].size() / 2));
  std::array<Cells, 2> halves;
  for (const auto* cell : cells) halves[cell->center[d] < middle ? 0 : 1].push_back(cell);
  return halves;
}

}  // namespace

SubstructuredLu::SubstructuredLu(int n_unknowns, const std::vector<Cell>& cells) : n_unknowns_(n_unknowns) {
  std::vector<int> n_cells_of_unknown(n_unknowns, 0);
  Cells all;
  for (const Cell& cell : cells) {
    all.push_back(&cell);
    for (const int unknown : cell.unknowns)
      if (unknown >= 0) ++n_cells_of_unknown[unknown];
  }
  eliminate(std::move(all), n_cells_of_unknown);
  for (const Part& part : parts_)
    largest_inner_ = std::max(largest_inner_, static_cast<int>(part.inner.size()));
  if (!(known_solution_error(cells) <= kAccuracy))
    throw std::runtime_error("the matrix is singular or too badly conditioned for elimination part by part");
}

double SubstructuredLu::known_solution_error(const std::vector<Cell>& cells) const {
  const auto known = [](int unknown) { return 1 - 0.1 * (unknown % 7); };
  std::vector<Lanes> x(n_unknowns_);
  for (const Cell& cell : cells)
    for (std::size_t i = 0; i < cell.unknowns.size(); ++i)
      for (std::size_t j = 0; j < cell.unknowns.size(); ++j)
        if (cell.unknowns[i] >= 0 && cell.unknowns[j] >= 0)
          x[cell.unknowns[i]].value[0] +=
              cell.matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) *
              known(cell.unknowns[j]);
  solve(x);
  double largest = 0;
  for (int u = 0; u < n_unknowns_; ++u) {
    const double error = std::abs(x[u].value[0] - known(u));
    if (!(error <= largest)) largest = error;
    if (std::isnan(error)) return error;
  }
  return largest;
}

SubstructuredLu::Schur SubstructuredLu::eliminate(Cells cells, const std::vector<int>& n_cells_of_unknown) {
  // Gather the matrix of this part: a cell's own, or the sum of both halves' Schur complements.
  Schur whole;
  if (cells.size() == 1) {
    std::vector<int> kept;
    for (int i = 0; i < static_cast<int>(cells[0]->unknowns.size()); ++i)
      if (cells[0]->unknowns[i] >= 0) kept.push_back(i);
    for (const int i : kept) whole.unknowns.push_back(cells[0]->unknowns[i]);
    whole.n_cells.assign(kept.size(), 1);
    whole.matrix = cells[0]->matrix(kept, kept);
  } else {
    std::map<int, int> position;
    std::vector<Schur> halves;
    for (Cells& half : halve(cells)) halves.push_back(eliminate(std::move(half), n_cells_of_unknown));
    for (const Schur& half : halves)
      for (std::size_t i = 0; i < half.unknowns.size(); ++i) {
        const auto [place, is_new] =
            position.emplace(half.unknowns[i], static_cast<int>(whole.unknowns.size()));
        if (is_new) whole.unknowns.push_back(half.unknowns[i]);
        if (is_new) whole.n_cells.push_back(0);
        whole.n_cells[place->second] += half.n_cells[i];
      }
    const auto n = static_cast<Eigen::Index>(whole.unknowns.size());
    whole.matrix = Matrix::Zero(n, n);
    for (const Schur& half : halves) {
      std::vector<int> places;
      for (const int unknown : half.unknowns) places.push_back(position.at(unknown));
      whole.matrix(places, places) += half.matrix;
    }
  }

  // Eliminate what belongs to no other cell.
  std::vector<int> inner, boundary;
  for (int i = 0; i < static_cast<int>(whole.unknowns.size()); ++i)
    (whole.n_cells[i] == n_cells_of_unknown[whole.unknowns[i]] ? inner : boundary).push_back(i);
  Schur result;
  Part part;
  for (const int i : inner) part.inner.push_back(whole.unknowns[i]);
  for (const int i : boundary) {
    part.boundary.push_back(whole.unknowns[i]);
    result.n_cells.push_back(whole.n_cells[i]);
  }
  result.unknowns = part.boundary;
  result.matrix = whole.matrix(boundary, boundary);
  if (inner.empty()) return result;

  const Eigen::PartialPivLU<Eigen::MatrixXd> lu(Eigen::MatrixXd(whole.matrix(inner, inner)));
  const Matrix inverse = lu.inverse();
  const Matrix to_boundary = whole.matrix(boundary, inner), from_boundary = whole.matrix(inner, boundary);
  Matrix expand(inverse.rows(), inverse.cols() + from_boundary.cols());
  expand << inverse, -inverse * from_boundary;
  part.expand = PanelMatrix(expand);
  part.condense = PanelMatrix(to_boundary * inverse);
  result.matrix += to_boundary * expand.rightCols(from_boundary.cols());
  part.all = part.inner;
  part.all.insert(part.all.end(), part.boundary.begin(), part.boundary.end());
  parts_.push_back(std::move(part));
  return result;
}

void SubstructuredLu::solve(std::vector<Lanes>& x, const LaneKernels& kernels) const {
  for (const Part& part : parts_)
    kernels.subtract_product(part.condense.data(), part.condense.rows(), part.condense.cols(),
                             part.inner.data(), part.boundary.data(), x.data());
  std::vector<Lanes> solution(largest_inner_);
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
    kernels.product(part->expand.data(), part->expand.rows(), part->expand.cols(), part->all.data(), x.data(),
                    solution.data());
    for (std::size_t i = 0; i < part->inner.size(); ++i) x[part->inner[i]] = solution[i];
  }
}

double SubstructuredLu::n_multiplications() const {
  double n = 0;
  for (const Part& part : parts_)
    n += static_cast<double>(part.inner.size()) *
         static_cast<double>(part.inner.size() + 2 * part.boundary.size());
  return n;
}

}  // namespace scorefem::solver
