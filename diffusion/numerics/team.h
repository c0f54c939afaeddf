#pragma once

#include <omp.h>

namespace scorefem::diffusion {

/// Runs `work(piece)` for each of `n_pieces` pieces, on a team of as many threads or, if OpenMP grants fewer
/// (OMP_DYNAMIC, OMP_THREAD_LIMIT), in turns: what a piece computes does not depend on the team. It must not
/// throw. Inside, LibTorch, oneDNN and the BLAS run on the calling thread, unless there is a single piece.
template <class Work>
void for_each_piece(int n_pieces, const Work& work) {
#pragma omp parallel num_threads(n_pieces)
  {
    if (n_pieces > 1) omp_set_num_threads(1);  // a team of one does not count as a parallel region
    for (int piece = omp_get_thread_num(); piece < n_pieces; piece += omp_get_num_threads()) work(piece);
  }
}

}  // namespace scorefem::diffusion
