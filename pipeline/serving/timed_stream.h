#pragma once

#include <httplib.h>

#include <array>
#include <functional>

#include "pipeline/serving/connection_limits.h"

namespace scorefem::serving {

/// The bytes of one connection, with limits for each request as a whole: a client that sends a byte now and
/// then keeps within any limit that is for the gap between bytes alone.
class TimedStream : public httplib::Stream {
 public:
  /// @param socket stays the caller's
  /// @param waited since it connected: time that its first request has had to arrive
  /// @param contested whether other connections wait for this one's thread
  /// @param stopping whether the server ends: then no request is waited for
  TimedStream(socket_t socket, const ConnectionLimits& limits, ConnectionLimits::Seconds waited,
              std::function<bool()> contested, std::function<bool()> stopping);

  /// Waits for the first byte of the next request, with which all limits begin anew.
  /// @return false if none comes, or the last one did not come whole: what follows is not a request
  bool next_request();

  /// As recv(): 0 at the end, -1 beyond a limit.
  ssize_t read(char* to, std::size_t size) override;
  /// As send(): -1 beyond a limit.
  ssize_t write(const char* from, std::size_t size) override;
  bool is_readable() const override;
  /// Waits until it is. @return false beyond a limit
  bool is_writable() const override;
  socket_t socket() const override { return socket_; }
  /// Not told: no answer depends on who asks.
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}

 private:
  using Seconds = ConnectionLimits::Seconds;
  bool wait_to_read();

  socket_t socket_;
  ConnectionLimits limits_;
  std::function<bool()> contested_, stopping_;
  Seconds arriving_{0};           // waited for this request
  mutable Seconds departing_{0};  // waited until its answer was taken
  bool is_broken_ = false;        // whether a request did not come whole
  bool is_kept_ = false;          // whether there was a request before
  std::size_t received_ = 0;      // bytes of this request
  std::array<char, 16384> buffer_{};
  std::size_t first_ = 0, last_ = 0;  // of the buffer: what has not been read
};

}  // namespace scorefem::serving
