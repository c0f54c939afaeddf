#pragma once

#include <memory>
#include <string>

#include "pipeline/serving/connection_limits.h"
#include "pipeline/serving/protocol.h"

namespace scorefem::serving {

struct HttpOptions {
  std::string bind = "127.0.0.1";  //!< address of the interface to listen at
  int port = 4242;                 //!< 0: any that is free
  int connections = 16;            //!< that are answered at the same time; others wait
  ConnectionLimits limits;
};

/// The protocol over HTTP, with bounds on what a client may send and how long it may take.
class HttpServer {
 public:
  /// Listens, and answers on threads of its own from now on.
  /// @throws base::InputError naming address and port if they cannot be had
  HttpServer(const HttpOptions& options, const Protocol& protocol);
  /// Ends all connections.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;
  /// Whether it still listens; it should.
  bool is_running() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace scorefem::serving
