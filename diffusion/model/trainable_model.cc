#include "diffusion/model/trainable_model.h"

#include <torch/torch.h>

#include <cmath>
#include <sstream>
#include <stdexcept>

#include "diffusion/model/gaussian_residual.h"
#include "diffusion/model/score_mlp.h"

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
  constexpr double kSlack = 1e-3;  // relative: levels may have been printed and read back
  if (smallest < noise().minimum * (1.0 - kSlack) || largest > noise().maximum * (1.0 + kSlack)) {
    message << "noise standard deviation in [" << smallest << ", " << largest
            << "], the model was trained for [" << noise().minimum << ", " << noise().maximum << "]";
    throw std::invalid_argument(message.str());
  }
}

std::int64_t TrainableModel::condition_bytes() const {
  if (options().network == Network::mlp) return 0;
  // GaussianConditional: the gain, and two matrices in float64, then in float32, and one of them once more.
  // The features of the measurement exist a few times over while they are made.
  // UnclippedConditional: a gain, and two matrices in float64, then in float32.
  const std::int64_t d = n_inferred(), m = n_measured();
  const std::int64_t f = JointMoments::n_features(m, options().centre);
  const std::int64_t unclipped = options().positive ? 8 * m * d + 2 * (8 + 4) * d * d : 0;
  return 8 * f * d + (2 * 8 + 2 * 4 + 8) * d * d + unclipped + 5 * 8 * f;
}

torch::Tensor TrainableModel::initial_parameters(const CounterRandom& random) const {
  return mlp().initial_parameters(random);
}

void TrainableModel::prepare_training(const PairRows&, const TrainingOptions&) {}

namespace {

/// From training pairs or from the buffers of a checkpoint.
template <class Source>
std::unique_ptr<TrainableModel> make(const ModelSetup& setup, const Source& source, torch::Device device) {
  switch (setup.model.network) {
    case Network::mlp:
      return std::make_unique<ScoreMlp>(setup, source, device);
    case Network::gaussian_residual:
      return std::make_unique<GaussianResidual>(setup, source, device);
  }
  throw std::invalid_argument("model: unknown network");
}

}  // namespace

std::unique_ptr<TrainableModel> make_model(const ModelSetup& setup, const PairRows& pairs,
                                           torch::Device device) {
  return make(setup, pairs, device);
}

std::unique_ptr<TrainableModel> make_model(const ModelSetup& setup, const NamedTensors& buffers,
                                           torch::Device device) {
  return make(setup, buffers, device);
}

}  // namespace scorefem::diffusion
