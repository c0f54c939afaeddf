#include "solver/linear_model.h"

#include <algorithm>

#include "solver/discretisation.h"
#include "solver/factorisation.h"
#include "solver/plotting.h"

namespace scorefem::solver {

struct LinearModel::Solver {
  Solver(const ForwardOptions& options, const std::vector<SensorPosition>& sensors)
      : channel(options.channel),
        discretisation(options),
        sensor_values(discretisation.evaluation(sensors)),
        factorisation(discretisation.transport()),
        segment_solutions(factorisation.solve(discretisation.segment_loads())) {}

  ChannelOptions channel;
  Discretisation discretisation;
  SparseMatrix sensor_values;
  Factorisation factorisation;
  ColumnBlock segment_solutions;  // [n_unknowns, n_segments]
};

LinearModel::LinearModel(const ForwardOptions& options, const std::vector<SensorPosition>& sensors)
    : solver_(std::make_unique<Solver>(options, sensors)),
      response_(solver_->sensor_values * solver_->segment_solutions) {}

LinearModel::~LinearModel() = default;

Observations LinearModel::observe(const Matrix& flux) {
  require_fluxes(flux, solver_->channel);
  return {flux * response_.transpose(), {}};
}

Field LinearModel::field(const Vector& flux, int n_x, int n_y) {
  require_fluxes(flux.transpose(), solver_->channel);
  Field field = plotting_grid(solver_->channel, n_x, n_y);
  const Vector solution = solver_->segment_solutions * flux;
  field.concentration.reshaped<Eigen::RowMajor>() =
      solver_->discretisation.evaluation(grid_points(field)) * solution;
  return field;
}

Eigen::Index LinearModel::n_unknowns() const {
  return solver_->discretisation.n_unknowns();
}

const Matrix& LinearModel::response() const {
  return response_;
}

Matrix LinearModel::solve_directly(const Matrix& flux) {
  const ChannelOptions& channel = solver_->channel;
  require_fluxes(flux, channel);
  Matrix result(flux.rows(), solver_->sensor_values.rows());
  for (Eigen::Index row = 0; row < flux.rows(); ++row) {
    const BoundaryFlux wall_flux = [&](Boundary boundary, double x, double) {
      if ((boundary != Boundary::lower_wall && boundary != Boundary::upper_wall) || x >= channel.flux_length)
        return 0.0;
      const int along =
          std::min(static_cast<int>(x / channel.segment_length()), channel.segments_per_wall - 1);
      const int wall = boundary == Boundary::upper_wall ? 1 : 0;
      return solver_->discretisation.flux_scale() * flux(row, wall * channel.segments_per_wall + along);
    };
    const Vector load = solver_->discretisation.load([](double, double) { return 0.0; }, wall_flux);
    result.row(row) = (solver_->sensor_values * solver_->factorisation.solve(load)).transpose();
  }
  return result;
}

}  // namespace scorefem::solver
