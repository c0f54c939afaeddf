#include "diffusion/network/linear_map.h"

#include <torch/autograd.h>
#include <torch/nn/functional/linear.h>
#include <torch/types.h>

#include "diffusion/network/mlp_kernels.h"
#include "diffusion/network/sgemm.h"

namespace scorefem::diffusion {

namespace {

torch::Tensor product(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  const std::int64_t rows = x.size(0), n_in = weight.size(1), n_out = weight.size(0);
  torch::Tensor result = torch::empty({rows, n_out}, x.options());
  sgemm('N', 'T', rows, n_out, n_in, x.data_ptr<float>(), n_in, weight.data_ptr<float>(), n_in, 0.0F,
        result.data_ptr<float>(), n_out);
  add_bias(result.data_ptr<float>(), bias.data_ptr<float>(), rows, n_out);
  return result;
}

class LinearFunction : public torch::autograd::Function<LinearFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias) {
    context->save_for_backward({x, weight});
    return product(x, weight, bias);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &weight = saved[1];
    const torch::Tensor upper = gradients[0].contiguous();
    const std::int64_t rows = x.size(0), n_in = weight.size(1), n_out = weight.size(0);
    torch::Tensor of_x, of_weight, of_bias;
    if (context->needs_input_grad(0)) {
      of_x = torch::empty_like(x);
      sgemm('N', 'N', rows, n_in, n_out, upper.data_ptr<float>(), n_out, weight.data_ptr<float>(), n_in, 0.0F,
            of_x.data_ptr<float>(), n_in);
    }
    if (context->needs_input_grad(1)) {
      of_weight = torch::empty_like(weight);
      sgemm('T', 'N', n_out, n_in, rows, upper.data_ptr<float>(), n_out, x.data_ptr<float>(), n_in, 0.0F,
            of_weight.data_ptr<float>(), n_in);
    }
    if (context->needs_input_grad(2)) {
      of_bias = torch::empty({n_out}, x.options());
      sum_rows(upper.data_ptr<float>(), rows, n_out, of_bias.data_ptr<float>());
    }
    return {of_x, of_weight, of_bias};
  }
};

}  // namespace

torch::Tensor linear_map(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  if (!x.device().is_cpu() || x.scalar_type() != torch::kFloat32)
    return torch::nn::functional::linear(x, weight, bias);
  const torch::Tensor contiguous = x.contiguous(), w = weight.contiguous(), b = bias.contiguous();
  const bool differentiable =
      torch::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad() || bias.requires_grad());
  return differentiable ? LinearFunction::apply(contiguous, w, b) : product(contiguous, w, b);
}

}  // namespace scorefem::diffusion
