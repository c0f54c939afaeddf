#include "diffusion/model/gaussian_residual.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "diffusion/model/condition_pool.h"
#include "diffusion/model/flow_divergence.h"
#include "diffusion/network/conditioned_mlp.h"
#include "diffusion/numerics/random_tensor.h"
#include "diffusion/numerics/row_multiply.h"

namespace scorefem::diffusion {

namespace {

constexpr double kHalfPi = 1.57079632679489661923;
/// Angles below this one look alike to the network.
constexpr double kSmallestAngle = 1e-3;
constexpr std::int64_t kAngleFeatures = 3;
/// How far from 0, in standard deviations, the network can see.
constexpr double kFar = 5.0;

/// The posterior without clipping is that with it, nearly, if it keeps so many standard deviations away from
/// 0.
constexpr double kNear = 1.0;

/// w, estimate, log stddev, mean; measurement, mask; angle features; log noise. With a clipped prior:
/// distance of the estimate from 0, the same without clipping, flow without clipping.
std::int64_t n_inputs(const ModelSetup& setup) {
  return (setup.model.positive ? 7 : 4) * setup.n_inferred + 2 * setup.n_measured + kAngleFeatures + 1;
}

/// A shift and a gain of each component of w, and of each in natural units. With a clipped prior: the weight
/// of the flow without clipping.
std::int64_t n_outputs(const ModelSetup& setup) {
  return (setup.model.positive ? 5 : 4) * setup.n_inferred;
}

torch::Tensor find(const NamedTensors& buffers, const std::string& name, torch::IntArrayRef sizes) {
  for (const auto& [key, tensor] : buffers)
    if (key == name && tensor.sizes() == sizes) return tensor;
  throw std::invalid_argument("moment '" + name + "' is missing or has the wrong shape");
}

JointMoments read_moments(const ModelSetup& setup, const NamedTensors& buffers) {
  const std::int64_t d = setup.n_inferred, m = setup.n_measured;
  const std::int64_t joint = d + JointMoments::n_features(m, setup.model.centre);
  return {find(buffers, "mean_inferred", {d}), find(buffers, "mean_measured", {m}),
          find(buffers, "covariance", {joint, joint})};
}

std::optional<ClippedResponse> read_response(const ModelSetup& setup, const NamedTensors& buffers) {
  if (!setup.model.positive) return std::nullopt;
  const std::int64_t d = setup.n_inferred, m = setup.n_measured;
  return ClippedResponse{find(buffers, "response_offset", {m}), find(buffers, "response_matrix", {d, m}),
                         find(buffers, "response_residual", {m, m})};
}

torch::Tensor angle_features(const torch::Tensor& theta) {
  return torch::cat({theta.cos(), theta.sin(), 0.25 * theta.sin().clamp_min(kSmallestAngle).log()}, 1);
}

}  // namespace

GaussianResidual::Context GaussianResidual::Context::select(const torch::Tensor& rows) const {
  Context selected = *this;
  const torch::Tensor here = rows.to(condition.device());
  for (torch::Tensor* tensor : {&selected.condition, &selected.mean, &selected.stddev, &selected.features,
                                &selected.unclipped_mean, &selected.unclipped_variance, &selected.nearest})
    if (tensor->defined()) *tensor = tensor->index_select(0, here);
  return selected;
}

GaussianResidual::Conditions GaussianResidual::Conditions::joined(std::vector<Conditions>& parts) {
  Conditions all;
  // One array after the other, so that little is held twice.
  const auto join = [&](const auto& of) {
    std::vector<torch::Tensor> pieces;
    for (Conditions& part : parts) pieces.push_back(std::move(of(part)));
    if (pieces.front().defined()) of(all) = torch::cat(pieces);
  };
  join([](Conditions& c) -> torch::Tensor& { return c.mask; });
  join([](Conditions& c) -> torch::Tensor& { return c.noise_std; });
  join([](Conditions& c) -> torch::Tensor& { return c.log_noise; });
  join([](Conditions& c) -> torch::Tensor& { return c.gaussian.gain; });
  join([](Conditions& c) -> torch::Tensor& { return c.gaussian.root; });
  join([](Conditions& c) -> torch::Tensor& { return c.gaussian.inverse_root; });
  join([](Conditions& c) -> torch::Tensor& { return c.gaussian.stddev; });
  join([](Conditions& c) -> torch::Tensor& { return c.unclipped.gain; });
  join([](Conditions& c) -> torch::Tensor& { return c.unclipped.rotation; });
  join([](Conditions& c) -> torch::Tensor& { return c.unclipped.whitened; });
  join([](Conditions& c) -> torch::Tensor& { return c.unclipped.variance; });
  join([](Conditions& c) -> torch::Tensor& { return c.unclipped.stddev; });
  return all;
}

class GaussianResidual::Conditioned : public ConditionedModel {
 public:
  /// `context` without features, [rows]; `row` [rows]: the measurement of each row, for the network.
  Conditioned(const GaussianResidual& model, Conditions conditions, Context context,
              std::shared_ptr<const ConditionedMlp> network, torch::Tensor row)
      : model_(model),
        conditions_(std::move(conditions)),
        context_(std::move(context)),
        network_(std::move(network)),
        row_(std::move(row)),
        mean_(context_.mean.to(torch::kCPU)) {
    if (!has_gaussian()) return;
    // A posterior that is clipped for good is nearer to N(0, I).
    const torch::Tensor clipped = context_.nearest.lt(kNear);
    mean_rotated_ = context_.unclipped_mean.masked_fill(clipped, 0.0);
    variance_ = context_.unclipped_variance.masked_fill(clipped, 1.0);
  }

