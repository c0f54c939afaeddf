#include "diffusion/sampling/flow_density.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "diffusion/numerics/counter_random.h"
#include "diffusion/numerics/random_tensor.h"
#include "diffusion/numerics/require.h"

namespace scorefem::diffusion {

namespace {

constexpr double kLogTwoPi = 1.83787706640934548356;

void validate(const Measurements& one, const DensityOptions& options) {
  require(options.steps >= 0, "density: steps", options.steps, ">= 0");
  require(options.batch_rows >= 1, "density: batch_rows", options.batch_rows, ">= 1");
  one.validate();
  require(one.size() == 1, "density: measurements", one.size(), "1");
}

/// Angles from where the flow begins to where its density is taken: 0, or the least that the model resolves.
/// Near 0 the flow turns in a layer that is as narrow as what the network adds to the Gaussian: equal steps
/// lose their order there, steps that shrink in proportion to the root of the angle keep it.
std::vector<double> angles(const ConditionedModel& model, int steps) {
  const double begin = model.initial_angle(), last = model.smallest_angle();
  std::vector<double> nodes;
  for (int i = 0; i <= steps; ++i) {
    const double part = static_cast<double>(i) / steps;
    nodes.push_back(last > 0 ? std::atan(std::tan(begin) * std::pow(std::tan(last) / std::tan(begin), part))
                             : begin * (1 - part) * (1 - part));
  }
  return nodes;
}

/// A state in relative coordinates, and the integral of the divergence over theta on its way so far.
struct Path {
  torch::Tensor u;         // [rows, d]
  torch::Tensor integral;  // [rows]
};

/// du/dtheta = -F by the classical Runge-Kutta method through the nodes, in their order.
Path integrate(const ConditionedModel& model, const torch::Tensor& u, const std::vector<double>& nodes,
               const DensityOptions& options) {
  Path path{u, torch::zeros({u.size(0)}, torch::kFloat64)};
  for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
    const double h = nodes[i + 1] - nodes[i], middle = nodes[i] + 0.5 * h;
    const FlowDivergence k1 = model.flow_divergence(path.u, nodes[i]);
    const FlowDivergence k2 = model.flow_divergence(path.u - 0.5 * h * k1.flow, middle);
    const FlowDivergence k3 = model.flow_divergence(path.u - 0.5 * h * k2.flow, middle);
    const FlowDivergence k4 = model.flow_divergence(path.u - h * k3.flow, nodes[i + 1]);
    path.u = path.u - (h / 6) * (k1.flow + 2 * k2.flow + 2 * k3.flow + k4.flow);
    path.integral =
        path.integral + (h / 6) * (k1.divergence + 2 * k2.divergence + 2 * k3.divergence + k4.divergence);
    if (options.tick) options.tick();
  }
  return path;
}

constexpr std::int64_t kPilot = 32;  // draws that decide how many steps
constexpr int kFewest = 8, kMost = 128;
constexpr double kAccuracy = 0.01;  // of the logarithm of a density

struct Steps {
  int count;
  bool converged;  // what is asked for counts as enough
};

/// The steps that are asked for, or else as many as the density of some draws needs.
/// @param density_of [n] for a number of steps
template <class Density>
Steps steps_for(const DensityOptions& options, const Density& density_of) {
  if (options.steps > 0) return {options.steps, true};
  int steps = kFewest;
  torch::Tensor coarse = density_of(steps);
  while (steps < kMost) {
    const torch::Tensor fine = density_of(2 * steps);
    const double change = (fine - coarse).square().mean().sqrt().template item<double>();
    if (change < kAccuracy) return {steps, true};
    steps *= 2;
    coarse = fine;
  }
  return {steps, false};
}

/// Of N(0, sin^2(theta) I), where the flow begins and u is w, perhaps rotated.
torch::Tensor initial_log_density(const torch::Tensor& u, double theta) {
  const double stddev = std::sin(theta);
  return -0.5 * (u / stddev).square().sum(1) -
         static_cast<double>(u.size(1)) * (0.5 * kLogTwoPi + std::log(stddev));
}

std::unique_ptr<ConditionedModel> conditioned(const Model& model, const Measurements& one,
                                              std::int64_t rows) {
  return model.condition(one, torch::zeros({rows}, torch::kInt64));
}

struct Draws {
  torch::Tensor learnt;       // [rows, d]
  torch::Tensor log_density;  // [rows]
};

/// From starting normals of this measurement.
Draws draw(const ConditionedModel& at, const torch::Tensor& normal, int steps,
           const DensityOptions& options) {
  const std::vector<double> nodes = angles(at, steps);
  const torch::Tensor start = at.relative_state(std::sin(nodes.front()) * normal);
  const Path path = integrate(at, start, nodes, options);
  return {at.to_learnt(path.u), initial_log_density(start, nodes.front()) + path.integral - at.log_volume()};
}

torch::Tensor density_at(const ConditionedModel& at, const torch::Tensor& learnt, int steps,
                         const DensityOptions& options) {
  std::vector<double> nodes = angles(at, steps);
  const double begin = nodes.front();
  std::reverse(nodes.begin(), nodes.end());
  const Path path = integrate(at, at.from_learnt(learnt.to(torch::kFloat64)), nodes, options);
  return initial_log_density(path.u, begin) - path.integral - at.log_volume();
}

}  // namespace

