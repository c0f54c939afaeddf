#include "pipeline/configuration/config_reader.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "pipeline/base/errors.h"
#include "pipeline/base/joined.h"
#include "pipeline/configuration/config_source.h"
#include "pipeline/configuration/nearest_match.h"
#include "pipeline/configuration/yaml_json.h"

namespace scorefem::configuration {
namespace {

namespace fs = std::filesystem;

std::string shown(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return "(empty)";
  if (node.IsScalar()) return "'" + node.Scalar() + "'";
  YAML::Emitter emitter;
  emitter << YAML::Flow << node;
  std::string text = emitter.c_str();
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad() || fs::is_directory(path))
    throw base::ConfigError(path + ": cannot read this configuration file");
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    throw base::ConfigError(path + ": empty; expected a configuration, YAML");
  return text;
}

class Reader : public Section {
 public:
  /// @param whole whether every key that is given must be asked for
  Reader(const Source& source, YAML::Node node, std::string path, bool whole)
      : source_(source), node_(std::move(node)), path_(std::move(path)), whole_(whole) {
    if (node_.IsDefined() && !node_.IsNull() && !node_.IsMap()) {
      fail(node_, path_, shown(node_), "a mapping of keys to values");
    }
    std::set<std::string> seen;
    for (const auto& entry : node_) {
      if (entry.first.IsScalar() && entry.first.Scalar() == "<<") {
        fail(entry.first, child_path("<<"), "(a merge key)",
             "the keys themselves: merge keys are not part of YAML 1.2, and not read");
      }
      if (!entry.first.IsScalar()) fail(entry.first, path_, shown(entry.first), "a plain key");
      if (!seen.insert(entry.first.Scalar()).second) {
        fail(entry.first, child_path(entry.first.Scalar()), "(given twice)", "each key once");
      }
    }
  }

  void number(const char* key, double& value, Bounds bounds, const char*) override {
    if (const YAML::Node node = find(key)) value = number_at(node, child_path(key), bounds);
  }

  void integer(const char* key, std::int64_t& value, Bounds bounds, const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    const std::optional<double> parsed = parse_number(node);
    const std::string allowed = "an integer " + bounds.text();
    if (!parsed || *parsed != std::floor(*parsed) || !bounds.contain(*parsed) || std::abs(*parsed) > 9e15) {
      fail(node, child_path(key), shown(node), allowed);
    }
    value = static_cast<std::int64_t>(*parsed);
  }

  void flag(const char* key, bool& value, const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text != "true" && text != "false") fail(node, child_path(key), shown(node), "true or false");
    value = text == "true";
  }

  void text(const char* key, std::string& value, const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    if (!node.IsScalar() || node.Scalar().empty()) fail(node, child_path(key), shown(node), "a text");
    value = node.Scalar();
  }

  void optional_text(const char* key, std::string& value, const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    if (!node.IsScalar()) fail(node, child_path(key), shown(node), "a text");
    value = node.Scalar();
  }

  void optional_number(const char* key, std::optional<double>& value, Bounds bounds, const char*) override {
    value.reset();
    if (const YAML::Node node = find(key)) value = number_at(node, child_path(key), bounds);
  }

  void numbers(const char* key, std::vector<double>& values, Bounds bounds, const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    if (!node.IsSequence()) fail(node, child_path(key), shown(node), "a list of numbers " + bounds.text());
    values.clear();
    for (const YAML::Node& entry : node) values.push_back(number_at(entry, child_path(key), bounds));
  }

  void texts(const char* key, std::vector<std::string>& values, const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    if (!node.IsSequence()) fail(node, child_path(key), shown(node), "a list of texts");
    values.clear();
    for (const YAML::Node& entry : node) {
      if (!entry.IsScalar() || entry.Scalar().empty()) fail(entry, child_path(key), shown(entry), "a text");
      values.push_back(entry.Scalar());
    }
  }

  void points(const char* key, std::vector<std::array<double, 2>>& values, const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    const std::string allowed = "a list of pairs [x, y]";
    if (!node.IsSequence()) fail(node, child_path(key), shown(node), allowed);
    values.clear();
    for (const YAML::Node& entry : node) {
      if (!entry.IsSequence() || entry.size() != 2) fail(entry, child_path(key), shown(entry), allowed);
      values.push_back({number_at(entry[0], child_path(key), {}), number_at(entry[1], child_path(key), {})});
    }
  }

  void table(const char* key, std::vector<std::vector<double>>& rows, const std::vector<std::string>& columns,
             const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    const std::string allowed = "a list of rows [" + base::joined(columns) + "]";
    if (!node.IsSequence()) fail(node, child_path(key), shown(node), allowed);
    rows.clear();
    for (const YAML::Node& entry : node) {
      if (!entry.IsSequence() || entry.size() != columns.size())
        fail(entry, child_path(key), shown(entry), allowed);
      rows.emplace_back();
      for (const YAML::Node& number : entry) rows.back().push_back(number_at(number, child_path(key), {}));
    }
  }

