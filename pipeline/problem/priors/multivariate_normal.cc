#include "pipeline/problem/priors/multivariate_normal.h"

#include <stdexcept>

#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"

namespace scorefem::problem {

using solver::Matrix;
using solver::Vector;

namespace {

Matrix read_rows(const std::string& path, Eigen::Index rows, Eigen::Index columns) {
  Matrix values = base::read_csv(path, static_cast<int>(columns), base::MissingValues::rejected);
  if (values.rows() != rows) {
    throw base::InputError(path + ": " + std::to_string(values.rows()) + " rows; expected " +
                           std::to_string(rows));
  }
  return values;
}

}  // namespace

void MultivariateNormalSetup::describe(configuration::Section& s) {
  s.file("mean_file", mean_, "CSV with one row, a column for each unknown; absent: 0");
  s.required().file("covariance_file", covariance_, "CSV, a row and a column for each unknown");
}

std::shared_ptr<const Prior> MultivariateNormalSetup::make(const Layout& unknowns) const {
  const Eigen::Index d = unknowns.size();
  const Vector mean = mean_.empty() ? Vector(Vector::Zero(d)) : Vector(read_rows(mean_.path, 1, d).row(0));
  const Matrix covariance = read_rows(covariance_.path, d, d);
  try {
    return std::make_shared<const Prior>(mean, covariance,
                                         std::vector<Marginal>(static_cast<std::size_t>(d)));
  } catch (const std::invalid_argument& error) {
    throw base::InputError(covariance_.path + ": " + error.what());
  }
}

std::string MultivariateNormalSetup::file_fingerprint() const {
  const std::string of_mean =
      mean_.empty() ? "" : base::file_fingerprint(mean_.path, "the mean of the prior, a CSV") + " ";
  return of_mean + base::file_fingerprint(covariance_.path, "the covariance of the prior, a CSV");
}

}  // namespace scorefem::problem
