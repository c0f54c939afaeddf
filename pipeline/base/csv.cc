#include "pipeline/base/csv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/parse_number.h"

namespace scorefem::base {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

double parse_field(const std::string& field, MissingValues missing, const std::string& place) {
  std::string lower = field;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (lower.empty() || lower == "nan") {
    if (missing == MissingValues::allowed) return std::numeric_limits<double>::quiet_NaN();
    throw InputError(place + ": '" + field + "'; expected a number");
  }
  const std::optional<double> value = parse_number(field);
  if (!value || !std::isfinite(*value))
    throw InputError(place + ": '" + field + "'; expected a finite number");
  return *value;
}

}  // namespace

solver::Matrix read_csv(const std::string& path, int n_columns, MissingValues missing) {
  std::istringstream text(read_text_file(path, "a CSV file of " + std::to_string(n_columns) + " columns"));
  std::vector<double> values;
  std::string line;
  for (int line_number = 1; std::getline(text, line); ++line_number) {
    line = trimmed(line);
    if (line.empty() || line[0] == '#') continue;
    const std::string place = path + ":" + std::to_string(line_number);
    const auto n_fields = 1 + std::count(line.begin(), line.end(), ',');
    if (n_fields != n_columns) {
      throw InputError(place + ": " + std::to_string(n_fields) + " columns; expected " +
                       std::to_string(n_columns));
    }
    std::size_t begin = 0;
    for (int column = 1; column <= n_columns; ++column) {
      const std::size_t end = line.find(',', begin);
      const std::string field = trimmed(line.substr(begin, end - begin));
      values.push_back(parse_field(field, missing, place + ", column " + std::to_string(column)));
      begin = end + 1;
    }
  }
  if (values.empty())
    throw InputError(path + ": no rows; expected rows of " + std::to_string(n_columns) + " numbers");
  const auto n_rows = static_cast<Eigen::Index>(values.size()) / n_columns;
  return Eigen::Map<const solver::Matrix>(values.data(), n_rows, n_columns);
}

std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void write_csv(const std::string& path, const std::vector<std::string>& comments, const solver::Matrix& rows,
               int digits) {
  std::ostringstream out;
  for (const std::string& comment : comments) out << "# " << comment << '\n';
  out << std::scientific;
  out.precision(digits - 1);
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    for (Eigen::Index j = 0; j < rows.cols(); ++j) out << (j > 0 ? "," : "") << rows(i, j);
    out << '\n';
  }
  write_text_file(path, out.str());
}

}  // namespace scorefem::base
