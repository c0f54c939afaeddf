#include "diffusion/model/clipped_prior.h"

#include <torch/types.h>

#include <stdexcept>
#include <utility>

#include "diffusion/numerics/row_multiply.h"

namespace scorefem::diffusion {

namespace {

/// How far from 0, in standard deviations, the network can see.
constexpr double kFar = 5.0;
/// The posterior without clipping is that with it, nearly, if it keeps so many standard deviations away from
/// 0.
constexpr double kNear = 1.0;

}  // namespace

ClippedPrior::ClippedPrior(ClippedResponse response, const JointMoments& moments, torch::Device device)
    : response_(std::move(response)),
      mean_inferred_(moments.mean_inferred.to(device)),
      stddev_inferred_(moments.covariance.diagonal()
                           .sqrt()
                           .narrow(0, 0, moments.mean_inferred.size(0))
                           .to(device, torch::kFloat32)
                           .contiguous()) {
  const torch::Tensor unclipped = response_.offset + moments.mean_inferred.matmul(response_.matrix);
  shift_ = (moments.mean_measured - unclipped).to(device);
}

ClippedPrior ClippedPrior::from(const ModelSetup& setup, const NamedTensors& buffers,
                                const JointMoments& moments, torch::Device device) {
  const std::int64_t d = setup.n_inferred, m = setup.n_measured;
  return {{find_buffer(buffers, "response_offset", {m}), find_buffer(buffers, "response_matrix", {d, m}),
           find_buffer(buffers, "response_residual", {m, m})},
          moments,
          device};
}

void ClippedPrior::add_buffers(NamedTensors& buffers) const {
  buffers.emplace_back("response_offset", response_.offset);
  buffers.emplace_back("response_matrix", response_.matrix);
  buffers.emplace_back("response_residual", response_.residual);
}

void ClippedPrior::add(const Conditions& conditions, const torch::Tensor& deviation,
                       RowContext& context) const {
  constexpr double kSmallestStddev = 1e-12;  // over the prior's: without noise what the data see is a point
  const UnclippedConditional& unclipped = conditions.unclipped;
  const torch::Tensor& condition = context.condition;
  // The gain of a sensor that is off is 0.
  const torch::Tensor mean = mean_inferred_ + row_multiply(deviation + shift_, unclipped.gain, condition);
  context.unclipped_mean =
      row_multiply((mean - context.mean).to(torch::kFloat32), unclipped.whitened, condition);
  context.unclipped_variance = unclipped.variance.index_select(0, condition);
  const torch::Tensor stddev =
      torch::maximum(unclipped.stddev.index_select(0, condition), kSmallestStddev * stddev_inferred_);
  const torch::Tensor from_zero = distance(mean.to(torch::kFloat32), stddev);
  context.nearest = from_zero.amin(1, /*keepdim=*/true);
  context.features = torch::cat({context.features, from_zero}, 1);
}

torch::Tensor ClippedPrior::flow(const Conditions& conditions, const RowContext& context,
                                 const torch::Tensor& rotated, const torch::Tensor& cosine,
                                 const torch::Tensor& sine) {
  const torch::Tensor &b = context.unclipped_mean, &v = context.unclipped_variance;
  // (E[r | w] - cos(theta) w) / sin(theta) for r ~ N(b, v), without its cancellations at both ends.
  const torch::Tensor flow =
      sine * (b + cosine * (v - 1.0) / (v * cosine.square() + sine.square()) * (rotated - cosine * b));
  return row_multiply(flow, conditions.unclipped.rotation, context.condition, /*transposed=*/true)
      .clamp(-kFar, kFar);
}

torch::Tensor ClippedPrior::distance(const torch::Tensor& estimate, const torch::Tensor& spread) {
  return (estimate / spread).clamp(-kFar, kFar);
}

torch::Tensor ClippedPrior::keeps_away(const RowContext& context) {
  return context.nearest.ge(kNear);
}

torch::Tensor find_buffer(const NamedTensors& buffers, const std::string& name, torch::IntArrayRef sizes) {
  for (const auto& [key, tensor] : buffers)
    if (key == name && tensor.sizes() == sizes) return tensor;
  throw std::invalid_argument("moment '" + name + "' is missing or has the wrong shape");
}

}  // namespace scorefem::diffusion
