#include "diffusion/numerics/captured_work.h"

#include <torch/cuda.h>
#include <torch/types.h>

#ifdef SCOREFEM_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace scorefem::diffusion {

#ifdef SCOREFEM_CUDA

struct CapturedWork::Graph {
  at::cuda::CUDAGraph graph;
};

bool CapturedWork::is_possible(torch::Device device) {
  return device.is_cuda();
}

CapturedWork::CapturedWork(const std::function<void()>& work) : graph_(std::make_unique<Graph>()) {
  torch::cuda::synchronize();
  // A stream of its own: the default one cannot be recorded.
  const c10::cuda::CUDAStreamGuard guard(c10::cuda::getStreamFromPool());
  graph_->graph.capture_begin();
  try {
    work();
  } catch (...) {
    try {
      graph_->graph.capture_end();
    } catch (const std::exception&) {  // the first error says why
    }
    throw;
  }
  graph_->graph.capture_end();
}

CapturedWork::~CapturedWork() = default;

void CapturedWork::repeat() {
  graph_->graph.replay();
}

#else

struct CapturedWork::Graph {};

bool CapturedWork::is_possible(torch::Device) {
  return false;
}

CapturedWork::CapturedWork(const std::function<void()>&) {
  TORCH_CHECK(false, "this program was built without CUDA");
}

CapturedWork::~CapturedWork() = default;

void CapturedWork::repeat() {}

#endif

}  // namespace scorefem::diffusion
