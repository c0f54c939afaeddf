#include "diffusion/numerics/library_versions.h"

#include <torch/version.h>

#ifdef SCOREFEM_ONEDNN
#include <oneapi/dnnl/dnnl.hpp>
#endif

namespace scorefem::diffusion {

std::vector<std::pair<std::string, std::string>> library_versions() {
  std::vector<std::pair<std::string, std::string>> versions = {{"LibTorch", TORCH_VERSION}};
#ifdef SCOREFEM_ONEDNN
  const dnnl_version_t* dnnl = dnnl_version();
  versions.emplace_back("oneDNN", std::to_string(dnnl->major) + "." + std::to_string(dnnl->minor) + "." +
                                      std::to_string(dnnl->patch));
#endif
  return versions;
}

}  // namespace scorefem::diffusion
