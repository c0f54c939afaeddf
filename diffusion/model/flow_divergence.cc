#include "diffusion/model/flow_divergence.h"

#include <torch/autograd.h>
#include <torch/types.h>

namespace scorefem::diffusion {

FlowDivergence with_divergence(const torch::Tensor& w, const torch::TensorOptions& options,
                               const std::function<torch::Tensor(const torch::Tensor&)>& field) {
  const torch::AutoGradMode with_gradients(true);
  const torch::Tensor state = w.to(options).detach().clone().requires_grad_(true);
  const torch::Tensor flow = field(state);
  const std::int64_t d = w.size(1);
  torch::Tensor divergence = torch::zeros({w.size(0)}, w.options());
  for (std::int64_t j = 0; j < d; ++j) {
    // The sum's derivative by a row is that row's own.
    const torch::Tensor gradient =
        torch::autograd::grad({flow.select(1, j).sum()}, {state}, {}, /*retain_graph=*/j + 1 < d)[0];
    divergence += gradient.select(1, j).detach().to(w.options());
  }
  return {flow.detach().to(w.options()), divergence};
}

}  // namespace scorefem::diffusion
