#include "diffusion/numerics/warnings.h"

#include <cstdio>
#include <mutex>
#include <utility>

namespace scorefem::diffusion {

namespace {

struct Sink {
  std::mutex mutex;
  WarningSink call;  // empty: standard error
};

Sink& sink() {
  static Sink sink;
  return sink;
}

WarningSink exchange_sink(WarningSink call) {
  const std::lock_guard lock(sink().mutex);
  return std::exchange(sink().call, std::move(call));
}

}  // namespace

void warn(const std::string& event, const std::string& message) {
  const std::lock_guard lock(sink().mutex);
  if (sink().call)
    sink().call(event, message);
  else
    std::fprintf(stderr, "warning: %s\n", message.c_str());
}

WarningsTo::WarningsTo(WarningSink sink) : previous_(exchange_sink(std::move(sink))) {}

WarningsTo::~WarningsTo() {
  exchange_sink(std::move(previous_));
}

}  // namespace scorefem::diffusion
