#include "solver/chord_iteration.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace scorefem::solver {
namespace {

// A sample has converged when no node changed by more than this fraction of its largest concentration. The
// next change would be smaller by the factor of contraction, typically 0.1 to 0.3.
constexpr double kTolerance = 1e-10;
// It has stalled when it is not there after this many iterations, or moves away.
constexpr int kMaxIterations = 40;
constexpr int kPatience = 5;
// A solution that goes below zero by more than this fraction of its largest concentration (that is, by more
// than undershoots of the discretisation) may be another one than the stable one: left to Newton's method.
constexpr double kUndershoot = 0.05;

std::vector<SubstructuredLu::Cell> jacobian_cells(const ReactionProblem& problem,
                                                  const Discretisation& discretisation,
                                                  const Vector& concentration) {
  const Vector slope = problem.slope(concentration);
  std::vector<SubstructuredLu::Cell> result;
  for (const auto& cell : discretisation.cells()) {
    Vector local(cell.unknowns.size());
    for (std::size_t i = 0; i < cell.unknowns.size(); ++i)
      local(static_cast<Eigen::Index>(i)) = cell.unknowns[i] >= 0 ? slope(cell.unknowns[i]) : 0;
    result.push_back({cell.unknowns, cell.transport - cell.reaction * local.asDiagonal(), cell.center});
  }
  return result;
}

}  // namespace

ChordIteration::ChordIteration(const ReactionProblem& problem, Discretisation& discretisation,
                               const Vector& expansion_flux, const SparseMatrix& sensor_values)
    : n_unknowns_(discretisation.n_unknowns()),
      expansion_flux_(expansion_flux),
      base_(problem.solve(discretisation.segment_loads() * expansion_flux)),
      base_residual_(discretisation.segment_loads() * expansion_flux - problem.residual(base_)),
      jacobian_(n_unknowns_, jacobian_cells(problem, discretisation, base_)),
      curvature_(problem.curvature()),
      sensor_values_(sensor_values) {
  const ColumnBlock loads = discretisation.segment_loads();
  for (int i = 0; i < n_unknowns_; ++i)
    if ((loads.row(i).array() != 0).any()) wall_.push_back(i);
  wall_loads_ = loads(wall_, Eigen::all);
  curvature_.makeCompressed();
}

/// kLanes samples under way.
class ChordIteration::Batch {
 public:
  Batch(const ChordIteration& chord, const Matrix& flux) : chord_(chord), flux_(flux) { row_.fill(kIdle); }

  long run(std::atomic<Eigen::Index>& next, Matrix& concentration, std::vector<Outcome>& outcome) {
    long n_iterations = 0;
    while (fill(next)) {
      iterate();
      for (int lane = 0; lane < kLanes; ++lane) {
        if (row_[lane] == kIdle) continue;
        ++n_iterations;
        ++iterations_[lane];
        if (has_converged(lane)) {
          outcome[row_[lane]] = Outcome::converged;
          observe(lane, concentration.row(row_[lane]));
        } else if (has_stalled(lane)) {
          outcome[row_[lane]] = Outcome::stalled;
        } else {
          previous_change_[lane] = change_.value[lane];
          continue;
        }
        row_[lane] = kIdle;
      }
    }
    return n_iterations;
  }

 private:
  static constexpr Eigen::Index kIdle = -1;

  /// Gives every idle lane the next sample; false if all lanes are idle and none is left.
  bool fill(std::atomic<Eigen::Index>& next) {
    bool any = false;
    for (int lane = 0; lane < kLanes; ++lane) {
      if (row_[lane] == kIdle && next.load() < flux_.rows()) {
        const Eigen::Index row = next++;
        if (row < flux_.rows()) start(lane, row);
      }
      any = any || row_[lane] != kIdle;
    }
    return any;
  }

  void start(int lane, Eigen::Index row) {
    row_[lane] = row;
    iterations_[lane] = 0;
    const Vector load = chord_.wall_loads_ * (flux_.row(row).transpose() - chord_.expansion_flux_);
    for (std::size_t i = 0; i < wall_load_.size(); ++i)
      wall_load_[i].value[lane] = load(static_cast<Eigen::Index>(i));
    for (Lanes& unknown : solution_) unknown.value[lane] = 0;
  }

  void iterate() {
    const SparseMatrix& curvature = chord_.curvature_;
    kernels_.subtract_squares(chord_.n_unknowns_, curvature.outerIndexPtr(), curvature.innerIndexPtr(),
                              curvature.valuePtr(), chord_.base_residual_.data(), solution_.data(),
                              next_.data());
    for (std::size_t i = 0; i < wall_load_.size(); ++i)
      for (int lane = 0; lane < kLanes; ++lane)
        next_[chord_.wall_[i]].value[lane] += wall_load_[i].value[lane];
    chord_.jacobian_.solve(next_, kernels_);
    kernels_.advance(chord_.n_unknowns_, chord_.base_.data(), next_.data(), solution_.data(), change_, size_,
                     lowest_);
  }

  bool has_converged(int lane) const {
    return change_.value[lane] <= kTolerance * size_.value[lane] &&
           lowest_.value[lane] >= -kUndershoot * size_.value[lane];
  }

  bool has_stalled(int lane) const {
    const double change = change_.value[lane];
    return !std::isfinite(change) || iterations_[lane] >= kMaxIterations ||
           (iterations_[lane] > kPatience && change > 2 * previous_change_[lane]) ||
           change <= kTolerance * size_.value[lane];  // there, but on another solution
  }

  void observe(int lane, Eigen::Ref<Eigen::RowVectorXd> concentration) const {
    for (int sensor = 0; sensor < chord_.sensor_values_.outerSize(); ++sensor) {
      double sum = 0;
      for (SparseMatrix::InnerIterator entry(chord_.sensor_values_, sensor); entry; ++entry)
        sum += entry.value() * (chord_.base_(entry.col()) + solution_[entry.col()].value[lane]);
      concentration(sensor) = sum;
    }
  }

  const ChordIteration& chord_;
  const Matrix& flux_;
  const LaneKernels& kernels_ = supported_lane_kernels().front();
  std::vector<Lanes> solution_ = std::vector<Lanes>(chord_.n_unknowns_);  // d
  std::vector<Lanes> next_ = std::vector<Lanes>(chord_.n_unknowns_);      // right-hand side, then the next d
  std::vector<Lanes> wall_load_ =
      std::vector<Lanes>(chord_.wall_.size());  // load less that of the expansion flux
  Lanes change_{}, size_{}, lowest_{};
  std::array<Eigen::Index, kLanes> row_;
  std::array<int, kLanes> iterations_{};
  std::array<double, kLanes> previous_change_{};
};

long ChordIteration::run(const Matrix& flux, std::atomic<Eigen::Index>& next, Matrix& concentration,
                         std::vector<Outcome>& outcome) const {
  return Batch(*this, flux).run(next, concentration, outcome);
}

}  // namespace scorefem::solver
