#include "diffusion/numerics/library_versions.h"

#include <torch/version.h>

#include <oneapi/dnnl/dnnl.hpp>

namespace scorefem::diffusion {

std::vector<std::pair<std::string, std::string>> library_versions() {
  const dnnl_version_t* dnnl = dnnl_version();
  return {{"LibTorch", TORCH_VERSION},
          {"oneDNN", std::to_string(dnnl->major) + "." + std::to_string(dnnl->minor) + "." +
                         std::to_string(dnnl->patch)}};
}

}  // namespace scorefem::diffusion
