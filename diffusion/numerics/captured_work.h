#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>

namespace scorefem::diffusion {

/// Work on a CUDA device that is recorded once and then repeated as a single launch (a CUDA graph), which
/// takes the host's time for hundreds of small operations out of each repetition.
class CapturedWork {
 public:
  /// Whether this build can record work for that device.
  static bool is_possible(torch::Device device);

  /// Records `work`, which is not done by that. It must not wait for the device, send it anything or allocate
  /// what outlives it, and must have been done before, so that libraries are set up; it finds its inputs and
  /// leaves its results where they are each time. Throws c10::Error if it cannot be recorded.
  explicit CapturedWork(const std::function<void()>& work);
  ~CapturedWork();
  CapturedWork(const CapturedWork&) = delete;
  CapturedWork& operator=(const CapturedWork&) = delete;

  /// Does it once more, behind what the device has been given so far.
  void repeat();

 private:
  struct Graph;
  std::unique_ptr<Graph> graph_;
};

}  // namespace scorefem::diffusion