  torch::Tensor flow(const torch::Tensor& w, double theta) override {
    const torch::NoGradGuard no_grad;
    const torch::Tensor state = w.to(context_.stddev.options());
    const torch::Tensor rotated = model_.response_ ? rotate(state) : torch::Tensor();
    return evaluate(state, rotated, theta).to(torch::kCPU, torch::kFloat64);
  }

  // With N(b, diag(v)) for the posterior without clipping, in rotated coordinates: those of w are
  // cos(theta) b + sigma u, sigma^2 = v cos^2(theta) + sin^2(theta), and u stays the same along its flow.
  torch::Tensor relative_state(const torch::Tensor& w) const override {
    return has_gaussian() ? rotate(w) : w;
  }

  torch::Tensor relative_flow(const torch::Tensor& u, double theta) override {
    if (!has_gaussian()) return flow(u, theta);
    const torch::NoGradGuard no_grad;
    const double cosine = std::cos(theta), sine = std::sin(theta);
    const torch::Tensor state = u.to(context_.stddev.options());
    const torch::Tensor sigma = (cosine * cosine * variance_ + sine * sine).sqrt();
    const torch::Tensor rotated = cosine * mean_rotated_ + sigma * state;
    const torch::Tensor gaussian = sine * (mean_rotated_ + cosine * (variance_ - 1.0) / sigma * state);
    const torch::Tensor relative =
        (rotate(evaluate(rotate_back(rotated), rotated, theta)) - gaussian) / sigma;
    return relative.to(torch::kCPU, torch::kFloat64);
  }

  torch::Tensor absolute_state(const torch::Tensor& u) const override {
    if (!has_gaussian()) return u;
    return rotate_back(mean_rotated_.to(u.options()) + variance_.sqrt().to(u.options()) * u);
  }

  std::unique_ptr<ConditionedModel> select(const torch::Tensor& rows) const override {
    return std::make_unique<Conditioned>(model_, conditions_, context_.select(rows), network_,
                                         row_.index_select(0, rows.to(row_.device())));
  }

  torch::Tensor near_gaussian() const override {
    if (!has_gaussian()) return torch::zeros({row_.size(0)}, torch::kBool);
    return context_.nearest.ge(kNear).squeeze(1).to(torch::kCPU);
  }

