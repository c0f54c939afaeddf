#include "diffusion/model/make_model.h"

#include <stdexcept>

#include "diffusion/model/gaussian_residual.h"
#include "diffusion/model/score_mlp.h"

namespace scorefem::diffusion {

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
