#include "diffusion/model/score_mlp.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "diffusion/model/flow_divergence.h"
#include "diffusion/network/time_embedding.h"

namespace scorefem::diffusion {

namespace {

constexpr double kOff = -1.0;  // what a sensor that is off reads, after normalisation

std::int64_t n_inputs(const ModelSetup& setup) {
  return setup.n_inferred + (setup.model.masked ? 2 : 1) * setup.n_measured + kTimeEmbeddingSize;
}

MinMaxScaling inferred_extrema(const PairRows& pairs) {
  const torch::Tensor& inferred = pairs.pairs().inferred;
  return MinMaxScaling::of(pairs.size(), inferred.size(1), [&](std::int64_t begin, std::int64_t n) {
    return pairs.part(inferred, begin, n);
  });
}

MinMaxScaling noisy_extrema(const ModelSetup& setup, const PairRows& pairs) {
  if (!setup.noise.single())
    throw std::invalid_argument("network mlp: a range of noise levels needs the network gaussian_residual");
  const Pairs& of = pairs.pairs();
  return MinMaxScaling::of(pairs.size(), of.measured.size(1), [&](std::int64_t begin, std::int64_t n) {
    return pairs.part(of.measured, begin, n) + setup.noise.maximum * pairs.part(of.noise, begin, n);
  });
}

MinMaxScaling read_scaling(const NamedTensors& buffers, const std::string& name, std::int64_t columns) {
  MinMaxScaling scaling;
  for (const auto& [key, tensor] : buffers) {
    if (key == name + "_minimum") scaling.minimum = tensor;
    if (key == name + "_range") scaling.range = tensor;
  }
  for (const torch::Tensor& tensor : {scaling.minimum, scaling.range})
    if (!tensor.defined() || tensor.dim() != 1 || tensor.size(0) != columns)
      throw std::invalid_argument("normalisation of '" + name + "' is missing or has the wrong shape");
  return scaling;
}

}  // namespace

class ScoreMlp::Conditioned : public ConditionedModel {
 public:
  /// `row` [rows]: the measurement of each row of the state.
  Conditioned(const ScoreMlp& model, std::shared_ptr<const ConditionedNetwork> network, torch::Tensor row)
      : model_(model), network_(std::move(network)), row_(std::move(row)) {}

  torch::Tensor score(const torch::Tensor& state, double t) override {
    const torch::NoGradGuard no_grad;
    const torch::Tensor x = state.to(model_.device(), torch::kFloat32);
    const torch::Tensor time = time_embedding(torch::full({1}, t, x.options()));
    const torch::Tensor moving = torch::cat({x, time.expand({x.size(0), kTimeEmbeddingSize})}, 1);
    return (*network_)(moving, row_).to(state.options());
  }

  torch::Tensor flow(const torch::Tensor& w, double theta) override {
    const double ratio = std::tan(theta);
    const Process& process = model_.process();
    const double t = process.time_of_ratio(ratio);
    const double radius = std::hypot(process.mean(t), process.stddev(t));
    return ratio * (radius * score(radius * w, t) + w);
  }

  std::unique_ptr<ConditionedModel> select(const torch::Tensor& rows) const override {
    return std::make_unique<Conditioned>(model_, network_, row_.index_select(0, rows.to(row_.device())));
  }

  torch::Tensor near_gaussian() const override {
    return torch::zeros({row_.size(0)}, row_.options().dtype(torch::kBool));
  }

  double initial_stddev(double t) const override { return model_.process().stddev(t); }

  double initial_angle() const override {
    const Process& process = model_.process();
    return std::atan2(process.stddev(process.start_time()), process.mean(process.start_time()));
  }

  double smallest_angle() const override {
    return std::atan(std::max(kSmallestRatio, model_.process().ratio(0.0)));
  }

  torch::Tensor to_physical(const torch::Tensor& state) const override {
    const torch::Tensor learnt = to_learnt(state);
    return model_.options().positive ? learnt.clamp_min(0.0) : learnt;
  }

