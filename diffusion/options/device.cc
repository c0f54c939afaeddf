#include "diffusion/options/device.h"

#include <torch/torch.h>

#include <stdexcept>

namespace scorefem::diffusion {

torch::Device resolve_device(Device device) {
  const bool available = torch::cuda::is_available();
  if (device == Device::cuda && !available)
    throw std::invalid_argument(
        "device cuda: this machine, or this LibTorch, has no CUDA; allowed here: auto, cpu");
  return device != Device::cpu && available ? torch::Device(torch::kCUDA) : torch::Device(torch::kCPU);
}

}  // namespace scorefem::diffusion
