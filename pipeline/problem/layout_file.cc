#include "pipeline/problem/layout_file.h"

#include <stdexcept>

#include "pipeline/base/errors.h"

namespace scorefem::problem {

using solver::Matrix;

void write_layout(base::Hdf5File& file, const std::string& group, const Layout& layout) {
  file.create_group(group);
  std::vector<std::string> groups, units;
  Matrix bounds(layout.size(), 2);
  Matrix position(layout.size(), static_cast<Eigen::Index>(layout.dimension()));
  for (Eigen::Index i = 0; i < layout.size(); ++i) {
    groups.push_back(layout[i].group);
    units.push_back(layout[i].unit);
    bounds.row(i) << layout[i].lower, layout[i].upper;
    for (std::size_t k = 0; k < layout.dimension(); ++k)
      position(i, static_cast<Eigen::Index>(k)) = layout[i].position[k];
  }
  file.write_texts(group + "/name", layout.names());
  file.write_texts(group + "/group", groups);
  file.write_texts(group + "/unit", units);
  file.write_matrix(group + "/bounds", bounds);
  if (layout.dimension() > 0) file.write_matrix(group + "/position", position);
}

Layout read_layout(const base::Hdf5File& file, const std::string& group) {
  if (!file.contains(group))
    throw base::InputError(file.path() + ": " + group + " is missing; expected the names of the components");
  const std::vector<std::string> names = file.read_texts(group + "/name"),
                                 groups = file.read_texts(group + "/group"),
                                 units = file.read_texts(group + "/unit");
  const Matrix bounds = file.read_matrix(group + "/bounds");
  const bool has_position = file.contains(group + "/position");
  const Matrix position = has_position ? file.read_matrix(group + "/position") : Matrix(bounds.rows(), 0);
  const std::size_t n = names.size();
  if (groups.size() != n || units.size() != n || bounds.cols() != 2 ||
      bounds.rows() != static_cast<Eigen::Index>(n) || position.rows() != bounds.rows()) {
    throw base::InputError(file.path() + ": the arrays of " + group + " disagree in length");
  }
  std::vector<Component> components;
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    const solver::Vector at = position.row(row);
    components.push_back(
        {names[i], groups[i], {at.begin(), at.end()}, units[i], bounds(row, 0), bounds(row, 1)});
  }
  try {
    return Layout(std::move(components));
  } catch (const std::invalid_argument& error) {
    throw base::InputError(file.path() + ": " + group + ": " + error.what());
  }
}

}  // namespace scorefem::problem
