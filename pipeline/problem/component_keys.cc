#include "pipeline/problem/component_keys.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace scorefem::problem {

using configuration::Section;

void describe_components(Section& s, const char* key, std::vector<Component>& components, const char* help) {
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
  if (components.empty()) return;
  try {
    const Layout layout(components);
  } catch (const std::invalid_argument& error) {
    s.reject_if(true, key, std::string("components that fit together: ") + error.what());
  }
}

}  // namespace scorefem::problem
