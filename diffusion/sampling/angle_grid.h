#pragma once

#include <vector>

namespace scorefem::diffusion {

/// The values of theta that methods in the angle step through, from where they begin to 0.
class AngleGrid {
 public:
  /// Equal steps: for a state that is nearly N(0, I) all along. Densities that are narrow in the model's unit
  /// need a step below their standard deviation: the last step takes the others to their mean, or makes them
  /// as wide as itself.
  static AngleGrid equal(double begin, int steps) { return {begin, steps, {}}; }
  /// Steps equal in log tan(theta) = log(s / m) down to `last`, and one more to 0: every width that is well
  /// above `last` is resolved. With one step, or `begin` <= `last`, equal steps.
  static AngleGrid graded(double begin, double last, int steps);

  int steps() const { return steps_; }
  /// theta after `i` steps; between two nodes for i + 1/2.
  double at(double i) const;
  /// Length of step i.
  double step(int i) const;

 private:
  AngleGrid(double begin, int steps, std::vector<double> nodes)
      : begin_(begin), steps_(steps), nodes_(std::move(nodes)) {}

  double begin_;
  int steps_;
  std::vector<double> nodes_;  // empty: equal steps
};

}  // namespace scorefem::diffusion
