#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "solver/matrix.h"

namespace scorefem::problem {

/// One unknown, or one observation: what tables, figures and files call it.
struct Component {
  std::string name;              //!< of its own within the layout, e.g. "lower 3"
  std::string group;             //!< what is drawn together, e.g. "lower wall"; may be empty
  std::vector<double> position;  //!< in space, 0 to 3 coordinates, as many for all of a layout
  std::string unit;              //!< for axes and tables, e.g. "flux"; may be empty
  double lower = -std::numeric_limits<double>::infinity();  //!< least value that is possible
  double upper = std::numeric_limits<double>::infinity();   //!< greatest value that is possible
};

/// The components of a vector in their order, which is also the order for plotting within a group.
class Layout {
 public:
  Layout() = default;
  /// @throws std::invalid_argument for no components, a name that is empty or stands twice, texts that are
  ///         not UTF-8, positions of different dimensions, or bounds that leave nothing.
  explicit Layout(std::vector<Component> components);

  Eigen::Index size() const { return static_cast<Eigen::Index>(components_.size()); }
  const Component& operator[](Eigen::Index i) const { return components_[static_cast<std::size_t>(i)]; }
  const std::vector<Component>& components() const { return components_; }
  /// Coordinates of a position; 0 if the components have none.
  std::size_t dimension() const { return components_.empty() ? 0 : components_.front().position.size(); }
  std::vector<std::string> names() const;
  /// The groups in the order in which they first appear, each with its components' indices.
  struct Group {
    std::string name;
    std::vector<Eigen::Index> members;
  };
  std::vector<Group> groups() const;
  /// The same for units: what may be compared and averaged without a scale.
  std::vector<Group> units() const;
  /// Unit of all components; empty if they differ.
  std::string common_unit() const;
  /// Whether two layouts have the same names and positions, in the same order.
  bool same_components(const Layout& other) const;

 private:
  std::vector<Group> grouped_by(std::string Component::*text) const;

  std::vector<Component> components_;
};

/// Components without names: "PREFIX_1", "PREFIX_2", ...
Layout numbered_layout(const std::string& prefix, Eigen::Index size);

}  // namespace scorefem::problem
