#include "diffusion/numerics/random_tensor.h"

#include <ATen/Parallel.h>

#include <numeric>
#include <utility>
#include <vector>

#include "diffusion/numerics/philox_tensor.h"

namespace scorefem::diffusion {

namespace {

using Numbers = void (CounterRandom::*)(std::uint64_t index, double* out, std::size_t n) const;

/// Fills [rows, columns] row by row on the CPU, in parallel: row i holds the numbers of index_of(i).
template <class IndexOf>
torch::Tensor fill_rows(const CounterRandom& random, Numbers numbers, const IndexOf& index_of,
                        std::int64_t rows, std::int64_t columns, torch::Dtype dtype) {
  torch::Tensor out = torch::empty({rows, columns}, torch::kFloat64);
  double* const data = out.data_ptr<double>();
  at::parallel_for(0, rows, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      (random.*numbers)(index_of(row), data + row * columns, static_cast<std::size_t>(columns));
  });
  return out.to(dtype);
}

auto following(std::uint64_t first_index) {
  return [first_index](std::int64_t row) { return first_index + static_cast<std::uint64_t>(row); };
}

auto listed(const torch::Tensor& index) {
  return [index = index.contiguous()](std::int64_t row) {
    return static_cast<std::uint64_t>(index.data_ptr<std::int64_t>()[row]);
  };
}

}  // namespace

torch::Tensor normal_tensor(const CounterRandom& random, std::uint64_t first_index, std::int64_t rows,
                            std::int64_t columns, torch::Dtype dtype) {
  return fill_rows(random, &CounterRandom::normals, following(first_index), rows, columns, dtype);
}

torch::Tensor normal_tensor(const CounterRandom& random, const torch::Tensor& index, std::int64_t columns,
                            torch::Dtype dtype) {
  if (!index.device().is_cpu()) return philox_normals(random, index, columns).to(dtype);
  return fill_rows(random, &CounterRandom::normals, listed(index), index.size(0), columns, dtype);
}

torch::Tensor uniform_tensor(const CounterRandom& random, std::uint64_t first_index, std::int64_t rows,
                             std::int64_t columns, torch::Dtype dtype) {
  return fill_rows(random, &CounterRandom::uniforms, following(first_index), rows, columns, dtype);
}

torch::Tensor uniform_tensor(const CounterRandom& random, const torch::Tensor& index, std::int64_t columns,
                             torch::Dtype dtype) {
  if (!index.device().is_cpu()) return philox_uniforms(random, index, columns).to(dtype);
  return fill_rows(random, &CounterRandom::uniforms, listed(index), index.size(0), columns, dtype);
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
