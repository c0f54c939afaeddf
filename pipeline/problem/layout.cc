#include "pipeline/problem/layout.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "pipeline/base/utf8_json.h"

namespace scorefem::problem {

Layout::Layout(std::vector<Component> components) : components_(std::move(components)) {
  if (components_.empty()) throw std::invalid_argument("a layout without components; expected at least one");
  std::set<std::string> seen;
  for (const Component& component : components_) {
    const std::string& name = component.name;
    if (name.empty()) throw std::invalid_argument("a component without a name");
    for (const std::string& text : {name, component.group, component.unit})
      if (!base::is_utf8(text))
        throw std::invalid_argument("'" + text + "' is not UTF-8; expected names, groups and units in UTF-8");
    if (!seen.insert(name).second) throw std::invalid_argument("'" + name + "' names two components");
    if (component.position.size() != dimension() || dimension() > 3) {
      throw std::invalid_argument("the position of '" + name + "' has " +
                                  std::to_string(component.position.size()) +
                                  " coordinates; expected as many as the first component's, at most 3");
    }
    if (!(component.lower < component.upper))
      throw std::invalid_argument("the bounds of '" + name + "' leave no values: expected lower < upper");
  }
}

std::vector<std::string> Layout::names() const {
  std::vector<std::string> names;
  for (const Component& component : components_) names.push_back(component.name);
  return names;
}

std::vector<Layout::Group> Layout::groups() const {
  return grouped_by(&Component::group);
}

std::vector<Layout::Group> Layout::units() const {
  return grouped_by(&Component::unit);
}

std::vector<Layout::Group> Layout::grouped_by(std::string Component::*text) const {
  std::vector<Group> groups;
  for (Eigen::Index i = 0; i < size(); ++i) {
    const std::string& name = (*this)[i].*text;
    auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.name == name; });
    if (found == groups.end()) found = groups.insert(groups.end(), {name, {}});
    found->members.push_back(i);
  }
  return groups;
}

std::string Layout::common_unit() const {
  const bool same = std::all_of(components_.begin(), components_.end(),
                                [&](const Component& c) { return c.unit == components_.front().unit; });
  return same && !components_.empty() ? components_.front().unit : "";
}

bool Layout::same_components(const Layout& other) const {
  return std::equal(
      components_.begin(), components_.end(), other.components_.begin(), other.components_.end(),
      [](const Component& a, const Component& b) { return a.name == b.name && a.position == b.position; });
}

Layout numbered_layout(const std::string& prefix, Eigen::Index size) {
  std::vector<Component> components(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < components.size(); ++i) {
    components[i].name = prefix + "_" + std::to_string(i + 1);
  }
  return Layout(std::move(components));
}

}  // namespace scorefem::problem
