#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/configuration/config_section.h"

namespace scorefem::problem {

/// The alternatives of a kind (ForwardSetup, PriorSetup, NoiseSetup) by name, in the order in which they were
/// added. Those of the program are in builtin.cc; others add themselves by an object Registered in their own
/// file.
template <class Setup>
class Registry {
 public:
  using Maker = std::function<std::unique_ptr<Setup>()>;

  static Registry& instance();
  void add(const std::string& name, Maker make) {
    names_.push_back(name);
    makers_.push_back(std::move(make));
  }
  const std::vector<std::string>& names() const { return names_; }
  /// @param index into names()
  std::unique_ptr<Setup> make(std::size_t index) const { return makers_.at(index)(); }
  std::size_t index_of(const std::string& name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found == names_.end()) throw std::logic_error("nothing is registered as '" + name + "'");
    return static_cast<std::size_t>(found - names_.begin());
  }

 private:
  Registry();  // with what the program brings along: builtin.cc
  std::vector<std::string> names_;
  std::vector<Maker> makers_;
};

/// Adds an alternative while the program starts: `const Registered<ForwardSetup, Spring> kSpring{"spring"};`
template <class Setup, class Alternative>
struct Registered {
  explicit Registered(const std::string& name) {
    Registry<Setup>::instance().add(name, [] { return std::make_unique<Alternative>(); });
  }
};

/// The alternative that a configuration chooses, with its keys. A value: copies are independent.
template <class Setup>
class Chosen {
 public:
  explicit Chosen(const std::string& name) : index_(Registry<Setup>::instance().index_of(name)) { renew(); }
  Chosen(const Chosen& other) : index_(other.index_), setup_(other.setup_->clone()) {}
  Chosen& operator=(const Chosen& other) {
    index_ = other.index_;
    setup_ = other.setup_->clone();
    return *this;
  }
  Chosen(Chosen&&) noexcept = default;
  Chosen& operator=(Chosen&&) noexcept = default;
  ~Chosen() = default;

  const std::string& name() const { return Registry<Setup>::instance().names()[index_]; }
  Setup* operator->() { return setup_.get(); }
  const Setup* operator->() const { return setup_.get(); }
  Setup& operator*() { return *setup_; }
  const Setup& operator*() const { return *setup_; }

  /// The key that chooses. Another alternative than before begins with its defaults.
  /// @return whether it is another
  bool choose(configuration::Section& s, const char* key, const char* help) {
    auto index = static_cast<int>(index_);
    s.choice(key, index, Registry<Setup>::instance().names(), help);
    const bool changed = static_cast<std::size_t>(index) != index_;
    index_ = static_cast<std::size_t>(index);
    if (changed) renew();
    return changed;
  }

 private:
  void renew() { setup_ = Registry<Setup>::instance().make(index_); }

  std::size_t index_;
  std::unique_ptr<Setup> setup_;
};

}  // namespace scorefem::problem
