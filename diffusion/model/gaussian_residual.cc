#include "diffusion/model/gaussian_residual.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "diffusion/model/condition_pool.h"
#include "diffusion/model/held_out_fit.h"
#include "diffusion/network/mlp.h"
#include "diffusion/network/residual_network.h"
#include "diffusion/numerics/random_tensor.h"
#include "diffusion/numerics/row_multiply.h"

namespace scorefem::diffusion {

namespace {

/// Angles below this one look alike to the network.
constexpr double kSmallestAngle = 1e-3;
constexpr std::int64_t kAngleFeatures = 3;

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

std::unique_ptr<const FlatNetwork> make_network(const ModelSetup& setup) {
  const std::int64_t d = setup.n_inferred, n = n_inputs(setup);
  if (setup.model.layers == Layers::plain) return std::make_unique<Mlp>(n, n_outputs(setup), setup.model);
  // Behind the features of the measurement come those of the angle, the third of which is the network's own
  // business.
  const std::int64_t n_features = n - (setup.model.positive ? 4 : 2) * d - kAngleFeatures;
  const ConditionColumns columns{2 * d, n_features, kAngleFeatures - 2};
  return std::make_unique<ResidualNetwork>(n, columns, n_outputs(setup), setup.model);
}

JointMoments read_moments(const ModelSetup& setup, const NamedTensors& buffers) {
  const std::int64_t d = setup.n_inferred, m = setup.n_measured;
  const std::int64_t joint = d + JointMoments::n_features(m, setup.model.centre);
  return {find_buffer(buffers, "mean_inferred", {d}), find_buffer(buffers, "mean_measured", {m}),
          find_buffer(buffers, "covariance", {joint, joint})};
}

JointMoments fitted_moments(const ModelSetup& setup, const PairRows& pairs) {
  JointMoments moments = JointMoments::of(pairs, setup.model.centre);
  return fits_few_pairs(setup, pairs.size()) ? for_unseen_pairs(pairs, std::move(moments)) : moments;
}

torch::Tensor angle_features(const torch::Tensor& theta) {
  return torch::cat({theta.cos(), theta.sin(), 0.25 * theta.sin().clamp_min(kSmallestAngle).log()}, 1);
}

}  // namespace

GaussianResidual::GaussianResidual(const ModelSetup& setup, JointMoments moments, torch::Device device)
    : TrainableModel(setup, device),
      moments_(std::move(moments)),
      moments_on_device_(moments_.to(device)),
      network_(make_network(setup)) {
  const auto on_device = [&](const torch::Tensor& x) { return x.to(device, torch::kFloat32).contiguous(); };
  const torch::Tensor stddev = moments_.covariance.diagonal().sqrt();
  mean_inferred_ = on_device(moments_.mean_inferred);
  stddev_inferred_ = on_device(stddev.narrow(0, 0, setup.n_inferred));
  stddev_measured_ = on_device(stddev.narrow(0, setup.n_inferred, setup.n_measured));
}

GaussianResidual::GaussianResidual(const ModelSetup& setup, const PairRows& pairs, torch::Device device)
    : GaussianResidual(setup, fitted_moments(setup, pairs), device) {
  if (setup.model.positive) clipped_.emplace(ClippedResponse::of(pairs), moments_, device);
}

GaussianResidual::GaussianResidual(const ModelSetup& setup, const NamedTensors& buffers, torch::Device device)
    : GaussianResidual(setup, read_moments(setup, buffers), device) {
  if (setup.model.positive) clipped_ = ClippedPrior::from(setup, buffers, moments_, device);
}

NamedTensors GaussianResidual::buffers() const {
  NamedTensors buffers = {{"mean_inferred", moments_.mean_inferred},
                          {"mean_measured", moments_.mean_measured},
                          {"covariance", moments_.covariance}};
  if (clipped_) clipped_->add_buffers(buffers);
  return buffers;
}

std::int64_t GaussianResidual::condition_bytes() const {
  // GaussianConditional: the gain, and two matrices in float64, then in float32, and one of them once more.
  // The features of the measurement exist a few times over while they are made.
  // UnclippedConditional: a gain, and two matrices in float64, then in float32.
  const std::int64_t d = n_inferred(), m = n_measured();
  const std::int64_t f = JointMoments::n_features(m, options().centre);
  const std::int64_t unclipped = clipped_ ? 8 * m * d + 2 * (8 + 4) * d * d : 0;
  return 8 * f * d + (2 * 8 + 2 * 4 + 8) * d * d + unclipped + 5 * 8 * f;
}

torch::Tensor GaussianResidual::initial_parameters(const CounterRandom& random) const {
  torch::Tensor parameters = network_->initial_parameters(random);
  auto views = network_->named_views(parameters);  // the output layer's are the last two
  for (std::size_t i = views.size() - 2; i < views.size(); ++i) views[i].second.zero_();
  return parameters;
}

torch::Tensor GaussianResidual::training_unknowns(const PairRows& pairs) const {
  return fits_few_pairs(setup(), pairs.size()) ? LeftOut::of(pairs, moments_).unknowns : torch::Tensor();
}

Conditions GaussianResidual::make_conditions(const torch::Tensor& mask,
                                             const torch::Tensor& noise_std) const {
  return Conditions::of(moments_, clipped_ ? &clipped_->response() : nullptr, mask, noise_std, device());
}

void GaussianResidual::prepare_training(const PairRows& pairs, const TrainingOptions& options) {
  angles_ = options.angles;
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

RowContext GaussianResidual::make_context(const Conditions& conditions, const torch::Tensor& condition,
                                          const torch::Tensor& noisy) const {
  RowContext context;
  context.condition = condition;
  const torch::Tensor mask = conditions.mask.index_select(0, condition);
  const torch::Tensor features =
      moments_on_device_.features(noisy.to(device()), mask, conditions.noise_std.index_select(0, condition));
  context.mean =
      moments_on_device_.mean_inferred + row_multiply(features, conditions.gaussian.gain, condition);
  const torch::Tensor mean = context.mean.to(torch::kFloat32);
  const torch::Tensor deviation = features.narrow(1, 0, n_measured()).to(torch::kFloat32);
  context.stddev = conditions.gaussian.stddev.index_select(0, condition);
  context.features = torch::cat(
      {(mean - mean_inferred_) / stddev_inferred_, (context.stddev / stddev_inferred_).clamp_min(1e-6).log(),
       deviation / stddev_measured_, mask, conditions.log_noise.index_select(0, condition)},
      1);
  if (clipped_) clipped_->add(conditions, features.narrow(1, 0, n_measured()), context);
  return context;
}

torch::Tensor GaussianResidual::evaluate(const Network& network, const Conditions& conditions,
                                         const RowContext& context, const torch::Tensor& w,
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
  if (clipped_) {
    inputs.push_back(ClippedPrior::distance(estimate, context.stddev * sine.clamp_min(kSmallestAngle)));
    unclipped = ClippedPrior::flow(conditions, context, rotated, cosine, sine);
    inputs.push_back(unclipped);
  }
  const torch::Tensor output = network({w, (estimate - mean_inferred_) / stddev_inferred_}, inputs);
  // A posterior wider or narrower than C is F proportional to w: gains let the layers decide how much, where
  // they would have to multiply numbers otherwise.
  const std::vector<torch::Tensor> head = output.split(d, 1);
  const torch::Tensor natural = (head[2] + head[3] * deviation) / context.stddev;
  const torch::Tensor flow =
      head[0] + head[1] * w + row_multiply(natural, conditions.gaussian.root, context.condition);
  return clipped_ ? flow + head[4] * unclipped : flow;
}

torch::Tensor GaussianResidual::loss(const torch::Tensor& parameters, const Batch& batch) const {
  const std::int64_t n = pool_.mask.size(0);
  const torch::Tensor condition =
      (batch.condition * static_cast<double>(n)).to(torch::kInt64).clamp_max(n - 1);
  const torch::Tensor level = pool_.noise_std.index_select(0, condition);
  const torch::Tensor noisy = batch.measured + level.unsqueeze(1) * batch.noise;
  const RowContext context = make_context(pool_, condition, noisy);
  const torch::Tensor residual = row_multiply((batch.inferred - context.mean).to(torch::kFloat32),
                                              pool_.gaussian.inverse_root, condition);
  const torch::Tensor theta = angles_.quantile(batch.time).unsqueeze(1).to(residual.options());
  const torch::Tensor cosine = theta.cos(), sine = theta.sin();
  const torch::Tensor w = cosine * residual + sine * batch.normal;
  const torch::Tensor target = sine * residual - cosine * batch.normal;
  const torch::Tensor rotated =
      clipped_ ? row_multiply(w, pool_.unclipped.rotation, condition) : torch::Tensor();
  const auto network = [&](std::vector<torch::Tensor> inputs, const std::vector<torch::Tensor>& after) {
    inputs.push_back(context.features);
    inputs.insert(inputs.end(), after.begin(), after.end());
    return (*network_)(parameters, torch::cat(inputs, 1));
  };
  return (evaluate(network, pool_, context, w, rotated, theta) - target).square().mean();
}

}  // namespace scorefem::diffusion
