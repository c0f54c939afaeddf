#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace scorefem::base {

/// The processes that mpirun or srun started this one among, as its environment says; needs no MPI.
struct Launch {
  int rank = 0;
  int count = 1;
};
Launch launch();

/// The processes of a run that share its work. Needs an initialised MPI (solver/runtime.h). Every MPI return
/// code is checked: a failure throws std::runtime_error with MPI's reason.
class Ranks {
 public:
  Ranks();
  ~Ranks();
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
  std::unique_ptr<Communicator> world_;
  int rank_ = 0;
  int count_ = 1;
};

}  // namespace scorefem::base
