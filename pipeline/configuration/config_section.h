#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace scorefem::configuration {

/// The interval that a number must lie in.
struct Bounds {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
  bool lower_open = false;  //!< lower itself is not allowed
  bool upper_open = false;  //!< upper itself is not allowed

  bool contain(double value) const;
  /// For error messages: "> 0", ">= 1", "in [0, 1]".
  std::string text() const;
};

Bounds positive();
Bounds non_negative();
Bounds at_least(double lower);
Bounds between(double lower, double upper);
/// lower < value <= upper
Bounds above_up_to(double lower, double upper);

/// A file that the configuration names, relative to the folder of the configuration.
struct InputFile {
  std::string given;  //!< as it stands in the configuration; empty: none
  std::string path;   //!< from the working directory

  bool empty() const { return given.empty(); }
};

/// One mapping of the configuration, as seen by the functions that describe it, such as describe_study() in
/// study_keys.h. A description names each key once, beside its variable, its range and its meaning; reading,
/// printing and documenting are implementations of this interface, so that the three can never disagree.
class Section {
 public:
  virtual ~Section() = default;

  virtual void number(const char* key, double& value, Bounds bounds, const char* help) = 0;
  virtual void integer(const char* key, std::int64_t& value, Bounds bounds, const char* help) = 0;
  virtual void flag(const char* key, bool& value, const char* help) = 0;
  virtual void text(const char* key, std::string& value, const char* help) = 0;
  /// Absent when empty, which is the default.
  virtual void optional_text(const char* key, std::string& value, const char* help) = 0;
  /// Absent when not given.
  virtual void optional_number(const char* key, std::optional<double>& value, Bounds bounds,
                               const char* help) = 0;
  virtual void numbers(const char* key, std::vector<double>& values, Bounds bounds, const char* help) = 0;
  /// A list of texts; absent when empty, which is the default.
  virtual void texts(const char* key, std::vector<std::string>& values, const char* help) = 0;
  /// A list of pairs such as sensor positions; empty when not given.
  virtual void points(const char* key, std::vector<std::array<double, 2>>& values, const char* help) = 0;
  /// A list of rows of numbers, one for each of the columns.
  virtual void table(const char* key, std::vector<std::vector<double>>& rows,
                     const std::vector<std::string>& columns, const char* help) = 0;
  /// value is an index into names.
  virtual void choice(const char* key, int& value, const std::vector<std::string>& names,
                      const char* help) = 0;
  /// A mapping that is handed on as it is, e.g. to another program: value is its JSON, with sorted keys and
  /// nothing where there are none, "{}".
  virtual void json(const char* key, std::string& value, const char* help) = 0;
  /// Absent when there is none, which is the default.
  virtual void file(const char* key, InputFile& value, const char* help) = 0;
  virtual void section(const char* key, const std::function<void(Section&)>& describe, const char* help) = 0;
  /// A list of mappings, each described by describe(section, i); absent when empty, which is the default.
  /// @param n how many there are; set before describe() is called
  virtual void sections(const char* key, std::size_t& n,
                        const std::function<void(Section&, std::size_t i)>& describe, const char* help) = 0;

  /// The next key must be given; without this call the variable's value is the default.
  Section& required() {
    required_ = true;
    return *this;
  }

  /// No result depends on the next key: it is left out where only what a result depends on is written.
  Section& resource() {
    resource_ = true;
    return *this;
  }

  /// An int variable; the value must fit.
  void integer(const char* key, int& value, Bounds bounds, const char* help);
  /// The values of an enumeration with their names.
  template <class Enum>
  using Names =
      std::vector<std::pair<std::common_type_t<Enum>, const char*>>;  // not what Enum is deduced from
  template <class Enum>
  void choice(const char* key, Enum& value, const Names<Enum>& names, const char* help) {
    int index = 0;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < names.size(); ++i) {
      texts.emplace_back(names[i].second);
      if (names[i].first == value) index = static_cast<int>(i);
    }
    choice(key, index, texts, help);
    value = names[static_cast<std::size_t>(index)].first;
  }

  /// Rejects the section for a reason that no single key's range expresses. Does nothing when printing.
  virtual void reject_if(bool condition, const char* key, const std::string& allowed) = 0;

 protected:
  bool take_required() {
    const bool was = required_;
    required_ = false;
    return was;
  }
  bool take_resource() {
    const bool was = resource_;
    resource_ = false;
    return was;
  }

 private:
  bool required_ = false;
  bool resource_ = false;
};

}  // namespace scorefem::configuration
