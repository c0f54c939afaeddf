#pragma once

#include <exception>
#include <string>
#include <vector>

#include "pipeline/base/interrupt.h"

namespace scorefem::checking {

/// One thing that was looked at.
struct Finding {
  enum class Verdict { good, note, wrong };
  std::string what;  //!< e.g. "memory"
  Verdict verdict = Verdict::good;
  std::string text;  //!< for a person: what there is, and what was expected if it is wrong
};

/// Work that is left, in seconds, as far as it is known.
struct Estimate {
  double seconds = 0;
  std::vector<std::string> unknown;  //!< stages that are not in it
};

/// Everything that was found.
class Findings {
 public:
  void good(const std::string& what, const std::string& text) {
    list_.push_back({what, Finding::Verdict::good, text});
  }
  void note(const std::string& what, const std::string& text) {
    list_.push_back({what, Finding::Verdict::note, text});
  }
  void wrong(const std::string& what, const std::string& text) {
    list_.push_back({what, Finding::Verdict::wrong, text});
  }
  /// Looks at something: whatever that throws is what is wrong with it, but for a signal.
  template <class Look>
  void look_at(const std::string& what, const Look& look) {
    try {
      look();
    } catch (const std::exception& error) {
      if (base::interrupt_requested()) throw;
      wrong(what, error.what());
    }
  }
  const std::vector<Finding>& list() const { return list_; }
  int n_wrong() const;

 private:
  std::vector<Finding> list_;
};

inline int Findings::n_wrong() const {
  int n = 0;
  for (const Finding& finding : list_) n += finding.verdict == Finding::Verdict::wrong ? 1 : 0;
  return n;
}

}  // namespace scorefem::checking
