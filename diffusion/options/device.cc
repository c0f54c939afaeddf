#include "diffusion/options/device.h"

#include <torch/cuda.h>
#include <torch/types.h>

#include <stdexcept>
#include <string>

#include "diffusion/numerics/warnings.h"

namespace scorefem::diffusion {
namespace {

/// Why nothing can be computed on the CUDA device that is there: a LibTorch without kernels for it, no memory
/// left, another process that has it alone; empty if it can.
std::string cuda_trouble() {
  try {
    const torch::Tensor ones = torch::ones({16, 16}, torch::kCUDA);
    ones.matmul(ones).sum().item<float>();
    return "";
  } catch (const std::exception& error) {
    const std::string text = error.what();  // with a trace of calls in the lines behind the first
    return text.substr(0, text.find('\n'));
  }
}

/// Asked once: a device does not change while a program runs.
bool cuda_computes() {
  static const bool computes = [] {
    const std::string trouble = cuda_trouble();
    if (!trouble.empty()) warn("device", "device auto: the CPU is used, as the GPU cannot be: " + trouble);
    return trouble.empty();
  }();
  return computes;
}

}  // namespace

torch::Device resolve_device(Device device) {
  const bool available = torch::cuda::is_available();
  if (device == Device::cuda && !available)
    throw std::invalid_argument(
        "device cuda: this machine, or this LibTorch, has no CUDA; allowed here: auto, cpu");
  if (device == Device::cpu || !available) return torch::kCPU;
  return device == Device::cuda || cuda_computes() ? torch::kCUDA : torch::kCPU;
}

}  // namespace scorefem::diffusion
