#include "diffusion/model/trainable_model.h"

#include <torch/types.h>

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace scorefem::diffusion {

TrainableModel::TrainableModel(const ModelSetup& setup, torch::Device device)
    : setup_(setup), process_(make_process(setup.process)), device_(device) {}

void TrainableModel::check(const Measurements& measurements) const {
  measurements.validate();
  std::ostringstream message;
  if (measurements.values.size(1) != n_measured()) {
    message << "measurements have " << measurements.values.size(1) << " columns, the model was trained with "
            << n_measured();
    throw std::invalid_argument(message.str());
  }
  if (!options().masked && !measurements.mask.eq(1).all().item<bool>())
    throw std::invalid_argument("a sensor is off, but the model was trained without masks");
  const double smallest = measurements.noise_std.min().item<double>();
  const double largest = measurements.noise_std.max().item<double>();
  if (!noise().serves(smallest) || !noise().serves(largest)) {
    message << "noise standard deviation in [" << smallest << ", " << largest
            << "], the model was trained for [" << noise().minimum << ", " << noise().maximum << "]";
    throw std::invalid_argument(message.str());
  }
}

torch::Tensor TrainableModel::initial_parameters(const CounterRandom& random) const {
  return network().initial_parameters(random);
}

void TrainableModel::prepare_training(const PairRows&, const TrainingOptions&) {}

torch::Tensor TrainableModel::training_unknowns(const PairRows&) const {
  return {};
}

}  // namespace scorefem::diffusion
