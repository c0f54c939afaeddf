#include "diffusion/network/cpu_inference.h"

#include <ATen/Parallel.h>
#include <omp.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "diffusion/network/conditioned_network.h"
#include "diffusion/network/mlp.h"
#include "diffusion/network/onednn_primitives.h"
#include "diffusion/numerics/team.h"

namespace scorefem::diffusion {

namespace {

using dnnl::memory;

constexpr auto kRowMajor = memory::format_tag::ab;

/// Rows that go through all layers at once: the activations of the first number stay in the second-level
/// cache; what is left over goes in pieces of the second.
constexpr std::array<std::int64_t, 2> kRows = {256, 64};

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

bool all_finite(const float* x, std::int64_t n) {
  float sum = 0.0F;  // of zeros, unless there is an infinity or a NaN
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += x[i] * 0.0F;
  return sum == 0.0F;
}

}  // namespace

/// Packed weights, and for each number of rows the layers' products, which no evaluation changes; and the
/// buffers that evaluations have done with.
class CpuInference::Network {
 public:
  using ProductDescription = dnnl::matmul::primitive_desc;

  struct Layer {
    std::array<ProductDescription, kRows.size()> descriptions;
    std::array<dnnl::matmul, kRows.size()> products;
    memory weights, bias;  // the first layer's bias is part of the offset
    std::int64_t n_input, n_output;
  };

  /// Buffers of one thread, and the layers' arguments in them.
  class Workspace {
   public:
    explicit Workspace(const Network& network) : network_(network), stream_(cpu()) {
      const auto n_layers = network.layers().size();
      std::vector<memory> buffers = {
          memory({{kRows[0], network.n_input()}, network.type(), kRowMajor}, cpu())};
      for (const auto& layer : network.layers())
        buffers.emplace_back(layer.descriptions[0].dst_desc(), cpu());
      input_ = memory({{kRows[0], network.n_input()}, memory::data_type::f32, kRowMajor}, cpu());
      for (std::size_t size = 0; size < kRows.size(); ++size)
        for (std::size_t i = 0; i < n_layers; ++i) {
          const auto& layer = network.layers()[i];
          const auto& description = layer.descriptions[size];
          arguments_[size].push_back(
              {{DNNL_ARG_SRC, memory(description.src_desc(), cpu(), buffers[i].get_data_handle())},
               {DNNL_ARG_WEIGHTS, layer.weights},
               {DNNL_ARG_DST, memory(description.dst_desc(), cpu(), buffers[i + 1].get_data_handle())},
               {DNNL_ARG_SCRATCHPAD, memory(description.scratchpad_desc(), cpu())}});
          if (i > 0) arguments_[size].back().insert({DNNL_ARG_BIAS, layer.bias});
        }
      source_ = buffers.front();
      first_hidden_ = buffers[1];
      output_ = buffers.back();
      kept_ = std::move(buffers);
      if (network.type() != memory::data_type::f32) convert_ = dnnl::reorder(input_, source_);
    }

    /// `n` rows, at most kRows[size]; the rest of the buffers holds what was there before.
    /// @param offset [.., width] in the network's type; row i starts from offset[row ? row[i] : 0]
    void evaluate(std::size_t size, const float* input, std::int64_t n, const void* offset,
                  const std::int64_t* row, float* output) {
      const std::int64_t n_input = network_.n_input(), n_output = network_.n_output();
      const bool converts = network_.type() != memory::data_type::f32;
      std::copy(input, input + n * n_input,
                static_cast<float*>((converts ? input_ : source_).get_data_handle()));
      if (converts) convert_.execute(stream_, input_, source_);
      const auto bytes =
          static_cast<std::size_t>(network_.width()) * (converts ? sizeof(std::uint16_t) : sizeof(float));
      char* const hidden = static_cast<char*>(first_hidden_.get_data_handle());
      for (std::int64_t i = 0; i < n; ++i)
        std::memcpy(hidden + static_cast<std::size_t>(i) * bytes,
                    static_cast<const char*>(offset) + static_cast<std::size_t>(row ? row[i] : 0) * bytes,
                    bytes);
      for (std::size_t i = 0; i < network_.layers().size(); ++i)
        network_.layers()[i].products[size].execute(stream_, arguments_[size][i]);
      stream_.wait();
      const float* const result = static_cast<const float*>(output_.get_data_handle());
      std::copy(result, result + n * n_output, output);
    }

   private:
    const Network& network_;
    dnnl::stream stream_;
    memory input_, source_, first_hidden_, output_;
    std::vector<memory> kept_;
    dnnl::reorder convert_;
    std::array<std::vector<std::unordered_map<int, memory>>, kRows.size()> arguments_;
  };

