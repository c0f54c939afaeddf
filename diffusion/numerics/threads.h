#pragma once

#include <cstdint>

namespace scorefem::diffusion {

/// Sets the CPU threads of LibTorch, OpenMP and hence oneDNN for the calling thread; 0: all cores that the
/// process may use. Explicit because MPI launchers and other libraries often leave a process with a single
/// thread. No more than OMP_THREAD_LIMIT, and always so many, whatever OMP_DYNAMIC says: a BLAS that waits
/// for threads that OpenMP does not grant waits for ever.
void set_threads(int threads);

/// What set_threads() was asked for last, even if fewer were to be had: what work is divided by wherever the
/// result depends on its parts. Before any call, LibTorch's number.
int threads_asked_for();

/// Pieces for a batch of rows: one for each of threads_asked_for(), of at least a few rows.
int pieces_for(std::int64_t rows);

struct RowsOfPiece {
  std::int64_t begin;
  std::int64_t end;
};

/// The rows of one of the pieces that a batch is divided into: as even as possible.
RowsOfPiece rows_of_piece(std::int64_t rows, int piece, int n_pieces);

}  // namespace scorefem::diffusion
