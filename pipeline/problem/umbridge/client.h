#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "solver/matrix.h"

namespace scorefem::problem::umbridge {

/// Nobody answers: the server is not there, or went away in the midst of it. It may come back.
class Unreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The server is there, but did not answer in time, or with an error of its own (HTTP 5xx): worth another
/// try.
class NoAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An answer that will stay the same: the protocol's errors (HTTP 400), or one that does not fit the
/// protocol.
class Refused : public std::runtime_error {
 public:
  Refused(std::string error_type, const std::string& message)
      : std::runtime_error(message), type(std::move(error_type)) {}
  std::string type;  //!< "ModelNotFound", "InvalidInput", ...; empty for an answer that is none
};

/// Where a model is.
struct Address {
  std::string url;            //!< "http://host:port"
  std::string model;          //!< its name on that server
  std::string config = "{}";  //!< of the model, a JSON object
  double timeout = 600;       //!< for an answer, s
};

/// One connection to a model that is served by the UM-Bridge protocol 1.0 (HTTP and JSON;
/// um-bridge-benchmarks .readthedocs.io). All calls throw Unreachable, NoAnswer or Refused. One thread at a
/// time, but for stop().
class Client {
 public:
  explicit Client(const Address& address);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Names of the models that the server has; also proves that it speaks this version of the protocol.
  std::vector<std::string> models();
  /// Whether the model offers "Evaluate", "Gradient", "ApplyJacobian" or "ApplyHessian".
  bool supports(const std::string& feature);
  /// Sizes of the vectors that the model takes, and gives.
  std::vector<Eigen::Index> input_sizes();
  std::vector<Eigen::Index> output_sizes();
  /// The model's outputs, one after the other; finite.
  /// @param input its inputs, one after the other; @param sizes of the inputs and the outputs
  solver::Vector evaluate(const solver::Vector& input, const std::vector<Eigen::Index>& input_sizes,
                          const std::vector<Eigen::Index>& output_sizes);
  /// J^T times a sensitivity [outputs], where J is the derivative of all outputs by all inputs; sizes as for
  /// evaluate(). A request for each pair of an input and an output.
  solver::Vector gradient(const solver::Vector& input, const solver::Vector& sensitivity,
                          const std::vector<Eigen::Index>& input_sizes,
                          const std::vector<Eigen::Index>& output_sizes);
  /// J times a direction [inputs].
  solver::Vector apply_jacobian(const solver::Vector& input, const solver::Vector& direction,
                                const std::vector<Eigen::Index>& input_sizes,
                                const std::vector<Eigen::Index>& output_sizes);
  /// Ends a call that waits for its answer on another thread, which then throws Unreachable.
  void stop();

 private:
  class Http;
  /// The product of one block of J, or of its transpose, with a vector.
  solver::Vector block_product(const std::string& endpoint, const char* factor, std::size_t out,
                               std::size_t in, const solver::Vector& input, const solver::Vector& vector,
                               const std::vector<Eigen::Index>& input_sizes, Eigen::Index size);
  std::unique_ptr<Http> http_;
  Address address_;
};

/// Whether a text is an URL that a Client takes: http(s)://HOST[:PORT].
bool is_url(const std::string& text);

}  // namespace scorefem::problem::umbridge
