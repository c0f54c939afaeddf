#include "pipeline/base/csv_line.h"

#include <strings.h>

#include <algorithm>

namespace scorefem::base {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

void split_csv(const std::string& line, std::vector<std::string>& fields) {
  fields.clear();
  std::string field;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted) {
      const bool twice = c == '"' && i + 1 < line.size() && line[i + 1] == '"';
      if (twice) ++i;
      if (c != '"' || twice) field += c;
      quoted = c != '"' || twice;
    } else if (c == ',') {
      fields.push_back(trimmed(field));
      field.clear();
    } else if (c == '"' && trimmed(field).empty()) {
      quoted = true;
    } else {
      field += c;
    }
  }
  fields.push_back(trimmed(field));
}

std::string other_separator(const std::vector<std::string>& fields) {
  const auto holds = [&](char c) {
    return std::any_of(fields.begin(), fields.end(),
                       [c](const std::string& field) { return field.find(c) != std::string::npos; });
  };
  if (holds(';')) return "';'";  // between numbers with decimal commas there is more than one field
  if (holds('\t')) return "tabs";
  return fields.size() == 1 && holds(' ') ? "blanks" : "";
}

void drop_byte_order_mark(std::string& first_line) {
  if (first_line.rfind("\xEF\xBB\xBF", 0) == 0) first_line.erase(0, 3);
}

bool is_missing(const std::string& field) {
  return field.empty() || field == "NA" || ::strcasecmp(field.c_str(), "nan") == 0;
}

}  // namespace scorefem::base
