#include "diffusion/numerics/threads.h"

#include <ATen/Parallel.h>
#include <omp.h>

namespace scorefem::diffusion {

void set_threads(int threads) {
  const int n = threads > 0 ? threads : omp_get_num_procs();
  omp_set_num_threads(n);
  at::set_num_threads(n);
}

}  // namespace scorefem::diffusion
