#pragma once

namespace scorefem::diffusion {

/// Sets the CPU threads of LibTorch, OpenMP and hence oneDNN for the calling thread; 0: all cores that the
/// process may use. Explicit because MPI launchers and other libraries often leave a process with a single
/// thread.
void set_threads(int threads);

}  // namespace scorefem::diffusion
