#include "pipeline/serving/timed_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace scorefem::serving {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = ConnectionLimits::Seconds;

/// Whether the socket is ready, or has failed, within a tenth of a second.
/// @param waited grows by the time that this takes
bool ready(socket_t socket, short event, Seconds& waited) {
  const Clock::time_point begin = Clock::now();
  pollfd one{socket, event, 0};
  const int found = poll(&one, 1, 100);
  waited += Clock::now() - begin;
  return found > 0;
}

/// Whether a call that failed is to be made again.
bool interrupted() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

TimedStream::TimedStream(socket_t socket, const ConnectionLimits& limits, Seconds waited,
                         std::function<bool()> contested, std::function<bool()> stopping)
    : socket_(socket),
      limits_(limits),
      contested_(std::move(contested)),
      stopping_(std::move(stopping)),
      // What is on its way, behind what the system has received meanwhile, has some time left.
      arriving_(std::min(waited, 0.9 * std::min(limits.arrival, limits.contested))) {}

bool TimedStream::wait_to_read() {
  const Seconds before = arriving_;
  const auto allowed = [&] {
    return contested_() ? std::min(limits_.arrival, limits_.contested) : limits_.arrival;
  };
  while (!stopping_() && arriving_ <= allowed() && arriving_ - before <= limits_.pause)
    if (ready(socket_, POLLIN, arriving_)) return true;
  return false;
}

bool TimedStream::is_writable() const {
  const Seconds before = departing_;
  while (departing_ <= limits_.departure && departing_ - before <= limits_.pause)
    if (ready(socket_, POLLOUT, departing_)) return true;
  return false;
}

bool TimedStream::next_request() {
  if (is_broken_) return false;
  const bool is_kept = is_kept_;
  is_kept_ = true;
  departing_ = Seconds{0};
  if (is_kept) arriving_ = Seconds{0};
  received_ = last_ - first_;
  if (received_ > 0) return true;  // came with the last one
  const bool begun = wait_to_read();
  if (is_kept) arriving_ = Seconds{0};  // it was idle
  return begun;
}

ssize_t TimedStream::read(char* to, std::size_t size) {
  while (first_ == last_) {
    const bool more = received_ <= limits_.largest_request && wait_to_read();
    const ssize_t got = more ? recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT) : -1;
    if (more && got < 0 && interrupted()) continue;
    is_broken_ = got <= 0;
    if (is_broken_) return got;
    first_ = 0;
    last_ = static_cast<std::size_t>(got);
    received_ += last_;
  }
  const std::size_t n = std::min(size, last_ - first_);
  std::copy_n(buffer_.data() + first_, n, to);
  first_ += n;
  return static_cast<ssize_t>(n);
}

ssize_t TimedStream::write(const char* from, std::size_t size) {
  if (!is_writable()) return -1;
  const ssize_t sent = send(socket_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 && interrupted() ? 0 : sent;
}

bool TimedStream::is_readable() const {
  pollfd one{socket_, POLLIN, 0};
  return first_ < last_ || poll(&one, 1, 0) > 0;
}

}  // namespace scorefem::serving
