#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace scorefem::serving {

/// A result did not come in the time that a request may take.
class Busy : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Work that many threads ask for and one thread does, in turn: solver and networks have threads of their
/// own, and belong to the thread that made them.
class Worker {
 public:
  /// @param patience s that a call of run() waits for its turn and its result
  explicit Worker(double patience) : patience_(patience) {}

  /// Has work done by the working thread. What it throws is thrown here.
  /// @throws Busy if it is not done in time; work that has not begun by then never will
  void run(const std::function<void()>& work);
  /// Does what others ask for, on this thread, until `stop` says so; it is asked ten times a second. From then on
  /// whoever asks, or waits, gets Busy.
  void work_until(const std::function<bool()>& stop);

 private:
  struct Task {
    std::function<void()> work;
    std::exception_ptr error;
    bool begun = false;
    bool done = false;
  };

  double patience_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable done_;
  std::deque<std::shared_ptr<Task>> tasks_;
  bool closed_ = false;
};

}  // namespace scorefem::serving
