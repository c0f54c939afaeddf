#include "diffusion/model/conditions.h"

#include <torch/types.h>

#include <utility>

#include "diffusion/model/pairs.h"

namespace scorefem::diffusion {

namespace {

Conditions at_once(const JointMoments& moments, const ClippedResponse* response, const torch::Tensor& mask,
                   const torch::Tensor& noise_std, torch::Device device) {
  const auto on_device = [&](const torch::Tensor& x) { return x.to(device, torch::kFloat32).contiguous(); };
  const GaussianConditional exact = GaussianConditional::of(moments, mask, noise_std);
  const double scale = moments.measured_covariance().diagonal().mean().sqrt().item<double>();
  const torch::Tensor noise = noise_std.to(torch::kFloat64);
  const torch::Tensor relative = (noise / scale).clamp_min(1e-6);
  Conditions conditions{
      on_device(mask),
      noise.to(device),
      on_device(0.25 * relative.log().unsqueeze(1)),
      {exact.gain.to(device), on_device(exact.root), on_device(exact.inverse_root), on_device(exact.stddev)},
      {}};
  if (response) {
    const auto free = UnclippedConditional::of(moments, *response, exact, mask, noise_std);
    conditions.unclipped = {free.gain.to(device), on_device(free.rotation), on_device(free.whitened),
                            on_device(free.variance), on_device(free.stddev)};
  }
  return conditions;
}

/// All of the parts, which are left empty.
Conditions joined(std::vector<Conditions>& parts) {
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

}  // namespace

Conditions Conditions::of(const JointMoments& moments, const ClippedResponse* response,
                          const torch::Tensor& mask, const torch::Tensor& noise_std, torch::Device device) {
  // They are computed in float64 and kept, mostly, in float32: not all at once if they are large.
  const std::int64_t numbers = moments.covariance.size(0) * moments.mean_inferred.size(0);
  std::vector<Conditions> parts;
  for_each_block(mask.size(0), 2 * numbers, [&](std::int64_t begin, std::int64_t n) {
    parts.push_back(
        at_once(moments, response, mask.narrow(0, begin, n), noise_std.narrow(0, begin, n), device));
  });
  return parts.size() == 1 ? parts.front() : joined(parts);
}

RowContext RowContext::select(const torch::Tensor& rows) const {
  RowContext selected = *this;
  const torch::Tensor here = rows.to(condition.device());
  for (torch::Tensor* tensor : {&selected.condition, &selected.mean, &selected.stddev, &selected.features,
                                &selected.unclipped_mean, &selected.unclipped_variance, &selected.nearest})
    if (tensor->defined()) *tensor = tensor->index_select(0, here);
  return selected;
}

}  // namespace scorefem::diffusion
