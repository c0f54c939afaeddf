#include "diffusion/numerics/row_multiply.h"

#include <ATen/Parallel.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <algorithm>

#include "diffusion/numerics/row_kernels.h"

namespace scorefem::diffusion {

namespace {

torch::Tensor multiply(const torch::Tensor& x, const torch::Tensor& matrices, const torch::Tensor& index,
                       bool transposed) {
  if (!x.device().is_cpu()) {
    if (matrices.size(0) == 1) return x.matmul(transposed ? matrices[0].t() : matrices[0]);
    const torch::Tensor selected = matrices.index_select(0, index);
    return torch::bmm(x.unsqueeze(1), transposed ? selected.transpose(1, 2) : selected).squeeze(1);
  }
  const std::int64_t rows = x.size(0), a = matrices.size(1), b = matrices.size(2);
  const torch::Tensor in = x.contiguous();
  torch::Tensor out = torch::empty({rows, transposed ? a : b}, x.options());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "row_multiply", [&] {
    const scalar_t* const all = matrices.data_ptr<scalar_t>();
    const std::int64_t* const of_row = index.data_ptr<std::int64_t>();
    const scalar_t* const from = in.data_ptr<scalar_t>();
    scalar_t* const to = out.data_ptr<scalar_t>();
    at::parallel_for(0, rows, 64, [&](std::int64_t begin, std::int64_t end) {
      StripedMatrix<scalar_t> matrix;
      for (std::int64_t row = begin; row < end;) {
        const std::int64_t* const last = std::find_if(
            of_row + row, of_row + end, [&](std::int64_t other) { return other != of_row[row]; });
        const std::int64_t n = last - (of_row + row);
        matrix.assign(all + of_row[row] * a * b, a, b, transposed);
        multiply_rows(from + row * matrix.n_rows(), matrix, n, to + row * matrix.n_columns());
        row += n;
      }
    });
  });
  return out;
}

class RowMultiply : public torch::autograd::Function<RowMultiply> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& matrices, const torch::Tensor& index, bool transposed) {
    context->save_for_backward({matrices, index});
    context->saved_data["transposed"] = transposed;
    return multiply(x, matrices, index, transposed);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const bool transposed = context->saved_data["transposed"].toBool();
    return {multiply(gradients[0], saved[0], saved[1], !transposed), torch::Tensor(), torch::Tensor(),
            torch::Tensor()};
  }
};

}  // namespace

torch::Tensor row_multiply(const torch::Tensor& x, const torch::Tensor& matrices, const torch::Tensor& index,
                           bool transposed) {
  return RowMultiply::apply(x, matrices, index, transposed);
}

}  // namespace scorefem::diffusion
