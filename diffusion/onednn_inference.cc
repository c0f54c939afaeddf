#include "diffusion/onednn_inference.h"

#include <ATen/Parallel.h>
#include <omp.h>
#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <oneapi/dnnl/dnnl.hpp>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "diffusion/mlp.h"

namespace scorefem::diffusion {

namespace {

using dnnl::memory;

/// Rows that go through all layers at once: their activations stay in the second-level cache.
constexpr std::int64_t kRows = 256;

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::primitive_attr fused(Activation activation) {
  dnnl::post_ops operations;
  if (activation == Activation::relu)
    operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
  else
    operations.append_eltwise(1.0F, dnnl::algorithm::eltwise_swish, 1.0F, 0.0F);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(operations);
  return attributes;
}

bool all_finite(const float* x, std::int64_t n) {
  float sum = 0.0F;  // of zeros, unless there is an infinity or a NaN
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += x[i] * 0.0F;
  return sum == 0.0F;
}

/// The network for `kRows` rows on the calling thread, its weights packed as oneDNN likes them.
class PackedNetwork {
 public:
  PackedNetwork(const Mlp& mlp, const float* parameters, Precision precision) : stream_(cpu()) {
    const auto hidden_type =
        precision == Precision::bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
    constexpr auto kRowMajor = memory::format_tag::ab;
    input_ = memory({{kRows, mlp.n_input()}, memory::data_type::f32, kRowMajor}, cpu());
    memory source({{kRows, mlp.n_input()}, hidden_type, kRowMajor}, cpu());
    convert_ = dnnl::reorder(input_, source);
    converted_ = source;
    for (std::size_t i = 0; i < mlp.layers().size(); ++i) {
      const MlpLayer& layer = mlp.layers()[i];
      const bool last = i + 1 == mlp.layers().size();
      const memory::desc source_shape({kRows, layer.n_input}, hidden_type, kRowMajor);
      const memory::desc any_weights({layer.n_input, layer.n_output}, hidden_type, memory::format_tag::any);
      const memory::desc bias_shape({1, layer.n_output}, memory::data_type::f32, kRowMajor);
      const memory::desc target_shape({kRows, layer.n_output}, last ? memory::data_type::f32 : hidden_type,
                                      kRowMajor);
      const dnnl::matmul::primitive_desc description(
          dnnl::matmul::desc(source_shape, any_weights, bias_shape, target_shape),
          last ? dnnl::primitive_attr() : fused(mlp.activation()), cpu());
      // oneDNN takes non-const pointers and reads only.
      auto* const weights = const_cast<float*>(parameters + layer.weight_offset);
      auto* const bias = const_cast<float*>(parameters + layer.bias_offset);
      memory plain({{layer.n_input, layer.n_output}, memory::data_type::f32, memory::format_tag::ba}, cpu(),
                   weights);
      memory packed(description.weights_desc(), cpu());
      dnnl::reorder(plain, packed).execute(stream_, plain, packed);
      memory target(target_shape, cpu());
      layers_.push_back({dnnl::matmul(description),
                         {{DNNL_ARG_SRC, source},
                          {DNNL_ARG_WEIGHTS, packed},
                          {DNNL_ARG_BIAS, memory(bias_shape, cpu(), bias)},
                          {DNNL_ARG_DST, target}}});
      source = target;
    }
    output_ = source;
  }

  /// `n` rows, at most kRows; the rest of the buffers holds what was there before.
  void evaluate(const float* input, std::int64_t n, float* output) {
    const auto n_input = input_.get_desc().dims()[1], n_output = output_.get_desc().dims()[1];
    std::copy(input, input + n * n_input, static_cast<float*>(input_.get_data_handle()));
    convert_.execute(stream_, input_, converted_);
    for (auto& [product, arguments] : layers_) product.execute(stream_, arguments);
    stream_.wait();
    const float* const result = static_cast<const float*>(output_.get_data_handle());
    std::copy(result, result + n * n_output, output);
    // The fused activations turn a NaN into a number: it must be seen.
    for (std::int64_t row = 0; row < n; ++row)
      if (!all_finite(input + row * n_input, n_input))
        std::fill_n(output + row * n_output, n_output, std::numeric_limits<float>::quiet_NaN());
  }

 private:
  struct Layer {
    dnnl::matmul product;
    std::unordered_map<int, memory> arguments;
  };

  dnnl::stream stream_;
  memory input_, converted_, output_;
  dnnl::reorder convert_;
  std::vector<Layer> layers_;
};

}  // namespace

bool has_bfloat16() {
  return dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core;
}

torch::Tensor onednn_inference(const Mlp& mlp, const torch::Tensor& parameters, const torch::Tensor& input,
                               Precision precision) {
  if (precision == Precision::bfloat16 && !has_bfloat16())
    throw std::invalid_argument("precision: bfloat16 needs a processor with AVX-512; take float32");
  const std::int64_t rows = input.size(0), n_input = mlp.n_input(), n_output = mlp.n_output();
  torch::Tensor output = torch::empty({rows, n_output}, input.options());
  const float* const p = parameters.data_ptr<float>();
  const float* const in = input.data_ptr<float>();
  float* const out = output.data_ptr<float>();
  const std::int64_t pieces = (rows + kRows - 1) / kRows;
  const int n_threads = static_cast<int>(std::clamp<std::int64_t>(pieces, 1, at::get_num_threads()));
  std::string failure;
#pragma omp parallel num_threads(n_threads)
  {
    const int thread = omp_get_thread_num(), team = omp_get_num_threads();
    // Each thread has a network of its own, which oneDNN must not split further.
    omp_set_num_threads(1);
    try {
      PackedNetwork network(mlp, p, precision);
      for (std::int64_t piece = pieces * thread / team; piece < pieces * (thread + 1) / team; ++piece) {
        const std::int64_t row = piece * kRows;
        network.evaluate(in + row * n_input, std::min(kRows, rows - row), out + row * n_output);
      }
    } catch (const std::exception& error) {
#pragma omp critical
      failure = error.what();
    }
  }
  if (!failure.empty()) throw std::runtime_error("oneDNN cannot evaluate the network: " + failure);
  return output;
}

}  // namespace scorefem::diffusion
