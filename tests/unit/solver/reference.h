#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "solver/channel.h"
#include "solver/matrix.h"

namespace scorefem::solver {

/// A table of tests/data: numbers separated by commas, lines with # are comments.
inline Matrix read_reference(const std::string& name) {
  std::ifstream file(SCOREFEM_TEST_DATA "/" + name);
  if (!file) throw std::runtime_error("cannot read reference " + name);
  std::vector<double> values;
  Eigen::Index n_rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    ++n_rows;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) values.push_back(std::stod(field));
  }
  return Eigen::Map<Matrix>(values.data(), n_rows, static_cast<Eigen::Index>(values.size()) / n_rows);
}

/// The sensors of the reference: x = 0.5 i, i = 1..15, at y = 0.5, then at y = 1.5.
inline std::vector<SensorPosition> reference_sensors() {
  std::vector<SensorPosition> sensors;
  for (const double y : {0.5, 1.5})
    for (int i = 1; i <= 15; ++i) sensors.push_back({0.5 * i, y});
  return sensors;
}

/// Largest difference in each row over the largest reference value in that row.
inline double largest_row_error(const Matrix& value, const Matrix& reference) {
  const Vector error = (value - reference).cwiseAbs().rowwise().maxCoeff();
  const Vector scale = reference.cwiseAbs().rowwise().maxCoeff();
  return error.cwiseQuotient(scale).maxCoeff();
}

}  // namespace scorefem::solver
