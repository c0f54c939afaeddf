#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "pipeline/problem/forward_model.h"
#include "pipeline/problem/prior.h"
#include "pipeline/serving/worker.h"
#include "pipeline/study/study.h"

namespace scorefem::serving {

/// A study's forward model for many threads: what they ask for at the same time is solved in one batch.
class Simulator {
 public:
  /// Makes the model, on the thread that will be the worker's.
  Simulator(const study::Study& study, Worker& worker);

  const problem::Layout& unknowns() const { return unknowns_; }
  Eigen::Index n_observations() const { return n_observations_; }
  const std::shared_ptr<const problem::Prior>& prior() const { return prior_; }
  /// Typical sizes of the unknowns' changes: standard deviations of the prior [n_unknowns], above 0.
  const solver::Vector& spread() const { return spread_; }
  bool is_linear() const { return response_.size() > 0; }
  /// Whether the model has derivatives of its own, as one behind another server may.
  const problem::ForwardModel::Derivatives& derivatives() const { return derivatives_; }

  /// Observations [n, n_observations] of unknowns [n, n_unknowns].
  /// @throws RequestError InvalidOutput if no solution was found for one of them; Busy
  solver::Matrix observe(const solver::Matrix& unknowns);
  /// J^T times a sensitivity [n_observations], where J is the derivative of the observations at x: exact if
  /// the model is linear, the model's own where it has them, else by central differences, one-sided at
  /// bounds.
  solver::Vector gradient(const solver::Vector& x, const solver::Vector& sensitivity);
  /// J times a direction [n_unknowns].
  solver::Vector apply_jacobian(const solver::Vector& x, const solver::Vector& direction);

 private:
  struct Question {
    solver::Matrix unknowns;
    solver::Matrix observations;
    std::string failure;
  };
  void answer_all();
  /// What the model says of a derivative [1, n], as a vector. @throws RequestError InvalidOutput; Busy
  solver::Vector ask(const std::function<solver::Matrix()>& derivative);

  Worker& worker_;
  problem::Layout unknowns_;
  Eigen::Index n_observations_;
  std::shared_ptr<const problem::Prior> prior_;
  std::unique_ptr<problem::ForwardModel> model_;
  solver::Matrix response_;
  problem::ForwardModel::Derivatives derivatives_;
  solver::Vector spread_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Question>> questions_;
};

}  // namespace scorefem::serving
