#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pipeline/importing/column_summary.h"
#include "pipeline/importing/pair_stream.h"
#include "pipeline/importing/row_checks.h"

namespace scorefem::importing {

/// What is known of files of pairs after they were read once.
struct PairSurvey {
  std::int64_t used = 0;                         //!< rows
  std::vector<ColumnSummary> unknowns;           //!< of the rows that are used
  std::vector<ColumnSummary> observations;       //!< the same, of what is there
  std::int64_t left_out = 0;                     //!< rows
  std::vector<Place> first_left_out;             //!< the first few
  std::vector<ColumnSummary> left_out_unknowns;  //!< of the rows that are left out, as far as they are finite

  std::int64_t read() const { return used + left_out; }
  /// Whether an observation is missing somewhere.
  bool has_missing() const;
};

/// Reads all rows.
/// @param progress called now and then, with the share that is done
PairSurvey survey(PairStream& reader, const RowChecks& checks, const std::function<void(double)>& progress);

/// For a person: "3 of 1000 rows are left out ... (the first: a.csv, row 7; ...)", and where they sit among
/// the unknowns.
std::string left_out_text(const PairSurvey& survey, const dataset::Layouts& layouts,
                          const PairStream& reader);
/// The same as numbers, for the report: null if none are.
nlohmann::json left_out_json(const PairSurvey& survey, const dataset::Layouts& layouts,
                             const PairStream& reader);

/// @param allowed share of rows that may be left out
/// @param training false: of a test part, whose columns need not vary
/// @param nan whether rows without some of the observations are left out
/// @throws base::InputError if more are, there is no row, or a column cannot be learnt: it does not vary, or
///         so little beside its size that single precision does not hold it
void require_usable(const PairSurvey& survey, const dataset::Layouts& layouts, const PairStream& reader,
                    double allowed, bool training, problem::NanMeaning nan);
/// Of the training part alone.
/// @param what of the files, for the message
/// @throws base::InputError if a column cannot be learnt
void require_learnable(const PairSurvey& survey, const dataset::Layouts& layouts, const std::string& what);
/// What a person should look at: columns whose scale one row decides.
std::vector<std::string> suspicions(const PairSurvey& survey, const dataset::Layouts& layouts,
                                    const PairStream& reader);

}  // namespace scorefem::importing
