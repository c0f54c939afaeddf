#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace spdlog {
class logger;
}

namespace scorefem::base {

/// Name of a run's log in its folder.
inline constexpr const char* kRunLogName = "log.jsonl";

/// What a run tells: lines for a person on standard error, and the same events as JSON lines in
/// OUTPUT/log.jsonl.
class RunLog {
 public:
  /// Appends to `<directory>/log.jsonl`, which is opened with the first event: input that is bad at once
  /// leaves no trace.
  /// @param directory empty: no file
  /// @param silent writes nothing at all: every process but the first
  explicit RunLog(std::string directory, bool silent = false);
  ~RunLog();

  /// A message, with fields that only the JSON line carries (a JSON object, or null).
  void info(const std::string& event, const std::string& message, const nlohmann::json& fields);
  void info(const std::string& event, const std::string& message);
  void warn(const std::string& event, const std::string& message);
  /// Only in the JSON file.
  void record(const std::string& event, const nlohmann::json& fields);
  bool silent() const { return silent_; }

 private:
  void write(bool warning, const std::string& event, const nlohmann::json& fields);

  std::string directory_;
  bool silent_;
  std::shared_ptr<spdlog::logger> console_;
  std::shared_ptr<spdlog::logger> file_;
};

/// Progress of one long task with rate and time left: a line that renews itself on a terminal, a plain line
/// now and then elsewhere, a JSON line with each plain one.
class Progress {
 public:
  /// @param already_done what an earlier run had done, which does not count for the rate
  Progress(RunLog& log, std::string task, std::string unit, std::int64_t already_done = 0);
  /// Ends the terminal line if one is open.
  ~Progress();

  /// @param detail shown behind the rate, e.g. the loss
  void update(std::int64_t done, std::int64_t total, const std::string& detail = "");

 private:
  using Clock = std::chrono::steady_clock;

  RunLog& log_;
  std::string task_;
  std::string unit_;
  bool terminal_;
  bool line_open_ = false;
  Clock::time_point start_;
  Clock::time_point last_line_;
  std::int64_t already_done_;
};

/// "1 h 02 min", "3 min 20 s", "12 s".
std::string duration_text(double seconds);

}  // namespace scorefem::base
