#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "diffusion/model/clipped_prior.h"
#include "diffusion/model/conditions.h"
#include "diffusion/model/gaussian_conditional.h"
#include "diffusion/model/trainable_model.h"
#include "diffusion/options/angle_distribution.h"

namespace scorefem::diffusion {

/// A network on top of the closed-form conditional of the joint Gaussian fit. What is diffused is the
/// whitened residual r = C^(-1/2) (x - mu(y)); with w = cos(theta) r + sin(theta) z the network F minimises
/// || F - (sin(theta) r - cos(theta) z) ||^2, so that the probability flow is dw/dtheta = -F, from theta =
/// pi/2, where w is exactly N(0, I), to 0, and F = 0 is exact for a Gaussian (TrigFlow, Lu and Song 2024, on
/// a Gaussian base). mu and C are those of the sensors that are on at the noise level given, so that one
/// network serves every mask and level.
///
/// A prior that is clipped at 0 (ModelOptions::positive) is learnt before its clipping, and samples are
/// clipped: see ClippedPrior.
class GaussianResidual : public TrainableModel {
 public:
  GaussianResidual(const ModelSetup& setup, const PairRows& pairs, torch::Device device);
  GaussianResidual(const ModelSetup& setup, const NamedTensors& buffers, torch::Device device);

  const FlatNetwork& network() const override { return *network_; }
  /// The output layer starts at 0, that is, with the Gaussian itself.
  torch::Tensor initial_parameters(const CounterRandom& random) const override;
  torch::Tensor training_unknowns(const PairRows& pairs) const override;
  void prepare_training(const PairRows& pairs, const TrainingOptions& options) override;
  torch::Tensor loss(const torch::Tensor& parameters, const Batch& batch) const override;
  NamedTensors buffers() const override;
  std::unique_ptr<ConditionedModel> condition(const Measurements& measurements, const torch::Tensor& row_of,
                                              Precision precision) const override;
  std::int64_t condition_bytes() const override;

  /// What it knows of a prior that is clipped; null if it is not.
  const ClippedPrior* clipped() const { return clipped_ ? &*clipped_ : nullptr; }
  /// The network's outputs for those of its inputs that change with w, before and after RowContext::features.
  using Network = std::function<torch::Tensor(const std::vector<torch::Tensor>& before,
                                              const std::vector<torch::Tensor>& after)>;
  /// F [rows, d] for w [rows, d] and theta [rows, 1] or [1, 1]; `rotated`, w times the condition's rotation,
  /// with a clipped prior only.
  torch::Tensor evaluate(const Network& network, const Conditions& conditions, const RowContext& context,
                         const torch::Tensor& w, const torch::Tensor& rotated,
                         const torch::Tensor& theta) const;

 private:
  GaussianResidual(const ModelSetup& setup, JointMoments moments, torch::Device device);
  Conditions make_conditions(const torch::Tensor& mask, const torch::Tensor& noise_std) const;
  RowContext make_context(const Conditions& conditions, const torch::Tensor& condition,
                          const torch::Tensor& noisy) const;

  JointMoments moments_;            // on the CPU
  JointMoments moments_on_device_;  // the same
  std::optional<ClippedPrior> clipped_;
  torch::Tensor mean_inferred_, stddev_inferred_, stddev_measured_;  // float32 on the device
  std::unique_ptr<const FlatNetwork> network_;
  // For training only:
  Conditions pool_;
  AngleDistribution angles_;
};

}  // namespace scorefem::diffusion
