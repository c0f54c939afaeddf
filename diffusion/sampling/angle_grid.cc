#include "diffusion/sampling/angle_grid.h"

#include <cmath>

namespace scorefem::diffusion {

AngleGrid AngleGrid::graded(double begin, double last, int steps) {
  if (steps == 1 || begin <= last) return equal(begin, steps);
  std::vector<double> nodes = {begin};
  const double first_ratio = std::tan(begin), range = std::tan(last) / first_ratio;
  for (int i = 1; i < steps; ++i)
    nodes.push_back(std::atan(first_ratio * std::pow(range, i / (steps - 1.0))));
  nodes.push_back(0.0);
  return {begin, steps, std::move(nodes)};
}

double AngleGrid::at(double i) const {
  if (nodes_.empty()) return begin_ - i * (begin_ / steps_);
  const auto node = static_cast<std::size_t>(i);
  const double part = i - static_cast<double>(node);
  return part == 0.0 ? nodes_[node] : (1.0 - part) * nodes_[node] + part * nodes_[node + 1];
}

double AngleGrid::step(int i) const {
  if (nodes_.empty()) return begin_ / steps_;
  const auto node = static_cast<std::size_t>(i);
  return nodes_[node] - nodes_[node + 1];
}

}  // namespace scorefem::diffusion
