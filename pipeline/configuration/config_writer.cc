#include "pipeline/configuration/config_writer.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <regex>

#include "pipeline/base/joined.h"

namespace scorefem::configuration {
namespace {

std::string shortest(double value) {
  std::array<char, 32> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

std::string list_of(const std::vector<double>& values) {
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const double value : values) texts.push_back(shortest(value));
  return base::joined(texts);
}

/// Whether a text without quotes is that text to every reader of YAML, 1.1 too: not a mark of a list,
/// nothing, a truth value, a number or a date.
bool is_plain(const std::string& text) {
  static const std::regex other(
      "-|null|true|false|yes|no|on|off"
      "|-?(0b[01_]+|0o[0-7_]+|0x[0-9a-f_]+)"
      "|-?([0-9][0-9_]*(\\.[0-9_]*)?|\\.[0-9_]+)(e-?[0-9]+)?|-?\\.(inf|nan)"
      "|[0-9]{4}-[0-9]{2}-[0-9]{2}",
      std::regex::icase | std::regex::nosubs);
  return !text.empty() &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
             "0123456789_-./") == std::string::npos &&
         !std::regex_match(text, other);
}

/// What stands in quotes for the character at text[i] where a reader of YAML would not take it as it is, a
/// control character or a line end of Unicode; else "". Moves i to the character's last byte.
std::string escaped(const std::string& text, std::size_t& i) {
  const auto byte = [&](std::size_t ahead) {
    return i + ahead < text.size() ? static_cast<unsigned char>(text[i + ahead]) : 0U;
  };
  unsigned code = 0;
  std::size_t n_bytes = 1;
  if (byte(0) < 0x20 || byte(0) == 0x7F) {
    code = byte(0);
  } else if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) {
    code = byte(1);
    n_bytes = 2;
  } else if (byte(0) == 0xE2 && byte(1) == 0x80 && (byte(2) == 0xA8 || byte(2) == 0xA9)) {
    code = 0x1F80 + byte(2);
    n_bytes = 3;
  } else {
    return "";
  }
  i += n_bytes - 1;
  char out[8];
  std::snprintf(out, sizeof out, "\\u%04X", code);
  return out;
}

std::string in_quotes(const std::string& text) {
  if (is_plain(text)) return text;
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string instead = escaped(text, i);
    if (text[i] == '"' || text[i] == '\\') out += '\\';
    out += instead.empty() ? std::string(1, text[i]) : instead;
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
    std::vector<std::string> quoted;
    quoted.reserve(values.size());
    for (const std::string& value : values) quoted.push_back(in_quotes(value));
    line(key, std::string("[") + base::joined(quoted) + "]", help);
  }
  void points(const char* key, std::vector<std::array<double, 2>>& values, const char* help) override {
    if (values.empty()) return skip();
    std::vector<std::string> pairs;
    pairs.reserve(values.size());
    for (const auto& point : values) pairs.push_back("[" + list_of({point[0], point[1]}) + "]");
    line(key, "[" + base::joined(pairs) + "]", help);
  }
  void table(const char* key, std::vector<std::vector<double>>& rows, const std::vector<std::string>& columns,
             const char* help) override {
    line(key, "", (std::string(help) + "; rows of " + base::joined(columns)).c_str());
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
      body[2 * (static_cast<std::size_t>(depth_) + 1)] = '-';  // where the first key's indentation ends
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
