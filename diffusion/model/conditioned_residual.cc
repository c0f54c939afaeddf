#include "diffusion/model/conditioned_residual.h"

#include <torch/types.h>

#include <cmath>
#include <utility>

#include "diffusion/model/clipped_prior.h"
#include "diffusion/model/flow_divergence.h"
#include "diffusion/numerics/row_multiply.h"

namespace scorefem::diffusion {

ConditionedResidual::ConditionedResidual(const GaussianResidual& model, Conditions conditions,
                                         RowContext context,
                                         std::shared_ptr<const ConditionedNetwork> network, torch::Tensor row)
    : model_(model),
      conditions_(std::move(conditions)),
      context_(std::move(context)),
      network_(std::move(network)),
      row_(std::move(row)) {
  if (!has_gaussian()) return;
  // A posterior that is clipped for good is nearer to N(0, I).
  const torch::Tensor clipped = ClippedPrior::keeps_away(context_).logical_not();
  mean_rotated_ = context_.unclipped_mean.masked_fill(clipped, 0.0);
  variance_ = context_.unclipped_variance.masked_fill(clipped, 1.0);
}

torch::Tensor ConditionedResidual::absolute(const torch::Tensor& w, double theta,
                                            const OfMoving& network) const {
  return evaluate(w, model_.clipped() ? rotate(w) : torch::Tensor(), theta, network);
}

torch::Tensor ConditionedResidual::flow(const torch::Tensor& w, double theta) {
  const torch::NoGradGuard no_grad;
  return absolute(w.to(context_.stddev.options()), theta, fast()).to(w.options());
}

// With N(b, diag(v)) for the posterior without clipping, in rotated coordinates: those of w are cos(theta) b
// + sigma u, sigma^2 = v cos^2(theta) + sin^2(theta), and u stays the same along its flow.
torch::Tensor ConditionedResidual::relative_state(const torch::Tensor& w) const {
  return has_gaussian() ? rotate(w) : w;
}

torch::Tensor ConditionedResidual::relative(const torch::Tensor& u, double theta,
                                            const OfMoving& network) const {
  if (!has_gaussian()) return absolute(u, theta, network);
  const double cosine = std::cos(theta), sine = std::sin(theta);
  const torch::Tensor sigma = (cosine * cosine * variance_ + sine * sine).sqrt();
  const torch::Tensor rotated = cosine * mean_rotated_ + sigma * u;
  const torch::Tensor gaussian = sine * (mean_rotated_ + cosine * (variance_ - 1.0) / sigma * u);
  return (rotate(evaluate(rotate_back(rotated), rotated, theta, network)) - gaussian) / sigma;
}

torch::Tensor ConditionedResidual::relative_flow(const torch::Tensor& u, double theta) {
  const torch::NoGradGuard no_grad;
  return relative(u.to(context_.stddev.options()), theta, fast()).to(u.options());
}

torch::Tensor ConditionedResidual::absolute_state(const torch::Tensor& u) const {
  if (!has_gaussian()) return u;
  return rotate_back(mean_rotated_.to(u.options()) + variance_.sqrt().to(u.options()) * u);
}

std::unique_ptr<ConditionedModel> ConditionedResidual::select(const torch::Tensor& rows) const {
  return std::make_unique<ConditionedResidual>(model_, conditions_, context_.select(rows), network_,
                                               row_.index_select(0, rows.to(row_.device())));
}

torch::Tensor ConditionedResidual::near_gaussian() const {
  if (!has_gaussian()) return torch::zeros({row_.size(0)}, row_.options().dtype(torch::kBool));
  return ClippedPrior::keeps_away(context_).squeeze(1);
}

torch::Tensor ConditionedResidual::score(const torch::Tensor& state, double t) {
  const double m = model_.process().mean(t), s = model_.process().stddev(t);
  const double radius = std::hypot(m, s);
  const torch::Tensor w = state / radius;
  return ((m / s) * flow(w, std::atan2(s, m)) - w) / radius;
}

double ConditionedResidual::initial_stddev(double t) const {
  return std::hypot(model_.process().mean(t), model_.process().stddev(t));
}

double ConditionedResidual::initial_angle() const {
  return 1.57079632679489661923;
}

torch::Tensor ConditionedResidual::to_physical(const torch::Tensor& state) const {
  const torch::Tensor learnt = learnt_of_state(state);
  return model_.options().positive ? learnt.clamp_min(0.0) : learnt;
}

FlowDivergence ConditionedResidual::flow_divergence(const torch::Tensor& u, double theta) const {
  return with_divergence(u, context_.stddev.options(), [&](const torch::Tensor& state) {
    return relative(state, theta,
                    [this](const torch::Tensor& moving) { return network_->differentiable(moving, row_); });
  });
}

torch::Tensor ConditionedResidual::to_learnt(const torch::Tensor& u) const {
  return learnt_of_state(absolute_state(u));
}

torch::Tensor ConditionedResidual::learnt_of_state(const torch::Tensor& w) const {
  return context_.mean.to(w.options()) +
         row_multiply(w, conditions_.gaussian.root.to(w.options()), context_.condition.to(w.device()));
}

torch::Tensor ConditionedResidual::from_learnt(const torch::Tensor& learnt) const {
  // Of the root itself, which is rounded: the stored inverse is not quite its own.
  const torch::Tensor inverse =
      torch::linalg_inv(conditions_.gaussian.root.to(learnt.options())).contiguous();
  const torch::Tensor w = row_multiply((learnt - context_.mean.to(learnt.options())).contiguous(), inverse,
                                       context_.condition.to(learnt.device()));
  if (!has_gaussian()) return w;
  return (rotate(w) - mean_rotated_.to(w.options())) / variance_.sqrt().to(w.options());
}

torch::Tensor ConditionedResidual::log_volume() const {
  const torch::Tensor of_state =
      std::get<1>(torch::linalg_slogdet(conditions_.gaussian.root.to(torch::kCPU, torch::kFloat64)))
          .index_select(0, context_.condition.to(torch::kCPU));
  if (!has_gaussian()) return of_state;
  return of_state + 0.5 * variance_.to(torch::kCPU, torch::kFloat64).log().sum(1);
}

bool ConditionedResidual::has_gaussian() const {
  return model_.clipped() && model_.options().centre == Centre::linear;
}

torch::Tensor ConditionedResidual::rotate(const torch::Tensor& w) const {
  return row_multiply(w, conditions_.unclipped.rotation.to(w.options()), context_.condition.to(w.device()));
}

torch::Tensor ConditionedResidual::rotate_back(const torch::Tensor& x) const {
  return row_multiply(x, conditions_.unclipped.rotation.to(x.options()), context_.condition.to(x.device()),
                      /*transposed=*/true);
}

torch::Tensor ConditionedResidual::evaluate(const torch::Tensor& w, const torch::Tensor& rotated,
                                            double theta, const OfMoving& of_moving) const {
  const torch::Tensor angle = torch::full({1, 1}, theta, w.options());
  const auto network = [&](const std::vector<torch::Tensor>& before,
                           const std::vector<torch::Tensor>& after) {
    std::vector<torch::Tensor> moving = before;
    moving.insert(moving.end(), after.begin(), after.end());
    return of_moving(torch::cat(moving, 1));
  };
  return model_.evaluate(network, conditions_, context_, w, rotated, angle);
}

std::unique_ptr<ConditionedModel> GaussianResidual::condition(const Measurements& measurements,
                                                              const torch::Tensor& row_of,
                                                              Precision precision) const {
  check(measurements);
  // What depends on the measurement is computed once for each that is used, and each condition once for all
  // that share it.
  const auto [used, local] = at::_unique(row_of.cpu(), /*sorted=*/true, /*return_inverse=*/true);
  const torch::Tensor mask = measurements.mask.to(torch::kFloat64).index_select(0, used);
  const torch::Tensor level = measurements.noise_std.to(torch::kFloat64).index_select(0, used).unsqueeze(1);
  const auto [unique, of_used, counts] =
      at::unique_dim(torch::cat({mask, level}, 1), 0, /*sorted=*/true, /*return_inverse=*/true);
  Conditions conditions =
      make_conditions(unique.narrow(1, 0, n_measured()), unique.select(1, n_measured()).contiguous());
  const torch::Tensor noisy = measurements.values.to(torch::kFloat64).index_select(0, used);
  RowContext context = make_context(conditions, of_used.to(device()), noisy);
  std::shared_ptr<const ConditionedNetwork> network =
      network_->condition(parameters(), 2 * n_inferred(), context.features, precision);
  context.features = torch::Tensor();
  return std::make_unique<ConditionedResidual>(*this, std::move(conditions), context.select(local),
                                               std::move(network), local.to(device()));
}

}  // namespace scorefem::diffusion
