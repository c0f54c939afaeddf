#include "pipeline/importing/row_checks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "pipeline/base/errors.h"

namespace scorefem::importing {
namespace {

using problem::Component;
using problem::Layout;
using solver::Matrix;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// What rounding to float32 or to a few digits may have added to a bound.
double rounding(const Component& component) {
  constexpr double kRounding = 1e-6;
  const double lower = std::isinf(component.lower) ? 0 : std::abs(component.lower);
  const double upper = std::isinf(component.upper) ? 0 : std::abs(component.upper);
  return kRounding * std::max(lower, upper);
}

/// Moves a value that only rounding took across a bound onto it.
void require_within(const Component& component, double& value, const std::function<std::string()>& place) {
  if (!(value < component.lower) && !(value > component.upper)) return;  // NaN too
  const double margin = rounding(component);
  if (value >= component.lower - margin && value <= component.upper + margin) {
    value = std::min(std::max(value, component.lower), component.upper);
    return;
  }
  std::ostringstream text;
  text.precision(9);
  text << place() << ": " << component.name << " = " << value << "; expected a value in [" << component.lower
       << ", " << component.upper << "], its bounds in the configuration";
  throw base::InputError(text.str());
}

}  // namespace

CheckedBlock RowChecks::check(const PairBlock& block,
                              const std::function<std::string(Eigen::Index)>& place) const {
  const bool masked = block.mask.size() > 0;
  Matrix unknowns = block.unknowns, observations = block.observations;
  CheckedBlock checked;
  for (Eigen::Index i = 0; i < block.rows(); ++i) {
    bool finite = unknowns.row(i).allFinite();
    for (Eigen::Index j = 0; j < observations.cols(); ++j) {
      if (masked && block.mask(i, j) != 1) {
        if (block.mask(i, j) != 0)
          throw base::InputError(place(i) + ": its mask is " + std::to_string(block.mask(i, j)) + " for " +
                                 layouts_.observations[j].name + "; expected 1 (there) or 0 (missing)");
        if (nan_ != problem::NanMeaning::missing)
          throw base::InputError(
              place(i) + ": the mask says that " + layouts_.observations[j].name +
              " is missing; expected `forward.nan: missing` in the configuration, to learn "
              "from what is there");
        observations(i, j) = kMissing;
      }
      const double value = observations(i, j);
      finite =
          finite && (std::isfinite(value) || (std::isnan(value) && nan_ == problem::NanMeaning::missing));
    }
    (finite ? checked.rows : checked.left_out).push_back(i);
    if (!finite) continue;
    for (Eigen::Index j = 0; j < unknowns.cols(); ++j)
      require_within(layouts_.unknowns[j], unknowns(i, j), [&] { return place(i); });
    for (Eigen::Index j = 0; j < observations.cols(); ++j)
      require_within(layouts_.observations[j], observations(i, j), [&] { return place(i); });
  }
  checked.unknowns = unknowns(checked.rows, Eigen::all);
  checked.observations = problem::Measurements::from_nan(observations(checked.rows, Eigen::all));
  return checked;
}

dataset::Layouts imported_layouts(const problem::ImportedPairs& pairs, Eigen::Index n_unknowns,
                                  Eigen::Index n_observations, const std::vector<std::string>& unknown_names,
                                  const std::vector<std::string>& observation_names,
                                  const std::string& file) {
  const auto layout = [&](const char* what, const std::vector<Component>& listed,
                          const std::vector<std::string>& names, Eigen::Index n, const std::string& prefix) {
    if (!listed.empty()) {
      if (static_cast<Eigen::Index>(listed.size()) != n)
        throw base::InputError(file + ": " + std::to_string(n) + " " + what + "; expected " +
                               std::to_string(listed.size()) + ", as forward." + what + " lists");
      return Layout(listed);
    }
    if (names.empty()) return problem::numbered_layout(prefix, n);
    std::vector<Component> components;
    for (const std::string& name : names) components.push_back({name, "", {}, ""});
    try {
      return Layout(std::move(components));
    } catch (const std::invalid_argument& error) {
      throw base::InputError(file + ": " + what + ": " + error.what());
    }
  };
  return {layout("unknowns", pairs.listed_unknowns(), unknown_names, n_unknowns, pairs.unknowns_array()),
          layout("observations", pairs.listed_observations(), observation_names, n_observations,
                 pairs.observations_array())};
}

}  // namespace scorefem::importing
