#pragma once

#include <cstdint>

namespace scorefem::diffusion {

// Element-wise parts of a fully connected network on row-major float arrays [rows, columns]; serial.

/// x += bias.
void add_bias(float* x, const float* bias, std::int64_t rows, std::int64_t columns);
/// x = max(0, x + bias).
void add_bias_relu(float* x, const float* bias, std::int64_t rows, std::int64_t columns);
/// x = silu(x + bias), silu(v) = v / (1 + exp(-v)); stores v in `pre_activation`.
void add_bias_silu(float* x, float* pre_activation, const float* bias, std::int64_t rows,
                   std::int64_t columns);
/// gradient *= (hidden > 0).
void multiply_by_relu_slope(float* gradient, const float* hidden, std::int64_t n);
/// gradient *= silu'(pre_activation).
void multiply_by_silu_slope(float* gradient, const float* pre_activation, std::int64_t n);
/// sum[j] = sum_i x[i, j].
void sum_rows(const float* x, std::int64_t rows, std::int64_t columns, float* sum);

}  // namespace scorefem::diffusion
