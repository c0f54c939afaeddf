#pragma once

#include <cstdint>
#include <optional>

#include "solver/matrix.h"

namespace scorefem::truth {

/// The density whose ellipses the chains move on: standard normal, or a standard Student t, whose heavier
/// tails keep chains from sticking where the target's are heavier than a normal's.
struct EllipseBase {
  std::optional<int> degrees_of_freedom;  //!< of the Student t, >= 1; empty: normal

  /// Logarithm of the density, up to a constant, from the squared distance to the centre.
  double log_density(double squared_distance, Eigen::Index dimension) const;
};

/// One chain of generalised elliptical slice sampling (Murray, Adams and MacKay, AISTATS 2010; Nishihara,
/// Murray and Adams, JMLR 15, 2014): the target is base times ratio, an iteration moves on an ellipse through
/// the state and a draw from the base, to a point where the ratio exceeds a random height. There is no step
/// size, and no proposal is lost: each one that is rejected narrows the arc.
///
/// The chain asks for the target's density at one point after the other, so that many chains can share the
/// batches of an expensive one. Its random numbers depend on (seed, its number, its iteration) alone.
class SliceChain {
 public:
  /// @param number of the chain in the random number sequences, < 2^32
  /// @param iteration of the chain's first move, < 2^32
  SliceChain(const EllipseBase& base, std::uint64_t seed, std::uint64_t number, std::uint64_t iteration,
             solver::Vector state);

  /// Where the density is asked for: first the state itself, then one proposal after the other [dimension].
  const solver::Vector& point() const { return proposal_; }
  /// Takes the density at point(), and moves there or chooses another point.
  /// @param log_density up to a constant; not finite where the density is zero or could not be computed
  /// @return whether that ended an iteration
  bool advance(double log_density);

  const solver::Vector& state() const { return state_; }
  std::int64_t evaluations() const { return evaluations_; }  //!< of the density
  std::int64_t failures() const { return failures_; }        //!< among them, those that were not finite

 private:
  void begin_iteration();
  void draw_ellipse();
  void propose(double angle);

  EllipseBase base_;
  std::uint64_t seed_;
  std::uint64_t index_;  // of the random numbers: chain and iteration
  solver::Vector state_;
  solver::Vector other_;  // second point of the ellipse
  solver::Vector proposal_;
  bool started_ = false;  // whether the ratio at the state is known
  double log_ratio_ = 0;
  double log_height_ = 0;
  double arc_begin_ = 0;  // the angles that are left; the state is at 0
  double arc_end_ = 0;
  double angle_ = 0;
  std::uint32_t attempt_ = 0;
  std::int64_t evaluations_ = 0;
  std::int64_t failures_ = 0;
};

}  // namespace scorefem::truth
