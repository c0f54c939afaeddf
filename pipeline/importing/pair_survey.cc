#include "pipeline/importing/pair_survey.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "pipeline/base/errors.h"
#include "pipeline/problem/single_precision.h"

namespace scorefem::importing {
namespace {

using Json = nlohmann::json;
using problem::Layout;

constexpr std::size_t kShown = 5;

void add_row(std::vector<ColumnSummary>& columns, const solver::Matrix& values, Eigen::Index row,
             Place place) {
  for (Eigen::Index j = 0; j < values.cols(); ++j)
    columns[static_cast<std::size_t>(j)].add(values(row, j), place);
}

/// Those that are there.
void add_row(std::vector<ColumnSummary>& columns, const problem::Measurements& observations, Eigen::Index row,
             Place place) {
  for (Eigen::Index j = 0; j < observations.columns(); ++j)
    if (observations.there()(row, j))
      columns[static_cast<std::size_t>(j)].add(observations.values()(row, j), place);
}

/// Unknowns by how far the rows that are left out are from the others, in standard deviations, the farthest
/// first.
std::vector<std::size_t> by_distance(const PairSurvey& survey) {
  std::vector<std::size_t> order(survey.unknowns.size());
  std::iota(order.begin(), order.end(), 0);
  const auto distance = [&](std::size_t j) {
    const double sd = survey.unknowns[j].standard_deviation();
    return sd > 0 && survey.left_out_unknowns[j].n > 0
               ? std::abs(survey.left_out_unknowns[j].mean - survey.unknowns[j].mean) / sd
               : 0;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return distance(a) > distance(b); });
  return order;
}

std::string first_places(const PairSurvey& survey, const PairStream& reader) {
  std::string text;
  for (const Place& place : survey.first_left_out) text += (text.empty() ? "" : "; ") + reader.text(place);
  return text;
}

template <class Each>
void for_each_column(const PairSurvey& survey, const dataset::Layouts& layouts, const Each& each) {
  for (std::size_t j = 0; j < survey.unknowns.size(); ++j)
    each("unknown", layouts.unknowns[static_cast<Eigen::Index>(j)].name, survey.unknowns[j]);
  for (std::size_t j = 0; j < survey.observations.size(); ++j)
    each("observation", layouts.observations[static_cast<Eigen::Index>(j)].name, survey.observations[j]);
}

}  // namespace

bool PairSurvey::has_missing() const {
  return std::any_of(observations.begin(), observations.end(),
                     [&](const ColumnSummary& column) { return column.n < used; });
}

PairSurvey survey(PairStream& reader, const RowChecks& checks, const std::function<void(double)>& progress) {
  PairSurvey found;
  found.unknowns.resize(static_cast<std::size_t>(reader.n_unknowns()));
  found.left_out_unknowns = found.unknowns;
  found.observations.resize(static_cast<std::size_t>(reader.n_observations()));
  for (PairBlock block = reader.read(); block.rows() > 0; block = reader.read()) {
    const CheckedBlock checked =
        checks.check(block, [&](Eigen::Index i) { return reader.text(reader.place(i)); });
    for (std::size_t k = 0; k < checked.rows.size(); ++k) {
      const Place place = reader.place(checked.rows[k]);
      add_row(found.unknowns, checked.unknowns, static_cast<Eigen::Index>(k), place);
      add_row(found.observations, checked.observations, static_cast<Eigen::Index>(k), place);
    }
    for (const Eigen::Index row : checked.left_out) {
      add_row(found.left_out_unknowns, block.unknowns, row, reader.place(row));
      if (found.first_left_out.size() < kShown) found.first_left_out.push_back(reader.place(row));
    }
    found.used += static_cast<std::int64_t>(checked.rows.size());
    found.left_out += static_cast<std::int64_t>(checked.left_out.size());
    progress(reader.share_done());
  }
  return found;
}

std::string left_out_text(const PairSurvey& survey, const dataset::Layouts& layouts,
                          const PairStream& reader) {
  std::ostringstream text;
  text.precision(4);
  text << survey.left_out << " of " << survey.read()
       << " rows have a value that is not finite and are left out ("
       << (survey.first_left_out.size() < static_cast<std::size_t>(survey.left_out) ? "the first: " : "")
       << first_places(survey, reader) << ", counted from 0)";
  std::size_t shown = 0;
  for (const std::size_t j : by_distance(survey)) {
    const ColumnSummary &out = survey.left_out_unknowns[j], &used = survey.unknowns[j];
    if (out.n == 0 || shown == 3) continue;
    text << (shown++ == 0 ? "; among them " : ", ") << layouts.unknowns[static_cast<Eigen::Index>(j)].name
         << " is in [" << out.least << ", " << out.greatest << "]";
    if (used.n > 0) text << ", elsewhere in [" << used.least << ", " << used.greatest << "]";
  }
  return text.str();
}

