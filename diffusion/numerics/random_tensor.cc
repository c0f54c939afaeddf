#include "diffusion/numerics/random_tensor.h"

#include <ATen/Parallel.h>

#include <numeric>
#include <utility>
#include <vector>

namespace scorefem::diffusion {

namespace {

/// Fills [rows, columns] row by row with `draw(index, out)`, in parallel: each row depends on its index only.
template <class Draw>
torch::Tensor fill_rows(std::int64_t rows, std::int64_t columns, torch::Dtype dtype, const Draw& draw) {
  torch::Tensor out = torch::empty({rows, columns}, torch::kFloat64);
  double* const data = out.data_ptr<double>();
  at::parallel_for(0, rows, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      draw(static_cast<std::uint64_t>(row), data + row * columns);
  });
  return out.to(dtype);
}

}  // namespace

torch::Tensor normal_tensor(const CounterRandom& random, std::uint64_t first_index, std::int64_t rows,
                            std::int64_t columns, torch::Dtype dtype) {
  return fill_rows(rows, columns, dtype, [&](std::uint64_t row, double* out) {
    random.normals(first_index + row, out, static_cast<std::size_t>(columns));
  });
}

torch::Tensor uniform_tensor(const CounterRandom& random, std::uint64_t first_index, std::int64_t rows,
                             std::int64_t columns, torch::Dtype dtype) {
  return fill_rows(rows, columns, dtype, [&](std::uint64_t row, double* out) {
    random.uniforms(first_index + row, out, static_cast<std::size_t>(columns));
  });
}

torch::Tensor permutation(const CounterRandom& random, std::uint64_t index, std::int64_t n) {
  torch::Tensor order = torch::arange(n, torch::kInt64);
  std::vector<std::uint64_t> words(static_cast<std::size_t>(n));
  random.words(index, words.data(), words.size());
  std::int64_t* const data = order.data_ptr<std::int64_t>();
  // Fisher-Yates; the modulo's bias is below n / 2^64.
  for (std::int64_t i = n - 1; i > 0; --i) {
    const auto j =
        static_cast<std::int64_t>(words[static_cast<std::size_t>(i)] % static_cast<std::uint64_t>(i + 1));
    std::swap(data[i], data[j]);
  }
  return order;
}

}  // namespace scorefem::diffusion
