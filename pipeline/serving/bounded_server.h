#pragma once

#include <httplib.h>

#include <atomic>
#include <cstddef>

#include "pipeline/serving/connection_limits.h"

namespace scorefem::serving {

/// The library's server, whose threads no client can hold: each request has limits as a whole, tighter ones
/// while other connections wait, of which there are a few hundred at most. Where others wait, a thread turns
/// to them after each answer: a client that keeps its connection comes again.
class BoundedServer : public httplib::Server {
 public:
  /// @param threads that answer, above 0
  BoundedServer(std::size_t threads, const ConnectionLimits& limits);

 private:
  class Queue;

  /// Called for each connection, on the thread that is its for now.
  bool process_and_close_socket(socket_t socket) override;

  ConnectionLimits limits_;
  std::atomic<int> waiting_{0};  // connections without a thread
};

}  // namespace scorefem::serving
