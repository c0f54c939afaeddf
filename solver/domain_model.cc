#include "solver/domain_model.h"

#include <limits>
#include <optional>
#include <string>

#include "solver/distributed_discretisation.h"
#include "solver/logistic_newton.h"
#include "solver/multigrid.h"
#include "solver/not_converged.h"
#include "solver/plotting.h"

namespace scorefem::solver {

struct DomainModel::Solver {
  using DistributedVector = DistributedDiscretisation::DistributedVector;

  Solver(const ForwardOptions& options, const std::vector<SensorPosition>& sensor_positions)
      : channel(options.channel), sensors(sensor_positions), discretisation(options) {
    require_inside(sensors, channel);
    if (options.problem == Problem::reaction) {
      newton.emplace(discretisation.transport(), discretisation.reaction(), options.reaction);
      return;
    }
    petsc_check(KSPCreate(discretisation.communicator(), &ksp));
    petsc_check(KSPSetOptionsPrefix(ksp, "transport_"));
    petsc_check(KSPSetOperators(ksp, discretisation.transport(), discretisation.transport()));
    use_multigrid(ksp, 1e-12);
    petsc_check(KSPSetFromOptions(ksp));
    response.resize(static_cast<Eigen::Index>(sensors.size()), channel.n_segments());
    for (int segment = 0; segment < channel.n_segments(); ++segment)
      response.col(segment) =
          discretisation.evaluate(solve(Vector::Unit(channel.n_segments(), segment)), sensors);
  }

  /// @throws NotConverged, on all ranks.
  DistributedVector solve(const Vector& flux) {
    const DistributedVector load = discretisation.load(flux);
    DistributedVector solution = discretisation.zero();
    if (newton) {
      newton->solve(load, solution);
      return solution;
    }
    petsc_check(KSPSolve(ksp, load, solution));
    KSPConvergedReason reason;
    petsc_check(KSPGetConvergedReason(ksp, &reason));
    if (reason <= 0) {
      throw NotConverged(std::string("GMRES failed: ") + KSPConvergedReasons[reason] +
                         (reason == KSP_DIVERGED_ITS ? more_iterations("transport_ksp_max_it") : ""));
    }
    return solution;
  }

  ChannelOptions channel;
  std::vector<SensorPosition> sensors;
  DistributedDiscretisation discretisation;
  KspHandle ksp;                         // linear problem
  Matrix response;                       // linear problem: [n_sensors, n_segments]
  std::optional<LogisticNewton> newton;  // reaction problem
};

DomainModel::DomainModel(const ForwardOptions& options, const std::vector<SensorPosition>& sensors)
    : solver_(std::make_unique<Solver>(options, sensors)) {}

DomainModel::~DomainModel() = default;

Observations DomainModel::observe(const Matrix& flux) {
  require_fluxes(flux, solver_->channel);
  if (!solver_->newton) return {flux * solver_->response.transpose(), {}};
  Observations result{Matrix::Constant(flux.rows(), static_cast<Eigen::Index>(solver_->sensors.size()),
                                       std::numeric_limits<double>::quiet_NaN()),
                      {}};
  for (Eigen::Index row = 0; row < flux.rows(); ++row) {
    try {
      const auto solution = solver_->solve(flux.row(row));
      result.concentration.row(row) =
          solver_->discretisation.evaluate(solution, solver_->sensors).transpose();
    } catch (const NotConverged& error) {
      result.failures.push_back({row, error.what()});
    }
  }
  return result;
}

Field DomainModel::field(const Vector& flux, int n_x, int n_y) {
  require_fluxes(flux.transpose(), solver_->channel);
  Field field = plotting_grid(solver_->channel, n_x, n_y);
  field.concentration.reshaped<Eigen::RowMajor>() =
      solver_->discretisation.evaluate(solver_->solve(flux), grid_points(field));
  return field;
}

Eigen::Index DomainModel::n_unknowns() const {
  return solver_->discretisation.n_unknowns();
}

}  // namespace scorefem::solver