  torch::Tensor score(const torch::Tensor& state, double t) override {
    const double m = model_.process().mean(t), s = model_.process().stddev(t);
    const double radius = std::hypot(m, s);
    const torch::Tensor w = state / radius;
    return ((m / s) * flow(w, std::atan2(s, m)) - w) / radius;
  }

  double initial_stddev(double t) const override {
    return std::hypot(model_.process().mean(t), model_.process().stddev(t));
  }
  double initial_angle() const override { return kHalfPi; }

  torch::Tensor to_physical(const torch::Tensor& state) const override {
    const torch::Tensor learnt = to_learnt(state);
    return model_.options().positive ? learnt.clamp_min(0.0) : learnt;
  }

  FlowDivergence flow_divergence(const torch::Tensor& w, double theta) const override {
    return with_divergence(w, context_.stddev.options(), [&](const torch::Tensor& state) {
      const torch::Tensor rotated = model_.response_ ? rotate(state) : torch::Tensor();
      return evaluate(state, rotated, theta,
                      [this](const torch::Tensor& moving) { return network_->differentiable(moving, row_); });
    });
  }
  torch::Tensor to_learnt(const torch::Tensor& state) const override {
    return mean_ + row_multiply(state, root(), context_.condition.to(torch::kCPU));
  }
  torch::Tensor from_learnt(const torch::Tensor& learnt) const override {
    // Of the root itself, which is rounded: the stored inverse is not quite its own.
    const torch::Tensor inverse = torch::linalg_inv(root()).contiguous();
    return row_multiply((learnt - mean_).contiguous(), inverse, context_.condition.to(torch::kCPU));
  }
  torch::Tensor log_volume() const override {
    return std::get<1>(torch::linalg_slogdet(root())).index_select(0, context_.condition.to(torch::kCPU));
  }

 private:
  /// With a quadratic centre what is not clipped, a linear fit, is wider than C.
  bool has_gaussian() const { return model_.response_ && model_.options().centre == Centre::linear; }
  /// On the device or the CPU, in the state's own type.
  torch::Tensor rotate(const torch::Tensor& w) const {
    return row_multiply(w, conditions_.unclipped.rotation.to(w.options()), context_.condition.to(w.device()));
  }
  torch::Tensor rotate_back(const torch::Tensor& x) const {
    return row_multiply(x, conditions_.unclipped.rotation.to(x.options()), context_.condition.to(x.device()),
                        /*transposed=*/true);
  }
  /// Square roots of C [conditions, d, d], float64 on the CPU.
  torch::Tensor root() const { return conditions_.gaussian.root.to(torch::kCPU, torch::kFloat64); }
  /// F for a state, and the same rotated, in float32 on the device.
  torch::Tensor evaluate(const torch::Tensor& w, const torch::Tensor& rotated, double theta) const {
    return evaluate(w, rotated, theta,
                    [this](const torch::Tensor& moving) { return (*network_)(moving, row_); });
  }
  template <class MovingNetwork>
  torch::Tensor evaluate(const torch::Tensor& w, const torch::Tensor& rotated, double theta,
                         const MovingNetwork& of_moving) const {
    const torch::Tensor angle = torch::full({1, 1}, theta, w.options());
    const auto network = [&](const std::vector<torch::Tensor>& before,
                             const std::vector<torch::Tensor>& after) {
      std::vector<torch::Tensor> moving = before;
      moving.insert(moving.end(), after.begin(), after.end());
      return of_moving(torch::cat(moving, 1));
    };
    return model_.evaluate(network, conditions_, context_, w, rotated, angle);
  }

