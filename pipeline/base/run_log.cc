#include "pipeline/base/run_log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "pipeline/base/utf8_json.h"

namespace scorefem::base {
namespace {

using Json = nlohmann::json;
constexpr double kTerminalInterval = 0.2;  // seconds between renewals of the terminal line
constexpr double kPlainInterval = 10.0;    // seconds between plain lines

}  // namespace

RunLog::RunLog(std::string directory, bool silent) : directory_(std::move(directory)), silent_(silent) {
  console_ = std::make_shared<spdlog::logger>("console", std::make_shared<spdlog::sinks::stderr_sink_st>());
  console_->set_pattern("%v");
  if (silent) console_->set_level(spdlog::level::off);
}

RunLog::~RunLog() = default;

void RunLog::write(bool warning, const std::string& event, const Json& fields) {
  if (directory_.empty() || silent_) return;
  if (!file_) {
    try {
      const std::string path = directory_ + "/" + kRunLogName;
      file_ =
          std::make_shared<spdlog::logger>("file", std::make_shared<spdlog::sinks::basic_file_sink_st>(path));
    } catch (const spdlog::spdlog_ex& error) {
      throw std::runtime_error(std::string("cannot write the log: ") + error.what());
    }
    file_->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
    file_->flush_on(spdlog::level::info);
  }
  Json all{{"event", event}};
  if (fields.is_object()) all.update(fields);
  const std::string object = utf8_json(all);
  file_->log(warning ? spdlog::level::warn : spdlog::level::info, object.substr(1, object.size() - 2));
}

void RunLog::record(const std::string& event, const Json& fields) {
  write(false, event, fields);
}

void RunLog::info(const std::string& event, const std::string& message, const Json& fields) {
  console_->info(message);
  Json all = fields.is_object() ? fields : Json::object();
  all["message"] = message;
  record(event, all);
}

void RunLog::info(const std::string& event, const std::string& message) {
  info(event, message, Json());
}

void RunLog::warn(const std::string& event, const std::string& message) {
  console_->warn("warning: " + message);
  write(true, event, {{"message", message}});
}

Progress::Progress(RunLog& log, std::string task, std::string unit, std::int64_t already_done)
    : log_(log),
      task_(std::move(task)),
      unit_(std::move(unit)),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(Clock::now()),
      last_line_(start_),
      already_done_(already_done) {}

Progress::~Progress() {
  if (line_open_) std::fputc('\n', stderr);
}

void Progress::update(std::int64_t done, std::int64_t total, const std::string& detail) {
  if (log_.silent()) return;
  const Clock::time_point now = Clock::now();
  const double since_last = std::chrono::duration<double>(now - last_line_).count();
  const bool last = done == total;
  if (since_last < (terminal_ ? kTerminalInterval : kPlainInterval) && !(last && terminal_)) return;
  last_line_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double rate = elapsed > 0 ? static_cast<double>(done - already_done_) / elapsed : 0;
  const double left = rate > 0 ? static_cast<double>(total - done) / rate : 0;
  char numbers[160];
  std::snprintf(numbers, sizeof numbers, "%s %lld/%lld %s, %.3g %s/s, %s left", task_.c_str(),
                static_cast<long long>(done), static_cast<long long>(total), unit_.c_str(), rate,
                unit_.c_str(), rate > 0 ? duration_text(left).c_str() : "?");
  const std::string line = "  " + std::string(numbers) + (detail.empty() ? "" : ", " + detail);
  const Json fields{
      {"task", task_}, {"done", done}, {"total", total}, {"rate", rate}, {"seconds_left", left}};
  if (terminal_) {
    std::fprintf(stderr, "\r%s\033[K", line.c_str());
    std::fflush(stderr);
    line_open_ = true;
  } else {
    log_.info("progress", line, fields);
  }
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(seconds, 0.0)));
  char text[48];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lld h %02lld min", whole / 3600, whole % 3600 / 60);
  } else if (whole >= 60) {
    std::snprintf(text, sizeof text, "%lld min %02lld s", whole / 60, whole % 60);
  } else if (seconds < 10) {
    std::snprintf(text, sizeof text, "%.1f s", std::max(seconds, 0.0));
  } else {
    std::snprintf(text, sizeof text, "%lld s", whole);
  }
  return text;
}

}  // namespace scorefem::base
