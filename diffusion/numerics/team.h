#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

namespace scorefem::diffusion {

/// What threads of a team throw, which must not leave the team: of several the one of the first piece, which
/// is the same for any number of threads.
class TeamError {
 public:
  template <class Index, class Work>
  void capture(Index piece, const Work& work) noexcept {
    try {
      work(piece);
    } catch (...) {
#pragma omp critical(scorefem_team_error)
      if (!error_ || piece < piece_) {
        error_ = std::current_exception();
        piece_ = piece;
      }
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::exception_ptr error_;
  std::int64_t piece_ = 0;
};

/// Runs `work(piece)` for each of `n_pieces` pieces, on a team of as many threads or, if OpenMP grants fewer
/// (OMP_DYNAMIC, OMP_THREAD_LIMIT), in turns: what a piece computes does not depend on the team. Throws what
/// the first of them throws, when all have ended. Inside, LibTorch, oneDNN and the BLAS run on the calling
/// thread, unless there is a single piece.
template <class Work>
void for_each_piece(int n_pieces, const Work& work) {
  TeamError error;
#pragma omp parallel num_threads(n_pieces)
  {
    if (n_pieces > 1) omp_set_num_threads(1);  // a team of one does not count as a parallel region
    for (int piece = omp_get_thread_num(); piece < n_pieces; piece += omp_get_num_threads())
      error.capture(piece, work);
  }
  error.rethrow();
}

/// Runs `work(i)` for i = 0 .. n - 1, each on the next free one of at most `n_threads` threads, as
/// for_each_piece().
template <class Work>
void for_each_index(std::int64_t n, int n_threads, const Work& work) {
  TeamError error;
  std::atomic<std::int64_t> next{0};
  for_each_piece(static_cast<int>(std::clamp<std::int64_t>(n, 1, n_threads)), [&](int) {
    for (std::int64_t i = next++; i < n; i = next++) error.capture(i, work);
  });
  error.rethrow();
}

}  // namespace scorefem::diffusion
