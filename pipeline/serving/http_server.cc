#include "pipeline/serving/http_server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <thread>

#include "pipeline/base/errors.h"
#include "pipeline/serving/bounded_server.h"

namespace scorefem::serving {
namespace {

constexpr std::size_t kLargestBody = 8 << 20;  // bytes: some 400,000 numbers

void set(httplib::Response& response, const Answer& answer) {
  response.status = answer.status;
  response.set_content(answer.body, "application/json");
}

/// Does not read on: what follows on the connection is not a request.
void refuse(httplib::Response& response, int status, const std::string& message) {
  response.set_header("Connection", "close");
  set(response, error_answer(status, "InvalidInput", message));
}

std::string longer_than_allowed() {
  return "the body is longer than " + std::to_string(kLargestBody) + " bytes";
}

/// A body that is announced as too long is refused before it comes: the library would first wait for all of
/// it.
httplib::Server::HandlerResponse refuse_long_body(const httplib::Request& request,
                                                  httplib::Response& response) {
  const std::string text = request.get_header_value("Content-Length");
  std::uint64_t length = 0;
  const std::errc error = std::from_chars(text.data(), text.data() + text.size(), length).ec;
  if (length <= kLargestBody && error != std::errc::result_out_of_range)
    return httplib::Server::HandlerResponse::Unhandled;
  refuse(response, 413, longer_than_allowed());
  return httplib::Server::HandlerResponse::Handled;
}

void post(const Protocol& protocol, const std::string& endpoint, const httplib::Request& request,
          httplib::Response& response, const httplib::ContentReader& read) {
  if (request.is_multipart_form_data())
    return refuse(response, 400, "a multipart form; expected a JSON body (application/json)");
  std::string body;
  bool too_long = false;
  const bool whole = read([&](const char* data, std::size_t size) {
    too_long = body.size() + size > kLargestBody;
    if (!too_long) body.append(data, size);
    return !too_long;
  });
  if (too_long) return refuse(response, 413, longer_than_allowed());
  if (!whole) return refuse(response, 408, "the body did not come whole, or not in time");
  set(response, protocol.answer(endpoint, body));
}

}  // namespace

class HttpServer::Implementation {
 public:
  Implementation(const HttpOptions& options, const Protocol& protocol)
      : server_(static_cast<std::size_t>(options.connections), options.limits) {
    // Not SO_REUSEPORT, the library's default: a second server would share the port instead of being refused.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    server_.set_tcp_nodelay(true);
    server_.set_payload_max_length(kLargestBody);
    server_.set_pre_routing_handler(refuse_long_body);
    for (const std::string& endpoint : Protocol::endpoints()) {
      server_.Post(endpoint,
                   [&protocol, endpoint](const httplib::Request& request, httplib::Response& response,
                                         const httplib::ContentReader& read) {
                     post(protocol, endpoint, request, response, read);
                   });
    }
    server_.Get("/Info", [&protocol](const httplib::Request&, httplib::Response& response) {
      set(response, protocol.answer("/Info", ""));
    });
    // Whatever has no handler, e.g. another path.
    server_.set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (response.body.empty())
        set(response, error_answer(response.status, "InvalidInput", "expected an endpoint of UM-Bridge 1.0"));
    });
    listen(options);
  }
  ~Implementation() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  int port() const { return port_; }
  bool is_running() const { return server_.is_running(); }

 private:
  void listen(const HttpOptions& options) {
    port_ = options.port;
    bool bound = false;
    if (port_ == 0) {
      port_ = server_.bind_to_any_port(options.bind);
      bound = port_ > 0;
    } else {
      bound = server_.bind_to_port(options.bind, port_);
    }
    if (!bound) {
      throw base::InputError("serve: cannot listen at " + options.bind + ", port " +
                             std::to_string(options.port) + " (" + std::strerror(errno) +
                             "); expected an address of this machine and a port that is free");
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  BoundedServer server_;
  std::thread thread_;
  int port_ = 0;
};

HttpServer::HttpServer(const HttpOptions& options, const Protocol& protocol)
    : implementation_(std::make_unique<Implementation>(options, protocol)) {}

HttpServer::~HttpServer() = default;

int HttpServer::port() const {
  return implementation_->port();
}

bool HttpServer::is_running() const {
  return implementation_->is_running();
}

}  // namespace scorefem::serving
