#pragma once

#include <memory>
#include <vector>

#include "solver/forward_model.h"

namespace scorefem::solver {

/// The reaction problem (paper, Eq. 52) on the stable branch: the largest solution, the one that growth from
/// c = 0 tends to, the only non-negative one for fluxes >= 0 (see ReactionProblem).
///
/// observe() iterates many samples side by side with one factorisation (see ChordIteration), in as many
/// threads as OpenMP allows; samples on which that stalls are solved one by one by damped Newton's method;
/// those on which this fails too are listed. A sample's concentrations do not depend on the others in the
/// batch or on the number of threads.
class ReactionModel : public ForwardModel {
 public:
  /// What observe() did since the model was made.
  struct Effort {
    long samples = 0;
    long iterations = 0;      //!< of the chord method, over all samples
    long newton_samples = 0;  //!< left to Newton's method
    long failures = 0;        //!< not solved at all
  };

  /// Assembles, solves at the expansion flux and factorises. @throws as make_forward_model().
  ReactionModel(const ForwardOptions& options, const std::vector<SensorPosition>& sensors);
  ~ReactionModel() override;

  Observations observe(const Matrix& flux) override;
  Field field(const Vector& flux, int n_x, int n_y) override;
  Eigen::Index n_unknowns() const override;

  /// The same concentrations by Newton's method from c = C, sample by sample; slow, for tests.
  /// @throws NotConverged
  Matrix solve_directly(const Matrix& flux);

  const Effort& effort() const { return effort_; }
  /// Multiplications of one iteration for one sample.
  double multiplications_per_iteration() const;

 private:
  struct Solver;
  std::unique_ptr<Solver> solver_;
  Effort effort_;
};

}  // namespace scorefem::solver
