#pragma once

#include <functional>
#include <string>

namespace scorefem::diffusion {

/// Says that something else was done than was asked for, where no log is at hand. One call at a time, from
/// any thread; throws what the sink throws.
/// @param event one word for a machine; message: a sentence for a person
void warn(const std::string& event, const std::string& message);

using WarningSink = std::function<void(const std::string& event, const std::string& message)>;

/// As long as it lives warnings go to its sink, otherwise to standard error. The last one made counts.
class WarningsTo {
 public:
  explicit WarningsTo(WarningSink sink);
  ~WarningsTo();
  WarningsTo(const WarningsTo&) = delete;
  WarningsTo& operator=(const WarningsTo&) = delete;

 private:
  WarningSink previous_;
};

}  // namespace scorefem::diffusion
