#include "diffusion/network/row_parallel.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include "diffusion/numerics/team.h"
#include "diffusion/numerics/threads.h"

namespace scorefem::diffusion {

namespace {

/// The graph of a range of rows, between leaves of its own and its output.
struct Piece {
  std::vector<torch::Tensor> parts;
  torch::Tensor input, output;
};

struct Graph : torch::CustomClassHolder {
  RowFunction function;
  std::vector<Piece> pieces;
};

class RowsFunction : public torch::autograd::Function<RowsFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& parameters,
                               const torch::Tensor& input, const RowFunction* function, bool input_wanted) {
    auto graph = c10::make_intrusive<Graph>();
    graph->function = *function;
    const int n_pieces = pieces_for(input.size(0));
    graph->pieces.resize(static_cast<std::size_t>(n_pieces));
    for_each_piece(n_pieces, [&](int i) {
      const auto [begin, end] = rows_of_piece(input.size(0), i, n_pieces);
      Piece& piece = graph->pieces[static_cast<std::size_t>(i)];
      {
        const torch::NoGradGuard no_grad;
        piece.parts = function->parts(parameters.detach());
        for (torch::Tensor& part : piece.parts) part = part.detach().requires_grad_(true);
        piece.input = input.narrow(0, begin, end - begin).detach().requires_grad_(input_wanted);
      }
      const torch::AutoGradMode with_gradients(true);
      piece.output = function->output(piece.parts, piece.input);
    });
    std::vector<torch::Tensor> outputs;
    for (const Piece& piece : graph->pieces) outputs.push_back(piece.output.detach());
    context->saved_data["graph"] = c10::IValue::make_capsule(graph);
    context->saved_data["size"] = parameters.size(0);
    return torch::cat(outputs);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto graph = context->saved_data["graph"].toCapsule();
    const std::vector<Piece>& pieces = static_cast<const Graph&>(*graph).pieces;
    const bool parameters_wanted = context->needs_input_grad(0), input_wanted = context->needs_input_grad(1);
    const int n_pieces = static_cast<int>(pieces.size());
    torch::Tensor of_parameters, of_input;
    if (parameters_wanted)
      of_parameters = torch::empty({n_pieces, context->saved_data["size"].toInt()}, gradients[0].options());
    std::vector<torch::Tensor> of_inputs(pieces.size());
    std::vector<std::int64_t> begins = {0};
    for (const Piece& piece : pieces) begins.push_back(begins.back() + piece.output.size(0));
    const auto& function = static_cast<const Graph&>(*graph).function;
    for_each_piece(n_pieces, [&](int k) {
      const auto i = static_cast<std::size_t>(k);
      const Piece& piece = pieces[i];
      const torch::Tensor upper = gradients[0].narrow(0, begins[i], piece.output.size(0));
      std::vector<torch::Tensor> leaves;
      if (parameters_wanted) leaves = piece.parts;
      if (input_wanted) leaves.push_back(piece.input);
      const auto found = torch::autograd::grad({piece.output}, leaves, {upper}, /*retain_graph=*/true);
      const torch::NoGradGuard no_grad;
      if (parameters_wanted) {
        const auto targets = function.parts(of_parameters[k]);
        for (std::size_t j = 0; j < targets.size(); ++j) torch::Tensor(targets[j]).copy_(found[j]);
      }
      if (input_wanted) of_inputs[i] = found.back();
    });
    if (parameters_wanted) of_parameters = of_parameters.sum(0);
    if (input_wanted) of_input = torch::cat(of_inputs);
    return {of_parameters, of_input, torch::Tensor(), torch::Tensor()};
  }
};

}  // namespace

torch::Tensor evaluate_rows(const RowFunction& function, const torch::Tensor& parameters,
                            const torch::Tensor& input) {
  return RowsFunction::apply(parameters, input, &function, input.requires_grad());
}

}  // namespace scorefem::diffusion
