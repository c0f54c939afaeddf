#include "solver/rank_group.h"

#include <exception>
#include <stdexcept>
#include <string>

namespace scorefem::solver {
namespace {

void check(int result, const char* action) {
  if (result != MPI_SUCCESS) throw std::runtime_error(std::string("MPI cannot ") + action);
}

}  // namespace

RankGroup::RankGroup(int size) {
  int n_ranks = 1, rank = 0;
  check(MPI_Comm_size(MPI_COMM_WORLD, &n_ranks), "tell the number of ranks");
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank), "tell the rank");
  if (size == 0 || size == n_ranks) return;
  if (size < 0 || n_ranks % size != 0) {
    throw std::invalid_argument("ranks_per_mesh = " + std::to_string(size) + ": expected a divisor of the " +
                                std::to_string(n_ranks) + " ranks");
  }
  const int first = rank - rank % size;
  int range[1][3] = {{first, first + size - 1, 1}};
  MPI_Group world = MPI_GROUP_NULL, group = MPI_GROUP_NULL;
  check(MPI_Comm_group(MPI_COMM_WORLD, &world), "tell the group of all ranks");
  check(MPI_Group_range_incl(world, 1, range, &group), "make a group of ranks");
  // Other groups may be elsewhere: only this one takes part.
  check(MPI_Comm_create_group(MPI_COMM_WORLD, group, /*tag=*/0, &communicator_), "make a communicator");
  MPI_Group_free(&group);
  MPI_Group_free(&world);
}

RankGroup::~RankGroup() {
  if (communicator_ != MPI_COMM_WORLD && std::uncaught_exceptions() == 0)
    MPI_Comm_free(&communicator_);  // collective: after an error the others may be elsewhere
}

}  // namespace scorefem::solver
