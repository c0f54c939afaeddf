#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "diffusion/model/model.h"
#include "diffusion/network/flat_network.h"
#include "diffusion/options/training_options.h"

namespace scorefem::diffusion {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// Rows of training data with all random numbers of the loss, on the model's device, physical units; float32
/// unless said otherwise.
struct Batch {
  torch::Tensor inferred;   //!< [n, n_inferred] float64
  torch::Tensor measured;   //!< [n, n_measured] noise-free, float64
  torch::Tensor noise;      //!< [n, n_measured] standard normal
  torch::Tensor mask;       //!< [n, n_measured]
  torch::Tensor noise_std;  //!< [n]
  torch::Tensor condition;  //!< [n] uniform in (0, 1), ascending, float64: for models that draw (mask, level)
                            //!< themselves
  torch::Tensor time;       //!< [n] uniform in (0, 1), float64
  torch::Tensor normal;     //!< [n, n_inferred] z of the loss
};

/// The side of a model that training and checkpoints see. Its numbers are the flat parameter vector of its
/// network and fixed `buffers` (normalisation, moments) taken from the training data.
class TrainableModel : public Model {
 public:
  TrainableModel(const ModelSetup& setup, torch::Device device);

  const Process& process() const override { return *process_; }
  const ModelOptions& options() const override { return setup_.model; }
  const NoiseRange& noise() const override { return setup_.noise; }
  std::int64_t n_inferred() const override { return setup_.n_inferred; }
  std::int64_t n_measured() const override { return setup_.n_measured; }

  void check(const Measurements& measurements) const override;

  const ModelSetup& setup() const { return setup_; }
  torch::Device device() const override { return device_; }
  /// Weights that score() and flow() use, [n_parameters], float32, on the model's device.
  const torch::Tensor& parameters() const { return parameters_; }
  void set_parameters(torch::Tensor parameters) { parameters_ = std::move(parameters); }

  virtual const FlatNetwork& network() const = 0;
  /// Weights to start training from, float32 on the CPU.
  virtual torch::Tensor initial_parameters(const CounterRandom& random) const;
  /// What training takes for the unknowns of `pairs`, its own part, [n, d] float64: undefined if that is what
  /// they are.
  virtual torch::Tensor training_unknowns(const PairRows& pairs) const;
  /// Called once before loss(): whatever training needs and a checkpoint need not keep. `pairs`: the training
  /// part.
  virtual void prepare_training(const PairRows& pairs, const TrainingOptions& options);
  /// Mean over rows and components of the squared error that training minimises, a scalar; differentiable in
  /// `parameters`. Everything happens on the model's device, and nothing waits for it.
  virtual torch::Tensor loss(const torch::Tensor& parameters, const Batch& batch) const = 0;
  /// What a checkpoint keeps besides the weights, float64 on the CPU.
  virtual NamedTensors buffers() const = 0;

 private:
  ModelSetup setup_;
  std::unique_ptr<Process> process_;
  torch::Device device_;
  torch::Tensor parameters_;
};

}  // namespace scorefem::diffusion
