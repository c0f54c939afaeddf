#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "diffusion/model/gaussian_conditional.h"
#include "diffusion/model/trainable_model.h"
#include "diffusion/model/unclipped_conditional.h"

namespace scorefem::diffusion {

/// A network on top of the closed-form conditional of the joint Gaussian fit. What is diffused is the
/// whitened residual r = C^(-1/2) (x - mu(y)); with w = cos(theta) r + sin(theta) z the network F minimises
/// || F - (sin(theta) r - cos(theta) z) ||^2, so that the probability flow is dw/dtheta = -F, from theta =
/// pi/2, where w is exactly N(0, I), to 0, and F = 0 is exact for a Gaussian (TrigFlow, Lu and Song 2024, on
/// a Gaussian base). mu and C are those of the sensors that are on at the noise level given, so that one
/// network serves every mask and level.
///
/// A prior that is clipped at 0 (ModelOptions::positive) is learnt before its clipping, and samples are
/// clipped. Its posterior is Gaussian where it keeps away from 0, and narrower than C by far in some
/// directions, as C is fitted to all pairs; that Gaussian's flow is an input of the network, and its weight
/// an output.
class GaussianResidual : public TrainableModel {
 public:
  GaussianResidual(const ModelSetup& setup, const PairRows& pairs, torch::Device device);
  GaussianResidual(const ModelSetup& setup, const NamedTensors& buffers, torch::Device device);

  const Mlp& mlp() const override { return mlp_; }
  /// The output layer starts at 0, that is, with the Gaussian itself.
  torch::Tensor initial_parameters(const CounterRandom& random) const override;
  void prepare_training(const PairRows& pairs, const TrainingOptions& options) override;
  torch::Tensor loss(const torch::Tensor& parameters, const Batch& batch) const override;
  NamedTensors buffers() const override;
  std::unique_ptr<ConditionedModel> condition(const Measurements& measurements, const torch::Tensor& row_of,
                                              Precision precision) const override;

 private:
  class Conditioned;

  /// Conditions (mask, level) with their Gaussian conditionals, float32 on the device unless said otherwise.
  struct Conditions {
    torch::Tensor mask;              //!< [n, m]
    torch::Tensor noise_std;         //!< [n] float64
    torch::Tensor log_noise;         //!< [n, 1]
    GaussianConditional gaussian;    //!< its gain in float64: without noise large terms cancel
    UnclippedConditional unclipped;  //!< with a clipped prior only; its gain in float64

    /// All of the parts, which are left empty.
    static Conditions joined(std::vector<Conditions>& parts);
  };

  /// What stays the same for a row while its state changes.
  struct Context {
    torch::Tensor condition;  //!< [rows] index into the conditions
    torch::Tensor mean;       //!< [rows, d] mu(y), physical, float64
    torch::Tensor stddev;     //!< [rows, d] of C
    torch::Tensor features;   //!< [rows, n] inputs of the network that depend on the measurement only
    // With a clipped prior only, in the rotated coordinates of UnclippedConditional:
    torch::Tensor unclipped_mean;      //!< [rows, d] of w if nothing were clipped
    torch::Tensor unclipped_variance;  //!< [rows, d]
    torch::Tensor nearest;  //!< [rows, 1] least distance from 0 of what is not clipped, over its stddev

    /// The same for some of the rows: int64 [n], indices.
    Context select(const torch::Tensor& rows) const;
  };

  GaussianResidual(const ModelSetup& setup, JointMoments moments, std::optional<ClippedResponse> response,
                   torch::Device device);
  Conditions make_conditions(const torch::Tensor& mask, const torch::Tensor& noise_std) const;
  Conditions make_conditions_at_once(const torch::Tensor& mask, const torch::Tensor& noise_std) const;
  Context make_context(const Conditions& conditions, const torch::Tensor& condition,
                       const torch::Tensor& noisy) const;
  /// Completes a context with what a clipped prior needs. `deviation` [rows, m]: from the mean measurement.
  void add_unclipped(const Conditions& conditions, const torch::Tensor& deviation, Context& context) const;
  /// F [rows, d] if nothing were clipped. `rotated` [rows, d]: w times the condition's rotation.
  torch::Tensor unclipped_flow(const Conditions& conditions, const Context& context,
                               const torch::Tensor& rotated, const torch::Tensor& cosine,
                               const torch::Tensor& sine) const;
  /// The network's outputs for those of its inputs that change with w, before and after Context::features.
  using Network = std::function<torch::Tensor(const std::vector<torch::Tensor>& before,
                                              const std::vector<torch::Tensor>& after)>;
  /// F [rows, d] for w [rows, d] and theta [rows, 1] or [1, 1]; `rotated` with a clipped prior only.
  torch::Tensor evaluate(const Network& network, const Conditions& conditions, const Context& context,
                         const torch::Tensor& w, const torch::Tensor& rotated,
                         const torch::Tensor& theta) const;

  JointMoments moments_;                                             // on the CPU
  std::optional<ClippedResponse> response_;                          // on the CPU; with a clipped prior only
  torch::Tensor mean_inferred_, stddev_inferred_, stddev_measured_;  // float32 on the device
  // [m] float64 on the device, with a clipped prior only: from what the mean measurement would be without
  // clipping to what it is.
  torch::Tensor unclipped_shift_;
  Mlp mlp_;
  Conditions pool_;  // for training only
};

}  // namespace scorefem::diffusion
