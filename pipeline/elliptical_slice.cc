#include "pipeline/elliptical_slice.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "diffusion/counter_random.h"

namespace scorefem {
namespace {

using diffusion::CounterRandom;
using diffusion::Stream;
using solver::Matrix;
using solver::Vector;

constexpr double kTwoPi = 6.283185307179586476925286766559;
/// The arc is then narrower than the resolution of a double: the chain stays where it is.
constexpr std::uint32_t kAttempts = 200;

/// One chain between two evaluations of the density.
class Chain {
 public:
  Chain(const EllipseBase& base, std::uint64_t seed, std::uint64_t number, std::uint64_t iteration,
        const Vector& state)
      : base_(base), seed_(seed), index_(number << 32 | iteration), state_(state) {}

  /// @param log_density at the state
  void start(double log_density) {
    log_ratio_ = ratio_at(state_, log_density);
    begin_iteration();
  }
  const Vector& state() const { return state_; }
  const Vector& proposal() const { return proposal_; }

  /// Moves to the proposal or makes another one.
  /// @param log_density at the proposal
  /// @return whether that ended the iteration
  bool advance(double log_density) {
    const double log_ratio = ratio_at(proposal_, log_density);
    const bool accepted = log_ratio > log_height_;
    if (accepted) {
      state_ = proposal_;
      log_ratio_ = log_ratio;
    } else if (++attempt_ < kAttempts) {
      (angle_ < 0 ? arc_begin_ : arc_end_) = angle_;
      double u = 0;
      CounterRandom(seed_, Stream::ellipse_angle, attempt_).uniforms(index_, &u, 1);
      propose(arc_begin_ + u * (arc_end_ - arc_begin_));
      return false;
    }
    ++index_;
    begin_iteration();
    return true;
  }

 private:
  double ratio_at(const Vector& state, double log_density) const {
    if (!std::isfinite(log_density)) return -std::numeric_limits<double>::infinity();
    return log_density - base_.log_density(state.squaredNorm(), state.size());
  }

  void begin_iteration() {
    draw_ellipse();
    double u[2];
    attempt_ = 0;
    CounterRandom(seed_, Stream::ellipse_angle, attempt_).uniforms(index_, u, 2);
    log_height_ = log_ratio_ + std::log(u[0]);
    arc_end_ = kTwoPi * u[1];
    arc_begin_ = arc_end_ - kTwoPi;
    propose(arc_end_);
  }

  /// The other point of the ellipse. A Student t is a normal whose variance is drawn: given the state,
  /// nu + |state|^2 over a chi-squared variable with nu + d degrees of freedom.
  void draw_ellipse() {
    const Eigen::Index d = state_.size();
    const int nu = base_.degrees_of_freedom.value_or(0);
    Vector normals(nu > 0 ? 2 * d + nu : d);
    CounterRandom(seed_, Stream::ellipse).normals(index_, normals.data(), normals.size());
    const double scale =
        nu > 0 ? std::sqrt((nu + state_.squaredNorm()) / normals.tail(d + nu).squaredNorm()) : 1;
    other_ = scale * normals.head(d);
  }

  void propose(double angle) {
    angle_ = angle;
    proposal_ = std::cos(angle) * state_ + std::sin(angle) * other_;
  }

  const EllipseBase& base_;
  std::uint64_t seed_;
  std::uint64_t index_;  // of the random numbers: chain and iteration
  Vector state_;
  Vector other_;  // second point of the ellipse
  Vector proposal_;
  double log_ratio_ = 0;
  double log_height_ = 0;
  double arc_begin_ = 0;  // the angles that are left; the state is at 0
  double arc_end_ = 0;
  double angle_ = 0;
  std::uint32_t attempt_ = 0;
};

/// The chains' states or proposals, one a row.
Matrix gather(const std::vector<Chain>& chains, const std::vector<Eigen::Index>& which,
              const Vector& (Chain::*part)() const) {
  Matrix rows(static_cast<Eigen::Index>(which.size()), (chains[0].*part)().size());
  for (std::size_t i = 0; i < which.size(); ++i) {
    rows.row(static_cast<Eigen::Index>(i)) = (chains[static_cast<std::size_t>(which[i])].*part)();
  }
  return rows;
}

}  // namespace

double EllipseBase::log_density(double squared_distance, Eigen::Index dimension) const {
  if (!degrees_of_freedom) return -squared_distance / 2;
  const double nu = *degrees_of_freedom;
  return -(nu + static_cast<double>(dimension)) / 2 * std::log1p(squared_distance / nu);
}

ChainDraws elliptical_slice(const LogDensity& log_density, const EllipseBase& base, std::uint64_t seed,
                            ChainStates& chains, Eigen::Index n_iterations) {
  const Eigen::Index n_chains = chains.state.rows();
  ChainDraws result{std::vector<Matrix>(n_chains, Matrix(n_iterations, chains.state.cols())),
                    std::vector<std::int64_t>(n_chains, 0), std::vector<std::int64_t>(n_chains, 0)};
  std::vector<Chain> all;
  for (Eigen::Index c = 0; c < n_chains; ++c) {
    all.emplace_back(base, seed, chains.number[c], chains.iteration, chains.state.row(c));
  }
  const auto evaluate = [&](const std::vector<Eigen::Index>& which, const Vector& (Chain::*part)() const) {
    const Vector values = log_density(gather(all, which, part), which);
    for (std::size_t i = 0; i < which.size(); ++i) {
      ++result.evaluations[which[i]];
      if (!std::isfinite(values(static_cast<Eigen::Index>(i)))) ++result.failures[which[i]];
    }
    return values;
  };

  std::vector<Eigen::Index> active(n_iterations > 0 ? n_chains : 0);
  std::iota(active.begin(), active.end(), Eigen::Index{0});
  if (active.empty()) return result;
  const Vector at_start = evaluate(active, &Chain::state);
  for (const Eigen::Index c : active) all[c].start(at_start(c));
  std::vector<Eigen::Index> done(n_chains, 0);  // iterations
  while (!active.empty()) {
    const Vector values = evaluate(active, &Chain::proposal);
    std::vector<Eigen::Index> left;
    for (std::size_t i = 0; i < active.size(); ++i) {
      const Eigen::Index c = active[i];
      if (all[c].advance(values(static_cast<Eigen::Index>(i)))) {
        result.draws[c].row(done[c]++) = all[c].state();
      }
      if (done[c] < n_iterations) left.push_back(c);
    }
    active = std::move(left);
  }
  for (Eigen::Index c = 0; c < n_chains; ++c) chains.state.row(c) = all[c].state();
  chains.iteration += static_cast<std::uint64_t>(n_iterations);
  return result;
}

}  // namespace scorefem
