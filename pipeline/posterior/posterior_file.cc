#include "pipeline/posterior/posterior_file.h"

#include "pipeline/base/errors.h"
#include "pipeline/problem/layout_file.h"

namespace scorefem::posterior {

std::string Posterior::model() const {
  return file_.has_attribute("/", "model") ? file_.text_attribute("/", "model") : "";
}

Posterior::Posterior(const std::string& path) : file_(base::Hdf5File::open(path)) {
  if (!file_.has_attribute("/", "type") || file_.text_attribute("/", "type") != "scorefem posterior") {
    throw base::InputError(path + ": not a ScoreFEM posterior (attribute type is not 'scorefem posterior')");
  }
  if (file_.number_attribute("/", "format_version") > static_cast<double>(kPosteriorFormatVersion)) {
    throw base::InputError(path + ": another format version; this program reads versions 1 to " +
                           std::to_string(kPosteriorFormatVersion));
  }
  const base::Hdf5File::Extents extents = file_.extents("/samples");
  if (extents.size() != 3)
    throw base::InputError(path + ": /samples is missing or is not [measurement, sample, unknown]");
  n_measurements_ = static_cast<Eigen::Index>(extents[0]);
  n_samples_ = static_cast<Eigen::Index>(extents[1]);
  n_unknowns_ = static_cast<Eigen::Index>(extents[2]);
}

solver::Matrix Posterior::samples(Eigen::Index measurement) const {
  solver::Matrix values(n_samples_, n_unknowns_);
  file_.read_rows("/samples", static_cast<hsize_t>(measurement), 1, values.data());
  return values;
}

problem::Layout Posterior::unknowns() const {
  return problem::read_layout(file_, "/unknowns");
}

problem::Layout Posterior::observations() const {
  return problem::read_layout(file_, "/observations");
}

const std::vector<std::string>& Posterior::misfit_names() {
  static const std::vector<std::string> names = {
      "squared_distance",   "distance_p_value", "distance_warned",    "noise_ratio",
      "noise_p_value",      "noise_warned",     "predictive_p_value", "predictive_warned",
      "repetition_p_value", "repetition_warned"};
  return names;
}

solver::Vector Posterior::misfit(const std::string& name) const {
  const std::string array = "/misfit/" + name;
  if (file_.extents(array).size() != 1) return {};
  solver::Vector values(static_cast<Eigen::Index>(file_.extents(array)[0]));
  file_.read_rows(array, 0, file_.extents(array)[0], values.data());
  return values;
}

solver::Matrix Posterior::of_measurement(const std::string& array, Eigen::Index measurement) const {
  const base::Hdf5File::Extents extents = file_.extents(array);
  solver::Matrix values(extents.size() > 2 ? static_cast<Eigen::Index>(extents[1]) : 1,
                        extents.size() > 1 ? static_cast<Eigen::Index>(extents.back()) : 1);
  file_.read_rows(array, static_cast<hsize_t>(measurement), 1, values.data());
  return values;
}

}  // namespace scorefem::posterior
