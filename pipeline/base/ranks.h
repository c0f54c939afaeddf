#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace scorefem::base {

/// The processes that mpirun or srun started this one among, as its environment says; needs no MPI.
struct Launch {
  int rank = 0;
  int count = 1;
  std::string variable;  //!< that says so, e.g. "SLURM_STEP_NUM_TASKS"; empty if none does
  bool has_mpi = false;  //!< the launcher gave what an MPI needs to find the other processes
};
Launch launch();

/// For a process that needs MPI for its libraries, not for others: lets it start without the launcher's help,
/// which Slurm's srun gives only with --mpi=pmix, and Open MPI does not start without. Before MPI_Init.
void allow_start_without_launcher();

/// The processes of a run that share its work. Needs an initialised MPI (solver/runtime.h). Every MPI return
/// code is checked: a failure throws std::runtime_error with MPI's reason; but one of MPI_COMM_WORLD, which
/// the first constructor duplicates, ends the program (solver/mpi_check.h).
class Ranks {
 public:
  /// Collective over MPI_COMM_WORLD.
  Ranks();
  ~Ranks();
  /// This one's group of consecutive ranks. Collective over all.
  /// @param size of each group, a divisor of all.count()
  Ranks(const Ranks& all, int size);
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int rank() const { return rank_; }
  int count() const { return count_; }
  bool is_first() const { return rank_ == 0; }

  /// Rank 0's values, on all ranks. Collective.
  std::vector<std::int64_t> broadcast(std::vector<std::int64_t> values) const;
  /// Whether it is so on any rank; a barrier as well. Collective.
  bool any(bool here) const;
  /// The cores that the ranks of this machine may run on, divided among them: threads for each, at least 1.
  /// Collective.
  int fair_threads() const;
  /// Ends all ranks at once with this exit status.
  [[noreturn]] void abort(int status) const;

 private:
  struct Communicator;  // keeps mpi.h out of this header
  void find_place();
  std::unique_ptr<Communicator> world_;
  int rank_ = 0;
  int count_ = 1;
};

}  // namespace scorefem::base
