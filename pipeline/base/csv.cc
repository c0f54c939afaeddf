#include "pipeline/base/csv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <sstream>
#include <utility>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/csv_line.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/parse_number.h"

namespace scorefem::base {
namespace {

double parse_field(const std::string& field, MissingValues missing, const std::string& place) {
  if (is_missing(field)) {
    if (missing == MissingValues::allowed) return std::numeric_limits<double>::quiet_NaN();
    throw InputError(place + ": '" + field + "'; expected a number");
  }
  const std::optional<double> value = parse_number(field);
  if (!value || !std::isfinite(*value))
    throw InputError(place + ": '" + field + "'; expected a finite number");
  return *value;
}

void require_fields(const std::vector<std::string>& fields, std::size_t expected, const std::string& place) {
  if (fields.size() == expected) return;
  const std::string separator = other_separator(fields);
  throw InputError(
      place + ": " + std::to_string(fields.size()) + " columns; expected " + std::to_string(expected) +
      (separator.empty() ? ""
                         : ", separated by ',' and not by " + separator + ", with points in the numbers"));
}

/// Which column of the result each field of a line of names is; empty if the line holds numbers. All names,
/// once each, are names even if they look like numbers.
std::vector<std::size_t> named_columns(const std::vector<std::string>& fields,
                                       const std::vector<std::string>& names, const std::string& place) {
  const auto is_text = [](const std::string& field) { return !is_missing(field) && !parse_number(field); };
  const bool all_names = std::is_permutation(fields.begin(), fields.end(), names.begin(), names.end());
  if (names.empty() || !(all_names || std::all_of(fields.begin(), fields.end(), is_text))) return {};
  std::vector<std::size_t> columns;
  for (const std::string& name : fields) {
    const auto found = std::find(names.begin(), names.end(), name);
    const auto column = static_cast<std::size_t>(found - names.begin());
    const bool twice = std::find(columns.begin(), columns.end(), column) != columns.end();
    if (found == names.end() || twice) {
      throw InputError(place + ": a column '" + name + "'" + (twice ? " for the second time" : "") +
                       "; expected each of the " + std::to_string(names.size()) + " names once, " +
                       names.front() + (names.size() > 1 ? " to " + names.back() : "") +
                       ", or numbers alone");
    }
    columns.push_back(column);
  }
  return columns;
}

/// @param names none: the columns have no names
solver::Matrix read_rows(const std::string& path, std::size_t n_columns,
                         const std::vector<std::string>& names, MissingValues missing) {
  std::istringstream text(read_text_file(path, "a CSV file of " + std::to_string(n_columns) + " columns"));
  std::vector<double> values;
  std::vector<std::size_t> columns;
  std::vector<std::string> fields;
  std::string line;
  bool first = true;
  for (int line_number = 1; std::getline(text, line); ++line_number) {
    if (line_number == 1) drop_byte_order_mark(line);
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos || line[begin] == '#') continue;
    const std::string place = path + ":" + std::to_string(line_number);
    split_csv(line, fields);
    require_fields(fields, n_columns, place);
    if (std::exchange(first, false)) {
      columns = named_columns(fields, names, place);
      if (!columns.empty()) continue;
      columns.resize(n_columns);
      std::iota(columns.begin(), columns.end(), std::size_t{0});
    }
    const std::size_t row = values.size();
    values.resize(row + n_columns);
    for (std::size_t j = 0; j < n_columns; ++j) {
      values[row + columns[j]] = parse_field(fields[j], missing, place + ", column " + std::to_string(j + 1));
    }
  }
  if (values.empty())
    throw InputError(path + ": no rows; expected rows of " + std::to_string(n_columns) + " numbers");
  const auto n = static_cast<Eigen::Index>(n_columns);
  return Eigen::Map<const solver::Matrix>(values.data(), static_cast<Eigen::Index>(values.size()) / n, n);
}

}  // namespace

solver::Matrix read_csv(const std::string& path, int n_columns, MissingValues missing) {
  return read_rows(path, static_cast<std::size_t>(n_columns), {}, missing);
}

solver::Matrix read_csv(const std::string& path, const std::vector<std::string>& names,
                        MissingValues missing) {
  return read_rows(path, names.size(), names, missing);
}

std::string csv_text(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  const bool comment = first != std::string::npos && text[first] == '#';  // if it is a line's first field
  if (!comment && text.find_first_of(",\"\n\r") == std::string::npos) return text;
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
