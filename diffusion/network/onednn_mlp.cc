#include "diffusion/network/cpu_mlp.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include <utility>
#include <vector>

#include "diffusion/network/cpu_inference.h"
#include "diffusion/network/mlp.h"
#include "diffusion/network/mlp_kernels.h"
#include "diffusion/network/sgemm.h"
#include "diffusion/numerics/team.h"
#include "diffusion/numerics/threads.h"

namespace scorefem::diffusion {

namespace {

/// hidden = activation(input W^T + b) for a range of rows; `pre_activation` may be null.
void hidden_layer(const MlpLayer& layer, Activation activation, const float* parameters, const float* input,
                  std::int64_t rows, float* pre_activation, float* hidden) {
  sgemm('N', 'T', rows, layer.n_output, layer.n_input, input, layer.n_input, parameters + layer.weight_offset,
        layer.n_input, 0.0F, hidden, layer.n_output);
  const float* bias = parameters + layer.bias_offset;
  if (activation == Activation::relu)
    add_bias_relu(hidden, bias, rows, layer.n_output);
  else
    add_bias_silu(hidden, pre_activation, bias, rows, layer.n_output);
}

void output_layer(const MlpLayer& layer, const float* parameters, const float* input, std::int64_t rows,
                  float* output) {
  sgemm('N', 'T', rows, layer.n_output, layer.n_input, input, layer.n_input, parameters + layer.weight_offset,
        layer.n_input, 0.0F, output, layer.n_output);
  add_bias(output, parameters + layer.bias_offset, rows, layer.n_output);
}

class OnednnMlpFunction : public torch::autograd::Function<OnednnMlpFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& parameters,
                               const torch::Tensor& input, const Mlp* mlp) {
    const std::int64_t rows = input.size(0);
    const auto& layers = mlp->layers();
    const auto n_hidden = static_cast<std::int64_t>(layers.size()) - 1;
    const std::int64_t width = layers.front().n_output;
    const bool keep_pre_activation = mlp->activation() != Activation::relu;
    torch::Tensor hidden = torch::empty({n_hidden, rows, width}, input.options());
    torch::Tensor pre_activation =
        keep_pre_activation ? torch::empty({n_hidden, rows, width}, input.options()) : torch::Tensor();
    torch::Tensor output = torch::empty({rows, mlp->n_output()}, input.options());
    const float* const p = parameters.data_ptr<float>();
    const float* const in = input.data_ptr<float>();
    float* const h = hidden.data_ptr<float>();
    float* const z = keep_pre_activation ? pre_activation.data_ptr<float>() : nullptr;
    float* const out = output.data_ptr<float>();
    const int n_pieces = pieces_for(rows);
    for_each_piece(n_pieces, [&](int piece) {
      const RowsOfPiece range = rows_of_piece(rows, piece, n_pieces);
      const std::int64_t n = range.end - range.begin;
      const float* layer_input = in + range.begin * mlp->n_input();
      for (std::int64_t i = 0; i < n_hidden; ++i) {
        const std::int64_t offset = (i * rows + range.begin) * width;
        hidden_layer(layers[static_cast<std::size_t>(i)], mlp->activation(), p, layer_input, n,
                     z ? z + offset : nullptr, h + offset);
        layer_input = h + offset;
      }
      output_layer(layers.back(), p, layer_input, n, out + range.begin * mlp->n_output());
    });
    context->save_for_backward({parameters, input, hidden, pre_activation});
    context->saved_data["mlp"] = reinterpret_cast<std::int64_t>(mlp);
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &parameters = saved[0], &input = saved[1], &hidden = saved[2],
                        &pre_activation = saved[3];
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the context keeps numbers and tensors only
    const Mlp* mlp = reinterpret_cast<const Mlp*>(context->saved_data["mlp"].toInt());
    const torch::Tensor output_gradient = gradients[0].contiguous();
    const std::int64_t rows = input.size(0);
    const auto& layers = mlp->layers();
    const std::int64_t width = layers.front().n_output;
    const bool parameters_wanted = context->needs_input_grad(0);
    const bool input_wanted = context->needs_input_grad(1);
    const int n_pieces = pieces_for(rows);

    torch::Tensor piece_gradients = torch::empty({n_pieces, mlp->n_parameters()}, input.options());
    torch::Tensor input_gradient = input_wanted ? torch::empty_like(input) : torch::Tensor();
    const float* const p = parameters.data_ptr<float>();
    const float* const h = hidden.data_ptr<float>();
    const float* const z = pre_activation.defined() ? pre_activation.data_ptr<float>() : nullptr;
    float* const all_gradients = piece_gradients.data_ptr<float>();

    for_each_piece(n_pieces, [&](int piece) {
      const RowsOfPiece range = rows_of_piece(rows, piece, n_pieces);
      const std::int64_t n = range.end - range.begin;
      float* const g = all_gradients + piece * mlp->n_parameters();
      std::vector<float> buffer(static_cast<std::size_t>(2 * n * width));
      const float* upper = output_gradient.data_ptr<float>() + range.begin * mlp->n_output();
      float* lower = buffer.data();
      float* spare = buffer.data() + n * width;
      for (std::size_t i = layers.size(); i-- > 0;) {
        const MlpLayer& layer = layers[i];
        const std::int64_t offset = (static_cast<std::int64_t>(i) * rows - rows + range.begin) * width;
        const float* layer_input = i > 0 ? h + offset : input.data_ptr<float>() + range.begin * layer.n_input;
        if (parameters_wanted) {
          sgemm('T', 'N', layer.n_output, layer.n_input, n, upper, layer.n_output, layer_input, layer.n_input,
                0.0F, g + layer.weight_offset, layer.n_input);
          sum_rows(upper, n, layer.n_output, g + layer.bias_offset);
        }
        if (i == 0 && !input_wanted) break;
        float* target = i > 0 ? lower : input_gradient.data_ptr<float>() + range.begin * layer.n_input;
        sgemm('N', 'N', n, layer.n_input, layer.n_output, upper, layer.n_output, p + layer.weight_offset,
              layer.n_input, 0.0F, target, layer.n_input);
        if (i == 0) break;
        if (mlp->activation() == Activation::relu)
          multiply_by_relu_slope(target, h + offset, n * width);
        else
          multiply_by_silu_slope(target, z + offset, n * width);
        upper = target;
        std::swap(lower, spare);
      }
    });
    return {piece_gradients.sum(0), input_gradient, torch::Tensor()};
  }
};

}  // namespace

torch::Tensor cpu_mlp(const Mlp& mlp, const torch::Tensor& parameters, const torch::Tensor& input,
                      Precision precision) {
  TORCH_CHECK(input.dim() == 2 && input.size(1) == mlp.n_input(), "mlp: input must be [rows, ", mlp.n_input(),
              "]");
  const torch::Tensor contiguous = input.contiguous();
  const bool differentiable =
      torch::GradMode::is_enabled() && (parameters.requires_grad() || input.requires_grad());
  if (!differentiable) {
    const CpuInference inference(mlp, parameters, precision);
    return inference(contiguous, inference.offset(contiguous.new_empty({1, 0})));
  }
  return OnednnMlpFunction::apply(parameters, contiguous, &mlp);
}

}  // namespace scorefem::diffusion
