#pragma once

#include <memory>
#include <vector>

#include "pipeline/problem/forward_model.h"
#include "pipeline/problem/umbridge/client.h"

namespace scorefem::problem::umbridge {

/// How evaluations are asked for.
struct Patience {
  int connections = 8;  //!< evaluations that are asked for at the same time
  int retries = 3;      //!< of an evaluation without an answer, while the server is there
  double wait = 600;    //!< s that the server may be gone before generation stops
};

/// What a server says of a model.
struct Sizes {
  std::vector<Eigen::Index> inputs;
  std::vector<Eigen::Index> outputs;
  bool gradient = false;  //!< whether it offers Gradient
  bool jacobian = false;  //!< and ApplyJacobian
};
/// @throws base::InputError naming the URL if it is not there, does not have the model, or cannot evaluate it
Sizes ask_sizes(const Address& address);

/// A model behind an UM-Bridge server. An evaluation that the server refuses, or gives no answer to after the
/// retries, is a failure of its sample; a server that is gone is waited for, with a message to stderr.
class ServedModel : public ForwardModel {
 public:
  /// Asks nothing of the server yet.
  ServedModel(const Address& address, const Patience& patience, Eigen::Index n_unknowns,
              Eigen::Index n_observations);
  ~ServedModel() override;

  /// @throws base::Interrupted if the server stays away, has lost the model, or a signal came;
  ///         base::InputError as ask_sizes() if it was never there, or the model has other sizes
  Observations observe(const solver::Matrix& unknowns) override;
  /// Those that the server offers; they are asked for, and fail, as evaluations do. Throws as observe().
  Derivatives derivatives() override;
  solver::Matrix gradients(const solver::Matrix& unknowns, const solver::Matrix& sensitivity) override;
  solver::Matrix apply_jacobian(const solver::Matrix& unknowns, const solver::Matrix& direction) override;
  std::string unavailable() override;
  Eigen::Index least_batch() const override { return 4 * static_cast<Eigen::Index>(patience_.connections); }
  Eigen::Index first_batch() const override { return least_batch(); }
  std::string effort() const override;

 private:
  class Batch;
  void ask_once();

  Address address_;
  Patience patience_;
  Eigen::Index n_unknowns_;
  Eigen::Index n_observations_;
  Sizes sizes_;  // empty until the first batch
  std::vector<std::unique_ptr<Client>> clients_;
  long n_evaluations_ = 0;
  long n_derivatives_ = 0;  // products with J or its transpose
};

}  // namespace scorefem::problem::umbridge
