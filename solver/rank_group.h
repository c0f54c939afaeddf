#pragma once

#include <mpi.h>

namespace scorefem::solver {

/// The ranks that share a mesh with this one: consecutive ranks of MPI_COMM_WORLD, in groups of one size.
class RankGroup {
 public:
  /// Collective over the group alone.
  /// @param size of each group, >= 0; 0: all ranks are one group
  /// @throws std::invalid_argument if it does not divide the number of ranks. If MPI fails, the program ends:
  ///         these are calls of MPI_COMM_WORLD (solver/mpi_check.h)
  explicit RankGroup(int size);
  ~RankGroup();
  RankGroup(const RankGroup&) = delete;
  RankGroup& operator=(const RankGroup&) = delete;

  MPI_Comm communicator() const { return communicator_; }

 private:
  MPI_Comm communicator_ = MPI_COMM_WORLD;
};

}  // namespace scorefem::solver
