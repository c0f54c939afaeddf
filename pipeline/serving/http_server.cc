#include "pipeline/serving/http_server.h"

#include <httplib.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "pipeline/base/errors.h"

namespace scorefem::serving {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargestBody = 8 << 20;  // bytes: some 400,000 numbers
constexpr int kPause = 10;                     // s without a byte of a request, or until one is taken
constexpr auto kLongestBody = std::chrono::seconds(60);  // for all of it

void set(httplib::Response& response, const Answer& answer) {
  response.status = answer.status;
  response.set_content(answer.body, "application/json");
}

/// Does not read on: what follows on the connection is not a request.
void refuse(httplib::Response& response, int status, const std::string& message) {
  response.set_header("Connection", "close");
  set(response, error_answer(status, "InvalidInput", message));
}

void post(const Protocol& protocol, const std::string& endpoint, const httplib::Request& request,
          httplib::Response& response, const httplib::ContentReader& read) {
  if (request.is_multipart_form_data())
    return refuse(response, 400, "a multipart form; expected a JSON body (application/json)");
  std::string body;
  const Clock::time_point end = Clock::now() + kLongestBody;
  const bool whole = read([&](const char* data, std::size_t size) {
    if (body.size() + size > kLargestBody || Clock::now() > end) return false;
    body.append(data, size);
    return true;
  });
  if (!whole)
    return refuse(response, 413,
                  "the body is not whole, or longer than " + std::to_string(kLargestBody) + " bytes");
  set(response, protocol.answer(endpoint, body));
}

}  // namespace

class HttpServer::Implementation {
 public:
  Implementation(const HttpOptions& options, const Protocol& protocol) {
    server_.new_task_queue = [n = options.connections] {
      return new httplib::ThreadPool(static_cast<std::size_t>(n));  // the server owns it
    };
    server_.set_tcp_nodelay(true);
    server_.set_read_timeout(kPause);
    server_.set_write_timeout(kPause);
    server_.set_keep_alive_timeout(kPause);
    server_.set_keep_alive_max_count(1000000);
    server_.set_payload_max_length(kLargestBody);
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

  httplib::Server server_;
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
