// What networks are evaluated with on the CPU in a build without oneDNN: LibTorch's own operations.
#include <torch/nn/functional/linear.h>
#include <torch/types.h>

#include <stdexcept>
#include <vector>

#include "diffusion/network/conditioned_network.h"
#include "diffusion/network/cpu_inference.h"
#include "diffusion/network/cpu_mlp.h"
#include "diffusion/network/linear_map.h"
#include "diffusion/network/mlp.h"

namespace scorefem::diffusion {

namespace {

void require_float32(Precision precision) {
  if (precision == Precision::bfloat16)
    throw std::invalid_argument("precision: bfloat16 on the CPU needs a build with oneDNN; take float32");
}

}  // namespace

torch::Tensor linear_map(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  return torch::nn::functional::linear(x, weight, bias);
}

torch::Tensor cpu_mlp(const Mlp& mlp, const torch::Tensor& parameters, const torch::Tensor& input,
                      Precision precision) {
  require_float32(precision);
  TORCH_CHECK(input.dim() == 2 && input.size(1) == mlp.n_input(), "mlp: input must be [rows, ", mlp.n_input(),
              "]");
  return mlp.evaluate_with_torch(parameters, input);
}

bool has_bfloat16() {
  return false;
}

class CpuInference::Network {
 public:
  Network(const Mlp& mlp, const torch::Tensor& parameters, const Columns& fixed)
      : relu_(mlp.activation() == Activation::relu) {
    for (auto& [name, view] : mlp.named_views(parameters.detach())) parts_.push_back(std::move(view));
    const torch::Tensor& first = parts_.front();
    fixed_ = first.narrow(1, fixed.first, fixed.count);
    moving_ = without_columns(first, fixed.first, fixed.count);
  }

  torch::Tensor offset(const torch::Tensor& features) const {
    return torch::addmm(parts_[1], features, fixed_.t());
  }

  torch::Tensor evaluate(const torch::Tensor& input, const torch::Tensor& offset) const {
    TORCH_CHECK(input.dim() == 2 && input.size(1) == moving_.size(1), "mlp: input must be [rows, ",
                moving_.size(1), "]");
    torch::Tensor hidden = torch::addmm(offset, input, moving_.t());
    for (std::size_t i = 2; i < parts_.size(); i += 2)
      hidden = linear_map(relu_ ? torch::relu(hidden) : torch::silu(hidden), parts_[i], parts_[i + 1]);
    return hidden;
  }

 private:
  bool relu_;
  std::vector<torch::Tensor> parts_;  // weight and bias of each layer
  torch::Tensor fixed_, moving_;      // columns of the first weight
};

CpuInference::CpuInference(const Mlp& mlp, const torch::Tensor& parameters, Precision precision,
                           const Columns& fixed) {
  require_float32(precision);
  network_ = std::make_unique<const Network>(mlp, parameters, fixed);
}

CpuInference::~CpuInference() = default;

FirstLayerOffset CpuInference::offset(const torch::Tensor& features) const {
  const torch::NoGradGuard no_grad;
  const torch::Tensor sum = network_->offset(features);
  return {sum, torch::isfinite(sum).all(1).logical_not()};
}

torch::Tensor CpuInference::operator()(const torch::Tensor& input, const FirstLayerOffset& offset,
                                       const torch::Tensor& row) const {
  const torch::NoGradGuard no_grad;
  return network_->evaluate(input, row.defined() ? offset.sum.index_select(0, row) : offset.sum);
}

}  // namespace scorefem::diffusion
