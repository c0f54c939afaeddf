#include "pipeline/serving/bounded_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>

#include "pipeline/serving/timed_stream.h"

namespace scorefem::serving {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMostWaiting = 256;   // connections; far fewer than the files that a process may open
constexpr int kMostKept = 1000000;  // requests of one connection

/// Of the connection that a thread serves: what the library does not hand on.
struct Connection {
  ConnectionLimits::Seconds waited{0};
  bool is_turned_away = false;  // there was no place for it
  bool is_ended = false;        // by the answer that was given last
};
thread_local Connection current;

// What the library's versions have as process_request, told apart by its type.
using SetUp = std::function<void(httplib::Request&)>;
using ProcessRequest = bool (httplib::Server::*)(httplib::Stream&, bool, bool&, const SetUp&);
using ProcessRequestFrom = bool (httplib::Server::*)(httplib::Stream&, const std::string&, int,
                                                     const std::string&, int, bool, bool&, const SetUp&);
[[maybe_unused]] bool process(httplib::Server& server, ProcessRequest request, httplib::Stream& stream,
                              bool last, bool& closed) {
  return (server.*request)(stream, last, closed, nullptr);
}
[[maybe_unused]] bool process(httplib::Server& server, ProcessRequestFrom request, httplib::Stream& stream,
                              bool last, bool& closed) {
  return (server.*request)(stream, "", 0, "", 0, last, closed, nullptr);
}

}  // namespace

/// Connections in the order in which they came.
class BoundedServer::Queue : public httplib::TaskQueue {
 public:
  Queue(std::size_t threads, std::atomic<int>& waiting) : waiting_(waiting), pool_(threads) {}

  // Nothing, or whether it was taken, by the library's version.
  using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue(nullptr));
  Taken enqueue(std::function<void()> connection) override {
    if (waiting_ >= kMostWaiting) {
      current.is_turned_away = true;
      connection();
      return static_cast<Taken>(true);
    }
    ++waiting_;
    return pool_.enqueue([this, begin = Clock::now(), connection = std::move(connection)] {
      --waiting_;
      current.waited = Clock::now() - begin;
      connection();
    });
  }
  void shutdown() override { pool_.shutdown(); }

 private:
  std::atomic<int>& waiting_;
  httplib::ThreadPool pool_;
};

BoundedServer::BoundedServer(std::size_t threads, const ConnectionLimits& limits) : limits_(limits) {
  new_task_queue = [this, threads] { return new Queue(threads, waiting_); };  // the server owns it
  // What clients are told; the library itself does not count here.
  set_keep_alive_timeout(static_cast<time_t>(limits.pause.count()));
  set_keep_alive_max_count(kMostKept);
  // Called behind each answer. The library goes on reading though it told the client that it will not.
  set_logger([](const httplib::Request& /*request*/, const httplib::Response& response) {
    current.is_ended = response.get_header_value("Connection") == "close";
  });
}

bool BoundedServer::process_and_close_socket(socket_t socket) {
  TimedStream stream(
      socket, limits_, current.waited, [this] { return waiting_ > 0; },
      [this] { return svr_sock_ == INVALID_SOCKET; });
  bool good = true;
  bool closed = current.is_turned_away;
  for (int kept = 1; good && !closed && stream.next_request(); ++kept) {
    const bool last = waiting_ > 0 || kept == kMostKept;
    good = process(*this, &BoundedServer::process_request, stream, last, closed);
    closed = closed || last || current.is_ended;
  }
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  return good;
}

}  // namespace scorefem::serving
