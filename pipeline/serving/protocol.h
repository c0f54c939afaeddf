#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline/serving/served_function.h"

namespace scorefem::serving {

/// A response without its transport.
struct Answer {
  int status = 200;  //!< of HTTP
  std::string body;  //!< JSON
};

/// An error as the protocol writes it.
Answer error_answer(int status, const std::string& type, const std::string& message);

/// The UM-Bridge protocol 1.0: requests in JSON about functions by name. Whatever a request holds, there is
/// an answer. Thread-safe.
class Protocol {
 public:
  explicit Protocol(std::vector<std::unique_ptr<ServedFunction>> functions);

  /// "/Info", "/Evaluate" and so on.
  static const std::vector<std::string>& endpoints();
  /// @param endpoint one of endpoints(); @param body of the request
  Answer answer(const std::string& endpoint, const std::string& body) const;
  const std::vector<std::unique_ptr<ServedFunction>>& functions() const { return functions_; }

 private:
  nlohmann::json result(const std::string& endpoint, const std::string& body) const;
  ServedFunction& named(const nlohmann::json& request) const;

  std::vector<std::unique_ptr<ServedFunction>> functions_;
};

}  // namespace scorefem::serving