DensitySamples sample_with_density(const Model& model, const Measurements& one, std::int64_t n_samples,
                                   std::uint64_t seed, std::int64_t measurement_index,
                                   const DensityOptions& options) {
  validate(one, options);
  require(n_samples >= 1, "density: n_samples", n_samples, ">= 1");
  const torch::NoGradGuard no_grad;
  const CounterRandom random(seed, Stream::initial_state);
  const auto normals = [&](std::int64_t first, std::int64_t rows) {
    const std::uint64_t index =
        static_cast<std::uint64_t>(measurement_index) << 32 | static_cast<std::uint64_t>(first);
    return normal_tensor(random, index, rows, model.n_inferred(), torch::kFloat64);
  };
  const std::int64_t n_pilot = std::min(kPilot, n_samples);
  const auto pilot = conditioned(model, one, n_pilot);
  const Steps steps =
      steps_for(options, [&](int n) { return draw(*pilot, normals(0, n_pilot), n, options).log_density; });
  std::vector<torch::Tensor> learnt, density;
  for (std::int64_t first = 0; first < n_samples; first += options.batch_rows) {
    const std::int64_t rows = std::min(options.batch_rows, n_samples - first);
    const auto at = conditioned(model, one, rows);
    const Draws part = draw(*at, normals(first, rows), steps.count, options);
    learnt.push_back(part.learnt);
    density.push_back(part.log_density);
  }
  DensitySamples samples{torch::cat(learnt), torch::cat(density), steps.converged};
  if (!torch::isfinite(samples.learnt).all().item<bool>() ||
      !torch::isfinite(samples.log_density).all().item<bool>())
    throw std::runtime_error("density: a sample of measurement " + std::to_string(measurement_index + 1) +
                             " is not finite");
  return samples;
}

VectorDensities log_density(const Model& model, const Measurements& one, const torch::Tensor& learnt,
                            const DensityOptions& options) {
  validate(one, options);
  if (learnt.dim() != 2 || learnt.size(1) != model.n_inferred() ||
      !torch::isfinite(learnt).all().item<bool>())
    throw std::invalid_argument("density: expected finite vectors [n, " + std::to_string(model.n_inferred()) +
                                "]");
  if (learnt.size(0) == 0) return {torch::empty({0}, torch::kFloat64), true};
  const torch::NoGradGuard no_grad;
  const torch::Tensor first_ones = learnt.narrow(0, 0, std::min(kPilot, learnt.size(0)));
  const auto pilot = conditioned(model, one, first_ones.size(0));
  const Steps steps = steps_for(options, [&](int n) { return density_at(*pilot, first_ones, n, options); });
  std::vector<torch::Tensor> density;
  for (std::int64_t first = 0; first < learnt.size(0); first += options.batch_rows) {
    const torch::Tensor part = learnt.narrow(0, first, std::min(options.batch_rows, learnt.size(0) - first));
    density.push_back(density_at(*conditioned(model, one, part.size(0)), part, steps.count, options));
    if (!torch::isfinite(density.back()).all().item<bool>())
      throw std::runtime_error("density: one of vectors " + std::to_string(first + 1) + " to " +
                               std::to_string(first + part.size(0)) + " is not finite");
  }
  return {torch::cat(density), steps.converged};
}

}  // namespace scorefem::diffusion
