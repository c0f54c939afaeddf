#pragma once

#include <string>
#include <vector>

namespace scorefem::base {

/// What a command may leave behind besides its results: a folder, a log. Where its input turns out to be bad
/// before it has saved any work, what was not there before goes again.
class Traces {
 public:
  /// Notes which of these files and folders, and of the folders they lie in, are not there yet.
  explicit Traces(const std::vector<std::string>& paths);
  /// Removes what was not there when this was made: files, and folders that are empty. Never throws.
  void remove() const noexcept;

 private:
  std::vector<std::string> absent_;  // what lies in a folder before the folder
};

}  // namespace scorefem::base
