#include "solver/reaction_model.h"

#include <atomic>
#include <exception>
#include <limits>

#include "solver/chord_iteration.h"
#include "solver/discretisation.h"
#include "solver/not_converged.h"
#include "solver/plotting.h"
#include "solver/reaction_problem.h"

namespace scorefem::solver {

struct ReactionModel::Solver {
  Solver(const ForwardOptions& options, const std::vector<SensorPosition>& sensors)
      : channel(options.channel),
        discretisation(options),
        sensor_values(discretisation.evaluation(sensors)),
        segment_loads(discretisation.segment_loads()),
        problem(options, discretisation),
        chord(problem, discretisation,
              Vector::Constant(channel.n_segments(), options.reaction.expansion_flux), sensor_values) {}

  Vector newton(const Vector& flux) const { return problem.solve(segment_loads * flux); }

  ChannelOptions channel;
  Discretisation discretisation;
  SparseMatrix sensor_values;
  ColumnBlock segment_loads;  // [n_unknowns, n_segments]
  ReactionProblem problem;
  ChordIteration chord;
};

ReactionModel::ReactionModel(const ForwardOptions& options, const std::vector<SensorPosition>& sensors)
    : solver_(std::make_unique<Solver>(options, sensors)) {}

ReactionModel::~ReactionModel() = default;

Observations ReactionModel::observe(const Matrix& flux) {
  require_fluxes(flux, solver_->channel);
  Observations result{
      Matrix::Constant(flux.rows(), solver_->sensor_values.rows(), std::numeric_limits<double>::quiet_NaN()),
      {}};
  std::vector<ChordIteration::Outcome> outcome(flux.rows(), ChordIteration::Outcome::stalled);
  std::atomic<Eigen::Index> next{0};
  long n_iterations = 0;
  std::exception_ptr failure;  // must not leave its thread
#pragma omp parallel reduction(+ : n_iterations)
  try {
    n_iterations += solver_->chord.run(flux, next, result.concentration, outcome);
  } catch (...) {
#pragma omp critical(scorefem_chord_failure)
    failure = std::current_exception();
  }
  if (failure) std::rethrow_exception(failure);

  for (Eigen::Index row = 0; row < flux.rows(); ++row) {
    if (outcome[row] == ChordIteration::Outcome::converged) continue;
    ++effort_.newton_samples;
    try {
      const Vector solution = solver_->newton(flux.row(row));
      result.concentration.row(row) = (solver_->sensor_values * solution).transpose();
    } catch (const NotConverged& error) {
      result.failures.push_back({row, error.what()});
    }
  }
  effort_.samples += flux.rows();
  effort_.iterations += n_iterations;
  effort_.failures += static_cast<long>(result.failures.size());
  return result;
}

Field ReactionModel::field(const Vector& flux, int n_x, int n_y) {
  require_fluxes(flux.transpose(), solver_->channel);
  Field field = plotting_grid(solver_->channel, n_x, n_y);
  const Vector solution = solver_->newton(flux);
  field.concentration.reshaped<Eigen::RowMajor>() =
      solver_->discretisation.evaluation(grid_points(field)) * solution;
  return field;
}

Eigen::Index ReactionModel::n_unknowns() const {
  return solver_->discretisation.n_unknowns();
}

Matrix ReactionModel::solve_directly(const Matrix& flux) {
  require_fluxes(flux, solver_->channel);
  Matrix result(flux.rows(), solver_->sensor_values.rows());
  for (Eigen::Index row = 0; row < flux.rows(); ++row)
    result.row(row) = (solver_->sensor_values * solver_->newton(flux.row(row))).transpose();
  return result;
}

double ReactionModel::multiplications_per_iteration() const {
  return solver_->chord.n_multiplications();
}

}  // namespace scorefem::solver
