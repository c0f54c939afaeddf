#include "diffusion/numerics/threads.h"

#include <ATen/Parallel.h>
#include <omp.h>

#include <algorithm>
#include <atomic>

namespace scorefem::diffusion {

namespace {

std::atomic<int> asked_for{0};

}  // namespace

void set_threads(int threads) {
  asked_for = threads > 0 ? threads : omp_get_num_procs();
  const int n = std::min<int>(asked_for, omp_get_thread_limit());
  omp_set_dynamic(0);
  omp_set_num_threads(n);
  at::set_num_threads(n);
}

int threads_asked_for() {
  return asked_for > 0 ? asked_for.load() : at::get_num_threads();
}

int pieces_for(std::int64_t rows) {
  return static_cast<int>(std::clamp<std::int64_t>(rows / 16, 1, threads_asked_for()));
}

RowsOfPiece rows_of_piece(std::int64_t rows, int piece, int n_pieces) {
  return {rows * piece / n_pieces, rows * (piece + 1) / n_pieces};
}

}  // namespace scorefem::diffusion
