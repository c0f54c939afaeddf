#pragma once

#include "diffusion/model/min_max_scaling.h"
#include "diffusion/model/trainable_model.h"
#include "diffusion/network/mlp.h"

namespace scorefem::diffusion {

/// The paper's model: a fully connected network whose output is the raw score S(x_t, y, t) in min-max
/// normalised coordinates, trained with Eq. (45). Its input is [x_t, y, mask if masked, time embedding]; y is
/// noisy, its extrema are those of the noisy training measurements, and a sensor that is off reads -1.
class ScoreMlp : public TrainableModel {
 public:
  ScoreMlp(const ModelSetup& setup, const PairRows& pairs, torch::Device device);
  ScoreMlp(const ModelSetup& setup, const NamedTensors& buffers, torch::Device device);

  const FlatNetwork& network() const override { return mlp_; }
  torch::Tensor loss(const torch::Tensor& parameters, const Batch& batch) const override;
  NamedTensors buffers() const override;
  std::unique_ptr<ConditionedModel> condition(const Measurements& measurements, const torch::Tensor& row_of,
                                              Precision precision) const override;

 private:
  class Conditioned;
  ScoreMlp(const ModelSetup& setup, const MinMaxScaling& inferred, const MinMaxScaling& measured,
           torch::Device device);
  /// [y, mask if masked] as the network sees them, float32.
  torch::Tensor measurement_features(const torch::Tensor& noisy, const torch::Tensor& mask) const;

  Mlp mlp_;
  MinMaxScaling inferred_, measured_;  // on the device
};

}  // namespace scorefem::diffusion