  void choice(const char* key, int& value, const std::vector<std::string>& names, const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    const auto found = node.IsScalar() ? std::find(names.begin(), names.end(), node.Scalar()) : names.end();
    if (found == names.end()) {
      fail(node, child_path(key), shown(node), "one of " + base::joined(names),
           nearest_match(node.IsScalar() ? node.Scalar() : "", names));
    }
    value = static_cast<int>(found - names.begin());
  }

  void json(const char* key, std::string& value, const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    if (!node.IsMap()) fail(node, child_path(key), shown(node), "a mapping of keys to values");
    const std::optional<std::string> text = json_text(node);
    if (!text) fail(node, child_path(key), shown(node), "text in UTF-8");
    value = *text;
  }

  void file(const char* key, InputFile& value, const char* help) override {
    text(key, value.given, help);
    if (!value.empty()) value.path = (fs::path(source_.name).parent_path() / value.given).string();
  }

  void sections(const char* key, std::size_t& n, const std::function<void(Section&, std::size_t i)>& describe,
                const char*) override {
    const YAML::Node node = find(key);
    if (!node) return;
    if (!node.IsSequence()) fail(node, child_path(key), shown(node), "a list of mappings");
    n = node.size();
    for (std::size_t i = 0; i < n; ++i) {
      Reader reader(source_, node[i], child_path(key) + "[" + std::to_string(i + 1) + "]", whole_);
      describe(reader, i);
      reader.finish();
    }
  }

  void section(const char* key, const std::function<void(Section&)>& describe, const char*) override {
    const YAML::Node node = find(key);
    Reader reader(source_, node ? node : YAML::Node(YAML::NodeType::Map), child_path(key), whole_);
    describe(reader);
    reader.finish();
  }

  void reject_if(bool condition, const char* key, const std::string& allowed) override {
    if (!condition) return;
    const YAML::Node node = node_.IsMap() ? static_cast<const YAML::Node&>(node_)[key] : YAML::Node();
    const bool given = node.IsDefined();
    fail(given ? node : node_, given ? child_path(key) : path_, given ? shown(node) : "(as given)", allowed);
  }

  /// Every key that was given must have been asked for.
  void finish() const {
    if (!whole_) return;
    for (const auto& entry : node_) {
      const std::string& key = entry.first.Scalar();
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      fail(entry.first, child_path(key), "(unknown key)", "one of " + base::joined(known_),
           nearest_match(key, known_));
    }
  }

 private:
  YAML::Node find(const char* key) {
    const bool required = take_required();
    take_resource();
    known_.emplace_back(key);
    const YAML::Node node = node_.IsMap() ? static_cast<const YAML::Node&>(node_)[key] : YAML::Node();
    if (node.IsDefined() && node.IsNull()) fail(node, child_path(key), "(empty)", "a value");
    if (required && !node.IsDefined())
      fail(node_, child_path(key), "(missing)", "a value: this key has no default");
    return node.IsDefined() ? node : YAML::Node(YAML::NodeType::Undefined);
  }

  double number_at(const YAML::Node& node, const std::string& path, const Bounds& bounds) const {
    const std::optional<double> value = parse_number(node);
    if (!value || !bounds.contain(*value)) fail(node, path, shown(node), "a number " + bounds.text());
    // Variances are squares: beyond these they overflow, or vanish.
    constexpr double kLargest = 1e150;
    const double size = std::abs(*value);
    if (size > kLargest || (size > 0 && size < 1 / kLargest))
      fail(node, path, shown(node), "0, or a number between 1e-150 and 1e150 in size; choose another unit");
    return *value;
  }

  [[noreturn]] void fail(const YAML::Node& node, const std::string& path, const std::string& value,
                         const std::string& allowed, const std::string& nearest = "") const {
    std::string message = source_.location(node, path) + ": " + (path.empty() ? "the file" : path) + " = " +
                          value + "; expected " + allowed;
    if (!nearest.empty()) message += "; did you mean '" + nearest + "'?";
    throw base::ConfigError(message);
  }

  std::string child_path(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

  const Source& source_;
  YAML::Node node_;
  std::string path_;
  bool whole_;
  std::vector<std::string> known_;
};

}  // namespace

void read_config_text(const std::string& text, const std::string& name,
                      const std::vector<std::string>& overrides, const Description& describe,
                      const Description& choose) {
  Source source{name, {}};
  const YAML::Node root = parse(text, overrides, source);
  if (choose) {
    Reader choices(source, root, "", /*whole=*/false);
    choose(choices);
  }
  Reader reader(source, root, "", /*whole=*/true);
  describe(reader);
  reader.finish();
}

void read_config(const std::string& path, const std::vector<std::string>& overrides,
                 const Description& describe, const Description& choose) {
  read_config_text(text_of(path), path, overrides, describe, choose);
}

std::string location_of(const std::string& key, const std::string& path,
                        const std::vector<std::string>& overrides) {
  Source source{path, {}};
  YAML::Node node = parse(text_of(path), overrides, source);
  std::istringstream parts(key);
  for (std::string part; std::getline(parts, part, '.');) {
    const YAML::Node inner = node.IsMap() ? std::as_const(node)[part] : YAML::Node();
    if (!inner.IsDefined() || inner.IsNull()) break;
    node.reset(inner);
  }
  return source.location(node, key);
}

}  // namespace scorefem::configuration
