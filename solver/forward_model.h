#pragma once

#include <string>
#include <vector>

#include "solver/forward_options.h"
#include "solver/matrix.h"

namespace scorefem::solver {

/// A sample whose solution was not found; its row of concentrations is NaN.
struct SampleFailure {
  Eigen::Index row;    //!< row of the flux batch
  std::string reason;  //!< for a person
};

struct Observations {
  Matrix concentration;  //!< [n, n_sensors], concentration at the sensors, noise-free
  std::vector<SampleFailure> failures;
};

/// A concentration field on a regular grid for plotting.
struct Field {
  Vector x;              //!< [n_x], from 0 to the channel's length
  Vector y;              //!< [n_y], from 0 to the channel's height
  Matrix concentration;  //!< [n_y, n_x]
};

/// Maps wall fluxes to concentrations. Thread-compatible: one thread at a time per object.
class ForwardModel {
 public:
  virtual ~ForwardModel() = default;

  /// Concentrations at the sensors for a batch of fluxes.
  /// @param flux [n, n_segments], q >= 0 is inflow, any finite value is accepted by the linear problem.
  /// @return [n, n_sensors]; samples without a solution are listed, not thrown.
  /// @throws std::invalid_argument if the number of columns is not n_segments or a value is not finite;
  /// std::runtime_error if PETSc fails, for want of memory for example.
  virtual Observations observe(const Matrix& flux) = 0;

  /// The concentration field of one flux on an n_x by n_y grid.
  /// @param flux [n_segments]; n_x and n_y are at least 2.
  /// @throws std::invalid_argument as observe(); NotConverged if the solution was not found.
  virtual Field field(const Vector& flux, int n_x, int n_y) = 0;

  /// Number of unknowns of the discrete problem (nodes where the concentration is prescribed do not count).
  virtual Eigen::Index n_unknowns() const = 0;
};

/// Throws std::invalid_argument unless there is a column for each segment and every value is finite.
void require_fluxes(const Matrix& flux, const ChannelOptions& channel);

}  // namespace scorefem::solver
