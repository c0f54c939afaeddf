#include "pipeline/configuration/config_writer.h"

#include <array>
#include <charconv>

namespace scorefem::configuration {
namespace {

std::string shortest(double value) {
  std::array<char, 32> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

std::string list_of(const std::vector<double>& values) {
  std::string list;
  for (const double value : values) list += (list.empty() ? "" : ", ") + shortest(value);
  return list;
}

std::string in_quotes(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-./") == std::string::npos;
  if (plain) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

class Writer : public Section {
 public:
  Writer(std::string& out, int depth, bool with_help, Keys keys)
      : out_(out), depth_(depth), with_help_(with_help), keys_(keys) {}

  void number(const char* key, double& value, Bounds, const char* help) override {
    line(key, shortest(value), help);
  }
  void integer(const char* key, std::int64_t& value, Bounds, const char* help) override {
    line(key, std::to_string(value), help);
  }
  void flag(const char* key, bool& value, const char* help) override {
    line(key, value ? "true" : "false", help);
  }
  void text(const char* key, std::string& value, const char* help) override {
    line(key, in_quotes(value), help);
  }
  void optional_text(const char* key, std::string& value, const char* help) override {
    if (value.empty()) return skip();
    line(key, in_quotes(value), help);
  }
  void optional_number(const char* key, std::optional<double>& value, Bounds, const char* help) override {
    if (!value) return skip();
    line(key, shortest(*value), help);
  }
  void numbers(const char* key, std::vector<double>& values, Bounds, const char* help) override {
    line(key, std::string("[") + list_of(values) + "]", help);
  }
  void texts(const char* key, std::vector<std::string>& values, const char* help) override {
    if (values.empty()) return skip();
    std::string list;
    for (const std::string& value : values) list += (list.empty() ? "" : ", ") + in_quotes(value);
    line(key, std::string("[") + list + "]", help);
  }
  void points(const char* key, std::vector<std::array<double, 2>>& values, const char* help) override {
    if (values.empty()) return skip();
    std::string list;
    for (const auto& point : values) {
      list += (list.empty() ? "[" : ", [") + shortest(point[0]) + ", " + shortest(point[1]) + "]";
    }
    line(key, "[" + list + "]", help);
  }
  void table(const char* key, std::vector<std::vector<double>>& rows, const std::vector<std::string>& columns,
             const char* help) override {
    std::string names;
    for (const std::string& column : columns) names += (names.empty() ? "" : ", ") + column;
    line(key, "", (std::string(help) + "; rows of " + names).c_str());
    for (const std::vector<double>& row : rows) {
      out_ += std::string(static_cast<std::size_t>(2 * depth_), ' ') + "  - [" + list_of(row) + "]\n";
    }
  }
  void choice(const char* key, int& value, const std::vector<std::string>& names, const char* help) override {
    line(key, names.at(static_cast<std::size_t>(value)), help);
  }
  void section(const char* key, const std::function<void(Section&)>& describe, const char* help) override {
    std::string body;
    Writer writer(body, depth_ + 1, with_help_, keys_);
    describe(writer);
    if (body.empty()) return skip();
    line(key, "", help);
    out_ += body;
  }
  void json(const char* key, std::string& value, const char* help) override {
    if (value.empty() || value == "{}") return skip();
    line(key, value, help);  // JSON is YAML
  }
  void file(const char* key, InputFile& value, const char* help) override {
    optional_text(key, value.given, help);
  }
  void sections(const char* key, std::size_t& n, const std::function<void(Section&, std::size_t i)>& describe,
                const char* help) override {
    if (n == 0) return skip();
    line(key, "", help);
    for (std::size_t i = 0; i < n; ++i) {
      std::string body;
      Writer writer(body, depth_ + 2, with_help_, keys_);
      describe(writer, i);
      body[static_cast<std::size_t>(2 * depth_ + 2)] = '-';  // where the first key's indentation ends
      out_ += body;
    }
  }
  void reject_if(bool, const char*, const std::string&) override {}

 private:
  /// The next key is not written.
  void skip() {
    take_required();
    take_resource();
  }
  void line(const char* key, const std::string& value, const char* help) {
    take_required();
    if (take_resource() && keys_ == Keys::of_results) return;
    std::string text = std::string(static_cast<std::size_t>(2 * depth_), ' ') + key + ":" +
                       (value.empty() ? "" : " ") + value;
    if (with_help_ && help[0] != '\0') {
      text.resize(std::max<std::size_t>(text.size() + 2, 44), ' ');
      text += std::string("# ") + help;
    }
    out_ += text + "\n";
  }

  std::string& out_;
  int depth_;
  bool with_help_;
  Keys keys_;
};

}  // namespace

std::string write_config(const std::function<void(Section&)>& describe, bool with_help, Keys keys) {
  std::string out;
  Writer writer(out, 0, with_help, keys);
  describe(writer);
  return out;
}

}  // namespace scorefem::configuration
