#pragma once

#include <omp.h>

namespace scorefem::diffusion {

/// Runs `work(thread, team)` on each thread of a team of at most `n_threads`. It must not throw. Inside,
/// LibTorch and oneDNN run on the calling thread.
template <class Work>
void on_team(int n_threads, const Work& work) {
#pragma omp parallel num_threads(n_threads)
  work(omp_get_thread_num(), omp_get_num_threads());
}

}  // namespace scorefem::diffusion