  const GaussianResidual& model_;
  Conditions conditions_;
  Context context_;
  std::shared_ptr<const ConditionedMlp> network_;
  torch::Tensor row_;
  torch::Tensor mean_;                     // float64 on the CPU
  torch::Tensor mean_rotated_, variance_;  // b and v, if there is such a Gaussian
};

GaussianResidual::GaussianResidual(const ModelSetup& setup, JointMoments moments,
                                   std::optional<ClippedResponse> response, torch::Device device)
    : TrainableModel(setup, device),
      moments_(std::move(moments)),
      response_(std::move(response)),
      mlp_(n_inputs(setup), n_outputs(setup), setup.model) {
  const auto on_device = [&](const torch::Tensor& x) { return x.to(device, torch::kFloat32).contiguous(); };
  const torch::Tensor stddev = moments_.covariance.diagonal().sqrt();
  mean_inferred_ = on_device(moments_.mean_inferred);
  stddev_inferred_ = on_device(stddev.narrow(0, 0, setup.n_inferred));
  stddev_measured_ = on_device(stddev.narrow(0, setup.n_inferred, setup.n_measured));
  if (response_) {
    const torch::Tensor unclipped = response_->offset + moments_.mean_inferred.matmul(response_->matrix);
    unclipped_shift_ = (moments_.mean_measured - unclipped).to(device);
  }
}

GaussianResidual::GaussianResidual(const ModelSetup& setup, const PairRows& pairs, torch::Device device)
    : GaussianResidual(setup, JointMoments::of(pairs, setup.model.centre),
                       setup.model.positive ? std::optional(ClippedResponse::of(pairs)) : std::nullopt,
                       device) {}

GaussianResidual::GaussianResidual(const ModelSetup& setup, const NamedTensors& buffers, torch::Device device)
    : GaussianResidual(setup, read_moments(setup, buffers), read_response(setup, buffers), device) {}

NamedTensors GaussianResidual::buffers() const {
  NamedTensors buffers = {{"mean_inferred", moments_.mean_inferred},
                          {"mean_measured", moments_.mean_measured},
                          {"covariance", moments_.covariance}};
  if (response_) {
    buffers.emplace_back("response_offset", response_->offset);
    buffers.emplace_back("response_matrix", response_->matrix);
    buffers.emplace_back("response_residual", response_->residual);
  }
  return buffers;
}

torch::Tensor GaussianResidual::initial_parameters(const CounterRandom& random) const {
  torch::Tensor parameters = mlp_.initial_parameters(random);
  const MlpLayer& output = mlp_.layers().back();
  parameters.narrow(0, output.weight_offset, parameters.size(0) - output.weight_offset).zero_();
  return parameters;
}

GaussianResidual::Conditions GaussianResidual::make_conditions(const torch::Tensor& mask,
                                                               const torch::Tensor& noise_std) const {
  // They are computed in float64 and kept, mostly, in float32: not all at once if they are large.
  const std::int64_t numbers = moments_.covariance.size(0) * n_inferred();
  std::vector<Conditions> parts;
  for_each_block(mask.size(0), 2 * numbers, [&](std::int64_t begin, std::int64_t n) {
    parts.push_back(make_conditions_at_once(mask.narrow(0, begin, n), noise_std.narrow(0, begin, n)));
  });
  return parts.size() == 1 ? parts.front() : Conditions::joined(parts);
}

GaussianResidual::Conditions GaussianResidual::make_conditions_at_once(const torch::Tensor& mask,
                                                                       const torch::Tensor& noise_std) const {
  const auto on_device = [&](const torch::Tensor& x) { return x.to(device(), torch::kFloat32).contiguous(); };
  const GaussianConditional exact = GaussianConditional::of(moments_, mask, noise_std);
  const double scale = moments_.measured_covariance().diagonal().mean().sqrt().item<double>();
  const torch::Tensor noise = noise_std.to(torch::kFloat64);
  const torch::Tensor relative = (noise / scale).clamp_min(1e-6);
  Conditions conditions{on_device(mask),
                        noise,
                        on_device(0.25 * relative.log().unsqueeze(1)),
                        {exact.gain.to(device()), on_device(exact.root), on_device(exact.inverse_root),
                         on_device(exact.stddev)},
                        {}};
  if (response_) {
    const auto free = UnclippedConditional::of(moments_, *response_, exact, mask, noise_std);
    conditions.unclipped = {free.gain.to(device()), on_device(free.rotation), on_device(free.whitened),
                            on_device(free.variance), on_device(free.stddev)};
  }
  return conditions;
}

void GaussianResidual::prepare_training(const PairRows& pairs, const TrainingOptions& options) {
  const std::int64_t n = condition_pool_size(setup());
  const CounterRandom random(options.seed, Stream::condition_pool);
  const torch::Tensor uniform = uniform_tensor(random, 0, n, n_measured() + 1, torch::kFloat64);
  torch::Tensor mask = torch::ones({n, n_measured()}, torch::kFloat64);
  if (this->options().masked) {
    mask = options.fresh_masks
               ? uniform.narrow(1, 0, n_measured()).lt(options.mask_probability).to(torch::kFloat64)
               : pairs.part(pairs.pairs().mask, 0, std::min(n, pairs.size()))
                     .index_select(0, torch::arange(n, torch::kInt64).remainder(pairs.size()));
  }
  torch::Tensor level = torch::full({n}, noise().maximum, torch::kFloat64);
  if (!noise().single())
    level = noise().minimum *
            torch::exp(std::log(noise().maximum / noise().minimum) * uniform.select(1, n_measured()));
  pool_ = make_conditions(mask, level);
}

GaussianResidual::Context GaussianResidual::make_context(const Conditions& conditions,
                                                         const torch::Tensor& condition,
                                                         const torch::Tensor& noisy) const {
  Context context;
  context.condition = condition;
  const torch::Tensor mask = conditions.mask.index_select(0, condition);
  const torch::Tensor features =
      moments_.features(noisy.cpu(), mask.cpu(), conditions.noise_std.index_select(0, condition.cpu()))
          .to(device());
  context.mean =
      moments_.mean_inferred.to(device()) + row_multiply(features, conditions.gaussian.gain, condition);
  const torch::Tensor mean = context.mean.to(torch::kFloat32);
  const torch::Tensor deviation = features.narrow(1, 0, n_measured()).to(torch::kFloat32);
  context.stddev = conditions.gaussian.stddev.index_select(0, condition);
  context.features = torch::cat(
      {(mean - mean_inferred_) / stddev_inferred_, (context.stddev / stddev_inferred_).clamp_min(1e-6).log(),
       deviation / stddev_measured_, mask, conditions.log_noise.index_select(0, condition)},
      1);
  if (response_) add_unclipped(conditions, features.narrow(1, 0, n_measured()), context);
  return context;
}

void GaussianResidual::add_unclipped(const Conditions& conditions, const torch::Tensor& deviation,
                                     Context& context) const {
  constexpr double kSmallestStddev = 1e-12;  // over the prior's: without noise what the data see is a point
  const UnclippedConditional& unclipped = conditions.unclipped;
  const torch::Tensor& condition = context.condition;
  // The gain of a sensor that is off is 0.
  const torch::Tensor mean = moments_.mean_inferred.to(device()) +
                             row_multiply(deviation + unclipped_shift_, unclipped.gain, condition);
  context.unclipped_mean =
      row_multiply((mean - context.mean).to(torch::kFloat32), unclipped.whitened, condition);
  context.unclipped_variance = unclipped.variance.index_select(0, condition);
  const torch::Tensor stddev =
      torch::maximum(unclipped.stddev.index_select(0, condition), kSmallestStddev * stddev_inferred_);
  const torch::Tensor distance = (mean.to(torch::kFloat32) / stddev).clamp(-kFar, kFar);
  context.nearest = distance.amin(1, /*keepdim=*/true);
  context.features = torch::cat({context.features, distance}, 1);
}

torch::Tensor GaussianResidual::unclipped_flow(const Conditions& conditions, const Context& context,
                                               const torch::Tensor& rotated, const torch::Tensor& cosine,
                                               const torch::Tensor& sine) const {
  const torch::Tensor &b = context.unclipped_mean, &v = context.unclipped_variance;
  // (E[r | w] - cos(theta) w) / sin(theta) for r ~ N(b, v), without its cancellations at both ends.
  const torch::Tensor flow =
      sine * (b + cosine * (v - 1.0) / (v * cosine.square() + sine.square()) * (rotated - cosine * b));
  return row_multiply(flow, conditions.unclipped.rotation, context.condition, /*transposed=*/true)
      .clamp(-kFar, kFar);
}

torch::Tensor GaussianResidual::evaluate(const Network& network, const Conditions& conditions,
                                         const Context& context, const torch::Tensor& w,
                                         const torch::Tensor& rotated, const torch::Tensor& theta) const {
  const std::int64_t rows = w.size(0), d = n_inferred();
  const torch::Tensor cosine = theta.cos(), sine = theta.sin();
  // w in natural units: each component over its own standard deviation.
  const torch::Tensor deviation =
      row_multiply(w, conditions.gaussian.root, context.condition) / context.stddev;
  // E[x | w] and its standard deviation if the posterior were Gaussian: r | w ~ N(cos(theta) w, sin^2(theta)
  // I).
  const torch::Tensor estimate = context.mean.to(torch::kFloat32) + cosine * context.stddev * deviation;
  std::vector<torch::Tensor> inputs = {angle_features(theta).expand({rows, kAngleFeatures})};
  torch::Tensor unclipped;
  if (response_) {
    // How far the estimate is from the value that the prior clips at.
    const torch::Tensor spread = context.stddev * sine.clamp_min(kSmallestAngle);
    inputs.push_back((estimate / spread).clamp(-kFar, kFar));
    unclipped = unclipped_flow(conditions, context, rotated, cosine, sine);
    inputs.push_back(unclipped);
  }
  const torch::Tensor output = network({w, (estimate - mean_inferred_) / stddev_inferred_}, inputs);
  // A posterior wider or narrower than C is F proportional to w: gains let the layers decide how much, where
  // they would have to multiply numbers otherwise.
  const std::vector<torch::Tensor> head = output.split(d, 1);
  const torch::Tensor natural = (head[2] + head[3] * deviation) / context.stddev;
  const torch::Tensor flow =
      head[0] + head[1] * w + row_multiply(natural, conditions.gaussian.root, context.condition);
  return response_ ? flow + head[4] * unclipped : flow;
}

torch::Tensor GaussianResidual::loss(const torch::Tensor& parameters, const Batch& batch) const {
  const std::int64_t n = pool_.mask.size(0);
  const torch::Tensor condition =
      (batch.condition * static_cast<double>(n)).to(torch::kInt64).clamp_max(n - 1).to(device());
  const torch::Tensor level = pool_.noise_std.index_select(0, condition.cpu()).to(device());
  const torch::Tensor noisy = batch.measured + level.unsqueeze(1) * batch.noise;
  const Context context = make_context(pool_, condition, noisy);
  const torch::Tensor residual = row_multiply((batch.inferred - context.mean).to(torch::kFloat32),
                                              pool_.gaussian.inverse_root, condition);
  const torch::Tensor theta = (kHalfPi * batch.time).unsqueeze(1).to(residual.options());
  const torch::Tensor cosine = theta.cos(), sine = theta.sin();
  const torch::Tensor w = cosine * residual + sine * batch.normal;
  const torch::Tensor target = sine * residual - cosine * batch.normal;
  const torch::Tensor rotated =
      response_ ? row_multiply(w, pool_.unclipped.rotation, condition) : torch::Tensor();
  const auto network = [&](std::vector<torch::Tensor> inputs, const std::vector<torch::Tensor>& after) {
    inputs.push_back(context.features);
    inputs.insert(inputs.end(), after.begin(), after.end());
    return mlp_(parameters, torch::cat(inputs, 1));
  };
  return (evaluate(network, pool_, context, w, rotated, theta) - target).square().mean();
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
  Context context = make_context(conditions, of_used.to(device()), noisy);
  auto network =
      std::make_shared<ConditionedMlp>(mlp_, parameters(), 2 * n_inferred(), context.features, precision);
  context.features = torch::Tensor();
  return std::make_unique<Conditioned>(*this, std::move(conditions), context.select(local),
                                       std::move(network), local.to(device()));
}

}  // namespace scorefem::diffusion
