#include "pipeline/base/ranks.h"

#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <string>

#include "pipeline/base/cores.h"
#include "solver/mpi_check.h"

namespace scorefem::base {
namespace {

using solver::mpi_check;

int number_in_environment(const char* name, int absent) {
  const char* text = std::getenv(name);
  return text == nullptr ? absent : std::atoi(text);
}

}  // namespace

Launch launch() {
  // Open MPI's mpirun; MPICH's and Intel's; srun. The first that is there: mpirun's daemons are processes of
  // srun.
  constexpr const char* kVariables[][2] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                           {"PMI_RANK", "PMI_SIZE"},
                                           {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"}};
  for (const auto& [rank, count] : kVariables) {
    if (std::getenv(rank) == nullptr || std::getenv(count) == nullptr) continue;
    const bool has_mpi = rank != std::string("SLURM_PROCID") || std::getenv("PMIX_RANK") != nullptr;
    return {number_in_environment(rank, 0), number_in_environment(count, 1), count, has_mpi};
  }
  return {};
}

void allow_start_without_launcher() {
  const Launch found = launch();
  // Open MPI takes a process in a step of a Slurm job for one of many, unless it does not see the step.
  if (found.count == 1 && !found.has_mpi) ::unsetenv("SLURM_STEP_ID");
}

struct Ranks::Communicator {
  MPI_Comm handle = MPI_COMM_NULL;
};

Ranks::Ranks() : world_(std::make_unique<Communicator>()) {
  // A communicator of our own: its errors come back as return codes once find_place() has said so.
  mpi_check(MPI_Comm_dup(MPI_COMM_WORLD, &world_->handle), "duplicate the communicator");
  find_place();
}

Ranks::Ranks(const Ranks& all, int size) : world_(std::make_unique<Communicator>()) {
  mpi_check(MPI_Comm_split(all.world_->handle, all.rank_ / size, all.rank_, &world_->handle),
            "divide the ranks");
  find_place();
}

void Ranks::find_place() {
  mpi_check(MPI_Comm_set_errhandler(world_->handle, MPI_ERRORS_RETURN), "set the error handler");
  mpi_check(MPI_Comm_rank(world_->handle, &rank_), "tell the rank");
  mpi_check(MPI_Comm_size(world_->handle, &count_), "tell the number of ranks");
}

Ranks::~Ranks() {
  if (std::uncaught_exceptions() == 0)
    MPI_Comm_free(&world_->handle);  // collective: the others may be elsewhere
}

std::vector<std::int64_t> Ranks::broadcast(std::vector<std::int64_t> values) const {
  auto size = static_cast<std::int64_t>(values.size());
  mpi_check(MPI_Bcast(&size, 1, MPI_INT64_T, 0, world_->handle), "broadcast");
  values.resize(static_cast<std::size_t>(size));
  mpi_check(MPI_Bcast(values.data(), static_cast<int>(size), MPI_INT64_T, 0, world_->handle), "broadcast");
  return values;
}

bool Ranks::any(bool here) const {
  int mine = here ? 1 : 0;
  int all = 0;
  mpi_check(MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_LOR, world_->handle), "reduce");
  return all != 0;
}

int Ranks::fair_threads() const {
  MPI_Comm machine = MPI_COMM_NULL;
  mpi_check(MPI_Comm_split_type(world_->handle, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine),
            "find the ranks of this machine");
  int n_ranks = 1;
  mpi_check(MPI_Comm_size(machine, &n_ranks), "count the ranks of this machine");
  // Ranks bound to cores of their own and ranks that all may run anywhere: the union serves both.
  cpu_set_t mine;
  cpu_set_t all;
  CPU_ZERO(&mine);
  CPU_ZERO(&all);
  if (sched_getaffinity(0, sizeof mine, &mine) != 0) CPU_SET(0, &mine);
  mpi_check(MPI_Allreduce(&mine, &all, sizeof mine, MPI_BYTE, MPI_BOR, machine), "reduce");
  mpi_check(MPI_Comm_free(&machine), "free a communicator");
  const double allowed = std::min(cpu_quota(control_groups("cpu")).value_or(CPU_COUNT(&all)),
                                  static_cast<double>(CPU_COUNT(&all)));
  return std::max(1, std::min(CPU_COUNT(&mine), static_cast<int>(std::floor(allowed / n_ranks))));
}

void Ranks::abort(int status) const {
  MPI_Abort(world_->handle, status);
  std::_Exit(status);
}

}  // namespace scorefem::base
