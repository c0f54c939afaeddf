#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>

#include "diffusion/model/conditions.h"
#include "diffusion/model/gaussian_residual.h"
#include "diffusion/network/conditioned_network.h"

namespace scorefem::diffusion {

/// A GaussianResidual whose measurements are fixed: what samplers see of it.
class ConditionedResidual : public ConditionedModel {
 public:
  /// `context` without features, [rows]; `row` [rows]: the measurement of each row, for the network. `model`
  /// must outlive it.
  ConditionedResidual(const GaussianResidual& model, Conditions conditions, RowContext context,
                      std::shared_ptr<const ConditionedNetwork> network, torch::Tensor row);

  torch::Tensor score(const torch::Tensor& state, double t) override;
  torch::Tensor flow(const torch::Tensor& w, double theta) override;
  double initial_stddev(double t) const override;
  double initial_angle() const override;
  torch::Tensor relative_state(const torch::Tensor& w) const override;
  torch::Tensor relative_flow(const torch::Tensor& u, double theta) override;
  torch::Tensor absolute_state(const torch::Tensor& u) const override;
  torch::Tensor near_gaussian() const override;
  std::unique_ptr<ConditionedModel> select(const torch::Tensor& rows) const override;
  torch::Tensor to_physical(const torch::Tensor& state) const override;
  FlowDivergence flow_divergence(const torch::Tensor& u, double theta) const override;
  torch::Tensor to_learnt(const torch::Tensor& u) const override;
  torch::Tensor from_learnt(const torch::Tensor& learnt) const override;
  torch::Tensor log_volume() const override;

 private:
  /// With a quadratic centre what is not clipped, a linear fit, is wider than C.
  bool has_gaussian() const;
  /// On the device or the CPU, in the state's own type.
  torch::Tensor rotate(const torch::Tensor& w) const;
  torch::Tensor rotate_back(const torch::Tensor& x) const;
  /// The network at its moving columns.
  using OfMoving = std::function<torch::Tensor(const torch::Tensor&)>;
  /// F for a state, and the same rotated, in float32 on the device.
  torch::Tensor evaluate(const torch::Tensor& w, const torch::Tensor& rotated, double theta,
                         const OfMoving& network) const;
  /// The same for a state alone, in its own or the relative coordinates.
  torch::Tensor absolute(const torch::Tensor& w, double theta, const OfMoving& network) const;
  torch::Tensor relative(const torch::Tensor& u, double theta, const OfMoving& network) const;
  /// The network without derivatives.
  OfMoving fast() const {
    return [this](const torch::Tensor& moving) { return (*network_)(moving, row_); };
  }
  torch::Tensor learnt_of_state(const torch::Tensor& w) const;

  const GaussianResidual& model_;
  Conditions conditions_;
  RowContext context_;
  std::shared_ptr<const ConditionedNetwork> network_;
  torch::Tensor row_;
  torch::Tensor mean_rotated_, variance_;  // b and v, if there is such a Gaussian
};

}  // namespace scorefem::diffusion
