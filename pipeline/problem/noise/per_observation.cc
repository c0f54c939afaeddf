#include "pipeline/problem/noise/per_observation.h"

#include <sstream>

#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"

namespace scorefem::problem {

using solver::Matrix;
using solver::Vector;

Matrix PerObservationNoise::measure(const Matrix& clean, const Matrix& normal) const {
  return clean + normal * sd_.asDiagonal();
}

Matrix PerObservationNoise::standardise(const Matrix& values) const {
  return values * sd_.cwiseInverse().asDiagonal();
}

std::string PerObservationNoise::text(const Layout& /*observations*/) const {
  std::ostringstream out;
  out << sd_.minCoeff() << " to " << sd_.maxCoeff() << ", an observation's own";
  return out.str();
}

void PerObservationNoiseSetup::describe(configuration::Section& s) {
  s.numbers("sd", sd_, configuration::positive(), "of each observation, in its unit");
  s.file("sd_file", file_, "CSV with one row of them, instead");
  s.reject_if(sd_.empty() == file_.empty(), "sd", "exactly one of sd, sd_file");
}

std::shared_ptr<const Noise> PerObservationNoiseSetup::make(const Layout& observations,
                                                            double /*unit*/) const {
  const Eigen::Index m = observations.size();
  Vector sd = Eigen::Map<const Vector>(sd_.data(), static_cast<Eigen::Index>(sd_.size()));
  if (!file_.empty()) {
    const Matrix rows = base::read_csv(file_.path, static_cast<int>(m), base::MissingValues::rejected);
    if (rows.rows() != 1 || rows.minCoeff() <= 0)
      throw base::InputError(file_.path + ": expected one row of " + std::to_string(m) +
                             " standard deviations > 0");
    sd = rows.row(0);
  }
  if (sd.size() != m) {
    throw base::KeyError("noise.sd", " = " + std::to_string(sd.size()) + " numbers; expected " +
                                         std::to_string(m) + ", one for each observation");
  }
  return std::make_shared<PerObservationNoise>(std::move(sd));
}

std::string PerObservationNoiseSetup::file_fingerprint() const {
  return file_.empty() ? "" : base::file_fingerprint(file_.path, "standard deviations of the noise, a CSV");
}

}  // namespace scorefem::problem
