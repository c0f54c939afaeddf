#include "solver/accuracy.h"

#include <chrono>
#include <stdexcept>

#include "solver/make_forward_model.h"
namespace scorefem::solver {
namespace {

constexpr int kHighestDegree = 12;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ForwardOptions with(ForwardOptions options, const DiscretisationOptions& discretisation) {
  options.discretisation = discretisation;
  return options;
}

Matrix observe(const ForwardOptions& options, const std::vector<SensorPosition>& sensors,
               const Matrix& flux) {
  return make_forward_model(options, sensors)->observe(flux).concentration;
}

/// Largest difference in each row over the row's largest reference value [n].
Vector row_errors(const Matrix& value, const Matrix& reference) {
  Vector errors(value.rows());
  for (Eigen::Index row = 0; row < value.rows(); ++row) {
    const double difference =
        (value.row(row) - reference.row(row)).cwiseAbs().maxCoeff<Eigen::PropagateNaN>();
    const double size = reference.row(row).cwiseAbs().maxCoeff<Eigen::PropagateNaN>();
    errors(row) = difference == 0 ? 0 : difference / size;  // nothing everywhere is no error
  }
  return errors;
}

}  // namespace

DiscretisationOptions refined(const DiscretisationOptions& discretisation) {
  DiscretisationOptions result = discretisation;
  if (result.degree + 2 <= kHighestDegree) {
    result.degree += 2;
  } else {
    result.cells_per_segment *= 2;
    result.cells_across *= 2;
  }
  return result;
}

Vector discretisation_error(const ForwardOptions& options, const std::vector<SensorPosition>& sensors,
                            const Matrix& flux) {
  const ForwardOptions finer = with(options, refined(options.discretisation));
  return row_errors(observe(options, sensors, flux), observe(finer, sensors, flux));
}

std::vector<ConvergenceRow> convergence_study(const ForwardOptions& options,
                                              const std::vector<SensorPosition>& sensors, const Matrix& flux,
                                              const std::vector<DiscretisationOptions>& list) {
  if (list.empty()) throw std::invalid_argument("a convergence study needs at least one discretisation");
  if (flux.rows() == 0) throw std::invalid_argument("a convergence study needs at least one flux");
  const Matrix reference = observe(with(options, refined(list.back())), sensors, flux);
  std::vector<ConvergenceRow> rows;
  for (const DiscretisationOptions& discretisation : list) {
    const double begin = seconds();
    const auto model = make_forward_model(with(options, discretisation), sensors);
    const double ready = seconds();
    const Matrix concentration = model->observe(flux).concentration;
    const double end = seconds();
    rows.push_back({discretisation, model->n_unknowns(), ready - begin,
                    (end - ready) / static_cast<double>(flux.rows()),
                    row_errors(concentration, reference).maxCoeff<Eigen::PropagateNaN>()});
  }
  return rows;
}

}  // namespace scorefem::solver
