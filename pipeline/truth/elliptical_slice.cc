#include "pipeline/truth/elliptical_slice.h"

#include <cmath>
#include <limits>
#include <utility>

#include "diffusion/numerics/counter_random.h"
#include "pipeline/base/streams.h"

namespace scorefem::truth {
namespace {

using diffusion::CounterRandom;
using diffusion::Stream;
using solver::Vector;

constexpr double kTwoPi = 6.283185307179586476925286766559;
/// The arc is then narrower than the resolution of a double: the chain stays where it is.
constexpr std::uint32_t kAttempts = 200;

}  // namespace

double EllipseBase::log_density(double squared_distance, Eigen::Index dimension) const {
  if (!degrees_of_freedom) return -squared_distance / 2;
  const double nu = *degrees_of_freedom;
  return -(nu + static_cast<double>(dimension)) / 2 * std::log1p(squared_distance / nu);
}

SliceChain::SliceChain(const EllipseBase& base, std::uint64_t seed, std::uint64_t number,
                       std::uint64_t iteration, Vector state)
    : base_(base),
      seed_(seed),
      index_(number << 32 | iteration),
      state_(std::move(state)),
      proposal_(state_) {}

bool SliceChain::advance(double log_density) {
  ++evaluations_;
  double log_ratio = -std::numeric_limits<double>::infinity();
  if (std::isfinite(log_density)) {
    log_ratio = log_density - base_.log_density(proposal_.squaredNorm(), proposal_.size());
  } else {
    ++failures_;
  }
  if (!started_) {
    started_ = true;
    log_ratio_ = log_ratio;
    begin_iteration();
    return false;
  }
  const bool accepted = log_ratio > log_height_;
  if (accepted) {
    state_ = proposal_;
    log_ratio_ = log_ratio;
  } else if (++attempt_ < kAttempts) {
    (angle_ < 0 ? arc_begin_ : arc_end_) = angle_;
    double u = 0;
    CounterRandom(seed_, base::streams::ellipse_angle, attempt_).uniforms(index_, &u, 1);
    propose(arc_begin_ + u * (arc_end_ - arc_begin_));
    return false;
  }
  ++index_;
  begin_iteration();
  return true;
}

void SliceChain::begin_iteration() {
  draw_ellipse();
  double u[2];
  attempt_ = 0;
  CounterRandom(seed_, base::streams::ellipse_angle, attempt_).uniforms(index_, u, 2);
  log_height_ = log_ratio_ + std::log(u[0]);
  arc_end_ = kTwoPi * u[1];
  arc_begin_ = arc_end_ - kTwoPi;
  propose(arc_end_);
}

/// The other point of the ellipse. A Student t is a normal whose variance is drawn: given the state,
/// nu + |state|^2 over a chi-squared variable with nu + d degrees of freedom.
void SliceChain::draw_ellipse() {
  const Eigen::Index d = state_.size();
  const int nu = base_.degrees_of_freedom.value_or(0);
  Vector normals(nu > 0 ? 2 * d + nu : d);
  CounterRandom(seed_, base::streams::ellipse).normals(index_, normals.data(), normals.size());
  const double scale =
      nu > 0 ? std::sqrt((nu + state_.squaredNorm()) / normals.tail(d + nu).squaredNorm()) : 1;
  other_ = scale * normals.head(d);
}

void SliceChain::propose(double angle) {
  angle_ = angle;
  proposal_ = std::cos(angle) * state_ + std::sin(angle) * other_;
}

}  // namespace scorefem::truth