Json left_out_json(const PairSurvey& survey, const dataset::Layouts& layouts, const PairStream& reader) {
  constexpr std::size_t kUnknowns = 20;  // an attribute must be short
  if (survey.left_out == 0) return nullptr;
  Json json{{"rows", survey.left_out}, {"of", survey.read()}, {"unknowns", Json::array()}};
  for (const Place& place : survey.first_left_out)
    json["first"].push_back({{"file", reader.paths()[place.file]}, {"row", place.row}});
  for (const std::size_t j : by_distance(survey)) {
    const ColumnSummary &out = survey.left_out_unknowns[j], &used = survey.unknowns[j];
    if (out.n == 0 || json["unknowns"].size() == kUnknowns) continue;
    json["unknowns"].push_back({{"name", layouts.unknowns[static_cast<Eigen::Index>(j)].name},
                                {"least", out.least},
                                {"greatest", out.greatest},
                                {"mean", out.mean},
                                {"least_elsewhere", used.least},
                                {"greatest_elsewhere", used.greatest},
                                {"mean_elsewhere", used.mean}});
  }
  return json;
}

namespace {

// What float32 holds the squares of, with room to spare: networks compute in it.
constexpr double kGreatest = 1e18, kLeastSpread = 1e-18;
// Standard deviation over size: an observation is learnt less its mean, down to the rounding of float64.
constexpr double kLeastShareOfObservation = 1e-12;

/// What is wrong with a column, and what to do; empty if it can be used.
/// @param varies whether it has to
std::string fault(const ColumnSummary& column, bool unknown, bool varies) {
  if (column.n == 0) return varies ? " is missing in every row; leave the column out" : "";
  std::ostringstream text;
  text.precision(4);
  const double greatest = std::max(std::abs(column.least), std::abs(column.greatest));
  const double range = column.greatest - column.least;
  if (greatest > kGreatest || (range > 0 && range < kLeastSpread)) {
    text << " is in [" << column.least << ", " << column.greatest << "]; expected values up to " << kGreatest
         << " that spread over " << kLeastSpread << " at least: take another unit";
  } else if (varies && !(range > 0)) {
    text << " is " << column.least
         << " in every row: nothing can be learnt from it or about it; leave the column out";
  } else if (varies && column.standard_deviation() <
                           (unknown ? problem::kLeastShareOfUnknown : kLeastShareOfObservation) *
                               std::abs(column.mean)) {
    text << " is " << column.mean << " but for a standard deviation of " << column.standard_deviation()
         << ", which is "
         << (unknown ? "too little beside it for single precision: subtract an offset from it"
                     : "rounding; leave the column out");
  }
  return text.str();
}

/// @param varies whether columns have to; @param before their names, in the message
void require_columns(const PairSurvey& survey, const dataset::Layouts& layouts, bool varies,
                     const std::string& before) {
  for_each_column(survey, layouts,
                  [&](const char* kind, const std::string& name, const ColumnSummary& column) {
                    const std::string what = fault(column, kind == std::string("unknown"), varies);
                    if (!what.empty()) throw base::InputError(before + kind + " " + name + what);
                  });
}

}  // namespace

void require_learnable(const PairSurvey& survey, const dataset::Layouts& layouts, const std::string& what) {
  require_columns(survey, layouts, true, what + ", ");
}

void require_usable(const PairSurvey& survey, const dataset::Layouts& layouts, const PairStream& reader,
                    double allowed, bool training, problem::NanMeaning nan) {
  const std::string files = reader.paths()[0] + (reader.paths().size() > 1 ? " and others" : "");
  if (survey.read() == 0) throw base::InputError(files + ": no rows; expected pairs");
  if (static_cast<double>(survey.left_out) > allowed * static_cast<double>(survey.read())) {
    std::ostringstream text;
    text << files << ": " << left_out_text(survey, layouts, reader) << ". Expected at most " << 100 * allowed
         << " % (data.allow_failed): leaving out more may bias every answer";
    if (nan == problem::NanMeaning::failed)
      text << ". If observations are missing there, `forward.nan: missing` learns from those that are there";
    throw base::InputError(text.str());
  }
  if (training && survey.used < 2)
    throw base::InputError(files + ": " + std::to_string(survey.used) +
                           " pairs to train with; expected at least 2");
  require_columns(survey, layouts, training, files + ": ");
}

std::vector<std::string> suspicions(const PairSurvey& survey, const dataset::Layouts& layouts,
                                    const PairStream& reader) {
  constexpr std::int64_t kLeastRows = 20;
  constexpr double kShare = 0.5;  // of the sum of squared deviations; of a Gaussian's: a few in n
  std::vector<std::string> found;
  for_each_column(
      survey, layouts, [&](const char* kind, const std::string& name, const ColumnSummary& column) {
        const double below = column.mean - column.least, above = column.greatest - column.mean;
        const double farthest = std::max(below, above);
        if (column.n < kLeastRows || !(farthest * farthest > kShare * column.squares)) return;
        std::ostringstream text;
        text << kind << " " << name << ": one row decides its scale ("
             << reader.text(above >= below ? column.place_of_greatest : column.place_of_least)
             << ", counted from 0, is " << (above >= below ? column.greatest : column.least)
             << ", the mean of all is " << column.mean
             << "); all others would be learnt as nearly the same. Is it right? A logarithm may help";
        found.push_back(text.str());
      });
  return found;
}

}  // namespace scorefem::importing
