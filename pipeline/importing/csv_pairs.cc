#include "pipeline/importing/csv_pairs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>

#include "pipeline/base/csv_line.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/joined.h"
#include "pipeline/base/parse_number.h"

namespace scorefem::importing {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

bool parse(const std::string& field, double& value) {
  if (base::is_missing(field)) {
    value = kMissing;
    return true;
  }
  const std::optional<double> number = base::parse_number(field);
  value = number.value_or(kMissing);
  return number.has_value();
}

class CsvPairs : public PairFile {
 public:
  CsvPairs(const std::string& path, const PairNames& names) : path_(path), file_(path) {
    if (!file_) throw base::InputError(path + ": cannot be read; expected a file of pairs");
    bytes_ = std::max<std::uintmax_t>(1, std::filesystem::file_size(path));
    if (!next_line())
      throw base::InputError(path + ": empty; expected a header with the names of the columns");
    header_ = fields_;
    require_header();
    unknowns_ = columns(names.listed_unknowns, names.unknowns, "unknowns");
    observations_ = columns(names.listed_observations, names.observations, "observations");
    for (const std::size_t column : unknowns_) {
      if (std::find(observations_.begin(), observations_.end(), column) != observations_.end())
        throw base::InputError(path + ": column '" + header_[column] +
                               "' is both an unknown and an observation");
    }
  }

  Eigen::Index n_unknowns() const override { return static_cast<Eigen::Index>(unknowns_.size()); }
  Eigen::Index n_observations() const override { return static_cast<Eigen::Index>(observations_.size()); }
  std::vector<std::string> unknown_names() const override { return names_of(unknowns_); }
  std::vector<std::string> observation_names() const override { return names_of(observations_); }

  double share_done() const override {
    return static_cast<double>(bytes_read_) / static_cast<double>(bytes_);
  }

  PairBlock read(Eigen::Index n) override {
    PairBlock block{solver::Matrix(n, n_unknowns()), solver::Matrix(n, n_observations()), {}};
    Eigen::Index row = 0;
    for (; row < n && next_line(); ++row) {
      if (fields_.size() != header_.size())
        throw base::InputError(place() + ": " + std::to_string(fields_.size()) + " columns; expected " +
                               std::to_string(header_.size()) + " as in the header");
      fill(unknowns_, block.unknowns.row(row).data());
      fill(observations_, block.observations.row(row).data());
    }
    block.unknowns.conservativeResize(row, Eigen::NoChange);
    block.observations.conservativeResize(row, Eigen::NoChange);
    return block;
  }

 private:
  std::string place() const { return path_ + ":" + std::to_string(line_number_); }

  /// Into fields_; lines that are empty or begin with # are skipped.
  bool next_line() {
    while (std::getline(file_, line_)) {
      ++line_number_;
      bytes_read_ = std::min(bytes_, bytes_read_ + line_.size() + 1);
      if (line_number_ == 1) base::drop_byte_order_mark(line_);
      const std::size_t first = line_.find_first_not_of(" \t\r");
      if (first != std::string::npos && line_[first] == '#') comment_ = line_.substr(first + 1);
      if (first == std::string::npos || line_[first] == '#') continue;
      base::split_csv(line_, fields_);
      return true;
    }
    if (file_.bad()) throw base::InputError(path_ + ": cannot be read to its end");
    return false;
  }

  void require_header() const {
    double value = 0;
    const bool numbers = std::all_of(header_.begin(), header_.end(),
                                     [&](const std::string& name) { return parse(name, value); });
    if (numbers) {
      std::vector<std::string> names;
      base::split_csv(comment_, names);
      throw base::InputError(place() + ": a row of numbers; expected a header with the names of the columns" +
                             (names.size() == header_.size() && names.size() > 1
                                  ? "; is it the line before, behind a #? numpy.savetxt(..., comments='')"
                                  : ""));
    }
    const std::string separator = base::other_separator(header_);
    if (header_.size() == 1 && !separator.empty()) {
      throw base::InputError(place() + ": one column; expected some, separated by ',' and not by " +
                             separator);
    }
    if (header_[0].size() > 1 &&
        (header_[0].rfind("\xFF\xFE", 0) == 0 || header_[0].rfind("\xFE\xFF", 0) == 0))
      throw base::InputError(path_ + ": a text in UTF-16; expected UTF-8");
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (std::find(header_.begin(), header_.begin() + static_cast<std::ptrdiff_t>(i), header_[i]) !=
          header_.begin() + static_cast<std::ptrdiff_t>(i))
        throw base::InputError(place() + ": two columns are called '" + header_[i] + "'");
    }
  }

  std::vector<std::size_t> columns(const std::vector<std::string>& listed, const std::string& prefix,
                                   const char* what) const {
    std::vector<std::size_t> numbered;
    for (std::size_t i = 0; i < header_.size(); ++i)
      if (header_[i].rfind(prefix + "_", 0) == 0) numbered.push_back(i);
    std::vector<std::size_t> found;
    std::vector<std::string> missing;
    for (const std::string& name : listed) {
      const auto at = std::find(header_.begin(), header_.end(), name);
      if (at != header_.end()) {
        found.push_back(static_cast<std::size_t>(at - header_.begin()));
      } else {
        missing.push_back("'" + name + "'");
      }
    }
    if (!listed.empty() && missing.empty()) return found;
    if (listed.empty() && !numbered.empty()) return numbered;
    // Listed ones may be numbered in the file, in any order.
    if (!listed.empty() && found.empty() && numbered.size() == listed.size()) {
      for (std::size_t k = 0; k < numbered.size(); ++k) {
        const std::string name = prefix + "_" + std::to_string(k + 1);
        const auto at = std::find(header_.begin(), header_.end(), name);
        if (at == header_.end())
          throw base::InputError(place() + ": no column '" + name + "' of the " + what +
                                 "; the header has: " + base::joined(header_));
        numbered[k] = static_cast<std::size_t>(at - header_.begin());
      }
      return numbered;
    }
    throw base::InputError(
        place() + ": no columns of the " + what + " " +
        (missing.empty() ? "'" + prefix + "_1', '" + prefix + "_2', ..." : base::joined(missing)) +
        "; the header has: " + base::joined(header_));
  }

  std::vector<std::string> names_of(const std::vector<std::size_t>& columns) const {
    std::vector<std::string> names;
    names.reserve(columns.size());
    for (const std::size_t column : columns) names.push_back(header_[column]);
    return names;
  }

  void fill(const std::vector<std::size_t>& columns, double* values) const {
    for (const std::size_t column : columns) {
      if (!parse(fields_[column], *values++))
        throw base::InputError(place() + ", column '" + header_[column] + "': '" + fields_[column] +
                               "'; expected a number, or nothing where it is missing");
    }
  }

  std::string path_;
  std::ifstream file_;
  std::string line_;
  std::string comment_;  // the last line that was one, without its #
  std::int64_t line_number_ = 0;
  std::uintmax_t bytes_ = 1, bytes_read_ = 0;
  std::vector<std::string> fields_;
  std::vector<std::string> header_;
  std::vector<std::size_t> unknowns_, observations_;
};

}  // namespace

std::unique_ptr<PairFile> open_csv_pairs(const std::string& path, const PairNames& names) {
  return std::make_unique<CsvPairs>(path, names);
}

}  // namespace scorefem::importing