  FlowDivergence flow_divergence(const torch::Tensor& w, double theta) const override {
    const double ratio = std::tan(theta);
    const Process& process = model_.process();
    const double t = process.time_of_ratio(ratio);
    const double radius = std::hypot(process.mean(t), process.stddev(t));
    const auto options = torch::TensorOptions(torch::kFloat32).device(model_.device());
    return with_divergence(w, options, [&](const torch::Tensor& state) {
      const torch::Tensor time = time_embedding(torch::full({1}, t, options));
      const torch::Tensor moving =
          torch::cat({radius * state, time.expand({state.size(0), kTimeEmbeddingSize})}, 1);
      return ratio * (radius * network_->differentiable(moving, row_) + state);
    });
  }
  torch::Tensor to_learnt(const torch::Tensor& state) const override {
    return model_.inferred_.inverse(state);
  }
  torch::Tensor from_learnt(const torch::Tensor& learnt) const override {
    return model_.inferred_.forward(learnt);
  }
  torch::Tensor log_volume() const override {
    const torch::Tensor origin = torch::zeros({1, model_.n_inferred()}, torch::kFloat64);
    const torch::Tensor unit = to_learnt(torch::ones_like(origin)) - to_learnt(origin);
    return unit.abs().log().sum().expand({row_.size(0)});
  }

 private:
  const ScoreMlp& model_;
  std::shared_ptr<const ConditionedNetwork> network_;
  torch::Tensor row_;
};

ScoreMlp::ScoreMlp(const ModelSetup& setup, const MinMaxScaling& inferred, const MinMaxScaling& measured,
                   torch::Device device)
    : TrainableModel(setup, device),
      mlp_(n_inputs(setup), setup.n_inferred, setup.model),
      inferred_(inferred.to(device)),
      measured_(measured.to(device)) {}

ScoreMlp::ScoreMlp(const ModelSetup& setup, const PairRows& pairs, torch::Device device)
    : ScoreMlp(setup, inferred_extrema(pairs), noisy_extrema(setup, pairs), device) {}

ScoreMlp::ScoreMlp(const ModelSetup& setup, const NamedTensors& buffers, torch::Device device)
    : ScoreMlp(setup, read_scaling(buffers, "inferred", setup.n_inferred),
               read_scaling(buffers, "measured", setup.n_measured), device) {}

NamedTensors ScoreMlp::buffers() const {
  const MinMaxScaling inferred = inferred_.to(torch::kCPU), measured = measured_.to(torch::kCPU);
  return {{"inferred_minimum", inferred.minimum},
          {"inferred_range", inferred.range},
          {"measured_minimum", measured.minimum},
          {"measured_range", measured.range}};
}

torch::Tensor ScoreMlp::measurement_features(const torch::Tensor& noisy, const torch::Tensor& mask) const {
  torch::Tensor scaled = measured_.forward(noisy);
  if (!options().masked) return scaled;
  return torch::cat({torch::where(mask.eq(0), torch::full_like(scaled, kOff), scaled), mask}, 1);
}

torch::Tensor ScoreMlp::loss(const torch::Tensor& parameters, const Batch& batch) const {
  const auto column = [](const torch::Tensor& x) { return x.to(torch::kFloat32).unsqueeze(1); };
  const torch::Tensor mean = column(process().mean(batch.time)),
                      stddev = column(process().stddev(batch.time));
  const torch::Tensor state =
      mean * inferred_.forward(batch.inferred.to(torch::kFloat32)) + stddev * batch.normal;
  const torch::Tensor noisy = batch.measured.to(torch::kFloat32) + batch.noise_std.unsqueeze(1) * batch.noise;
  const torch::Tensor time = time_embedding(batch.time).to(state.options());
  const torch::Tensor score =
      mlp_(parameters, torch::cat({state, measurement_features(noisy, batch.mask), time}, 1));
  return (stddev * score + batch.normal).square().mean();
}

std::unique_ptr<ConditionedModel> ScoreMlp::condition(const Measurements& measurements,
                                                      const torch::Tensor& row_of,
                                                      Precision precision) const {
  check(measurements);
  const torch::Tensor mask = measurements.mask.to(torch::kFloat64);
  // Values of sensors that are off may be NaN: they must not reach the network.
  const torch::Tensor values =
      torch::where(mask.eq(0), torch::zeros_like(mask), measurements.values.to(torch::kFloat64));
  const torch::Tensor features = measurement_features(values, mask).to(device(), torch::kFloat32);
  return std::make_unique<Conditioned>(*this, mlp_.condition(parameters(), n_inferred(), features, precision),
                                       row_of.to(device()));
}

}  // namespace scorefem::diffusion
