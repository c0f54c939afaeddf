#include "pipeline/problem/pairs/imported_pairs.h"

#include <cmath>

#include "pipeline/base/errors.h"

namespace scorefem::problem {

using configuration::Section;

void ImportedPairs::describe_components(Section& s, const char* key, std::vector<Component>& components,
                                        const char* help) {
  std::size_t n = components.size();
  s.sections(
      key, n,
      [&](Section& c, std::size_t i) {
        if (components.size() <= i) components.resize(i + 1);
        Component& component = components[i];
        c.required().text("name", component.name, "");
        c.optional_text("group", component.group, "");
        c.optional_text("unit", component.unit, "");
        c.numbers("position", component.position, {}, "");
        const auto bound = [&](const char* name, double& value) {
          std::optional<double> given = std::isinf(value) ? std::nullopt : std::optional(value);
          c.optional_number(name, given, {}, "");
          if (given) value = *given;
        };
        bound("lower", component.lower);
        bound("upper", component.upper);
        c.reject_if(!(component.lower < component.upper), "lower", "less than upper");
      },
      help);
  components.resize(n);
}

void ImportedPairs::describe(Section& s) {
  s.text("unknowns_array", unknowns_array_, "in HDF5 and NumPy files");
  s.text("observations_array", observations_array_, "in HDF5 and NumPy files");
  s.text("mask_array", mask_array_, "1 where an observation is there, 0 where not; may be absent");
  describe_components(s, "unknowns", unknowns_, "absent: what the files say");
  describe_components(s, "observations", observations_, "absent: what the files say");
}

Layout ImportedPairs::resolved(const std::vector<Component>& components, const char* what) const {
  if (components.empty()) {
    throw base::InputError(std::string("forward.") + what +
                           " is not in the configuration; expected a data set that was imported "
                           "(scorefem import), which says what there is");
  }
  return Layout(components);
}

std::unique_ptr<ForwardModel> ImportedPairs::make(const solver::Vector& /*prior_mean*/) const {
  throw base::InputError(
      "forward.problem = pairs: the pairs were made by another program; expected a problem that can be "
      "simulated here");
}

}  // namespace scorefem::problem