  Network(const Mlp& mlp, const torch::Tensor& parameters, Precision precision, const Columns& fixed)
      : type_(precision == Precision::bfloat16 ? memory::data_type::bf16 : memory::data_type::f32),
        parameters_(parameters) {
    const auto views = mlp.named_views(parameters);
    const torch::NoGradGuard no_grad;
    first_weight_fixed_ = views[0].second.narrow(1, fixed.first, fixed.count);
    first_bias_ = views[1].second;
    dnnl::stream stream(cpu());
    for (std::size_t i = 0; i < mlp.layers().size(); ++i) {
      const MlpLayer& of_mlp = mlp.layers()[i];
      const bool first = i == 0, last = i + 1 == mlp.layers().size();
      Layer layer;
      layer.n_input = of_mlp.n_input - (first ? fixed.count : 0);
      layer.n_output = of_mlp.n_output;
      const memory::desc bias_shape({1, layer.n_output}, memory::data_type::f32, kRowMajor);
      memory::desc weights_shape({layer.n_input, layer.n_output}, type_, memory::format_tag::any);
      for (std::size_t size = 0; size < kRows.size(); ++size) {
        const memory::desc source({kRows[size], layer.n_input}, type_, kRowMajor);
        const memory::desc target({kRows[size], layer.n_output}, last ? memory::data_type::f32 : type_,
                                  kRowMajor);
        layer.descriptions[size] =
            product_description(cpu(), source, weights_shape, first ? nullptr : &bias_shape, target,
                                {/*adds=*/first, last ? std::nullopt : std::optional(mlp.activation())});
        layer.products[size] = dnnl::matmul(layer.descriptions[size]);
        weights_shape = layer.descriptions[size].weights_desc();  // one packing for all
      }
      // oneDNN takes non-const pointers and reads only.
      const torch::Tensor weight = first ? without_columns(views[0].second, fixed.first, fixed.count)
                                         : views[2 * i].second.contiguous();
      memory plain({{layer.n_input, layer.n_output}, memory::data_type::f32, memory::format_tag::ba}, cpu(),
                   weight.data_ptr<float>());
      layer.weights = memory(weights_shape, cpu());
      dnnl::reorder(plain, layer.weights).execute(stream, plain, layer.weights);
      stream.wait();
      layer.bias = memory(bias_shape, cpu(), views[2 * i + 1].second.data_ptr<float>());
      layers_.push_back(std::move(layer));
    }
  }

  memory::data_type type() const { return type_; }
  const std::vector<Layer>& layers() const { return layers_; }
  std::int64_t n_input() const { return layers_.front().n_input; }
  std::int64_t n_output() const { return layers_.back().n_output; }
  std::int64_t width() const { return layers_.front().n_output; }
  torch::Tensor offset(const torch::Tensor& features) const {
    return torch::addmm(first_bias_, features, first_weight_fixed_.t());
  }

  /// `work(workspace)`, on one that no other thread has.
  template <class Work>
  void with_workspace(const Work& work) const {
    std::unique_ptr<Workspace> workspace;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        workspace = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (!workspace) workspace = std::make_unique<Workspace>(*this);
    work(*workspace);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(workspace));
  }

 private:
  memory::data_type type_;
  torch::Tensor parameters_;  // keeps the biases
  torch::Tensor first_weight_fixed_, first_bias_;
  std::vector<Layer> layers_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Workspace>> idle_;
};

bool has_bfloat16() {
  return dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core;
}

CpuInference::CpuInference(const Mlp& mlp, const torch::Tensor& parameters, Precision precision,
                           const Columns& fixed) {
  if (precision == Precision::bfloat16 && !has_bfloat16())
    throw std::invalid_argument("precision: bfloat16 needs a processor with AVX-512; take float32");
  network_ = std::make_unique<const Network>(mlp, parameters, precision, fixed);
}

CpuInference::~CpuInference() = default;

FirstLayerOffset CpuInference::offset(const torch::Tensor& features) const {
  const torch::NoGradGuard no_grad;
  const torch::Tensor sum = network_->offset(features);
  const auto type = network_->type() == memory::data_type::f32 ? torch::kFloat32 : torch::kBFloat16;
  return {sum.to(type).contiguous(), torch::isfinite(sum).all(1).logical_not()};
}

torch::Tensor CpuInference::operator()(const torch::Tensor& input, const FirstLayerOffset& offset,
                                       const torch::Tensor& row) const {
  const Network& network = *network_;
  const std::int64_t rows = input.size(0), n_input = network.n_input(), n_output = network.n_output();
  TORCH_CHECK(input.dim() == 2 && input.size(1) == n_input, "mlp: input must be [rows, ", n_input, "]");
  const torch::Tensor contiguous = input.contiguous();
  torch::Tensor output = torch::empty({rows, n_output}, input.options());
  const float* const in = contiguous.data_ptr<float>();
  const std::int64_t* const of_row = row.defined() ? row.data_ptr<std::int64_t>() : nullptr;
  const bool* const broken = offset.broken.data_ptr<bool>();
  float* const out = output.data_ptr<float>();
  const std::int64_t pieces = (rows + kRows[0] - 1) / kRows[0];
  const int n_threads = static_cast<int>(std::clamp<std::int64_t>(pieces, 1, at::get_num_threads()));
  try {
    for_each_piece(n_threads, [&](int thread) {
      // Each thread has buffers of its own, and oneDNN must not split its work further.
      omp_set_num_threads(1);
      network.with_workspace([&](Network::Workspace& workspace) {
        const std::int64_t end = std::min(rows, pieces * (thread + 1) / n_threads * kRows[0]);
        for (std::int64_t begin = pieces * thread / n_threads * kRows[0]; begin < end;) {
          const std::size_t size = end - begin >= kRows[0] ? 0 : 1;
          const std::int64_t n = std::min(kRows[size], end - begin);
          workspace.evaluate(size, in + begin * n_input, n, offset.sum.data_ptr(),
                             of_row ? of_row + begin : nullptr, out + begin * n_output);
          // The fused activations turn a NaN into a number: it must be seen.
          for (std::int64_t i = begin; i < begin + n; ++i)
            if (broken[of_row ? of_row[i] : 0] || !all_finite(in + i * n_input, n_input))
              std::fill_n(out + i * n_output, n_output, std::numeric_limits<float>::quiet_NaN());
          begin += n;
        }
      });
    });
  } catch (const dnnl::error& error) {
    throw std::runtime_error(std::string("oneDNN cannot evaluate the network: ") + error.what());
  }
  return output;
}

}  // namespace scorefem::diffusion
