#include "solver/rank_group.h"

#include <exception>
#include <stdexcept>
#include <string>

#include "solver/mpi_check.h"

namespace scorefem::solver {
namespace {

/// Freed at the end, by an exception too.
struct Group {
  MPI_Group handle = MPI_GROUP_NULL;
  Group() = default;
  ~Group() {
    if (handle != MPI_GROUP_NULL) MPI_Group_free(&handle);
  }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
};

}  // namespace

RankGroup::RankGroup(int size) {
  int n_ranks = 1, rank = 0;
  mpi_check(MPI_Comm_size(MPI_COMM_WORLD, &n_ranks), "tell the number of ranks");
  mpi_check(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "tell the rank");
  if (size == 0 || size == n_ranks) return;
  if (size < 0 || n_ranks % size != 0) {
    throw std::invalid_argument("ranks_per_mesh = " + std::to_string(size) + ": expected a divisor of the " +
                                std::to_string(n_ranks) + " ranks");
  }
  const int first = rank - rank % size;
  int range[1][3] = {{first, first + size - 1, 1}};
  Group world, group;
  mpi_check(MPI_Comm_group(MPI_COMM_WORLD, &world.handle), "tell the group of all ranks");
  mpi_check(MPI_Group_range_incl(world.handle, 1, range, &group.handle), "make a group of ranks");
  // Other groups may be elsewhere: only this one takes part.
  mpi_check(MPI_Comm_create_group(MPI_COMM_WORLD, group.handle, /*tag=*/0, &communicator_),
            "make a communicator");
}

RankGroup::~RankGroup() {
  if (communicator_ != MPI_COMM_WORLD && std::uncaught_exceptions() == 0)
    MPI_Comm_free(&communicator_);  // collective: after an error the others may be elsewhere
}

}  // namespace scorefem::solver
