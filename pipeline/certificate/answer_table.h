#pragma once

#include <string>
#include <vector>

#include "pipeline/certificate/answer_summary.h"
#include "pipeline/problem/layout.h"

namespace scorefem::certificate {

/// So many measurements get a table each; more of them get a line each.
constexpr std::size_t kTables = 3;

/// An answer with its name, e.g. "learnt".
struct NamedAnswer {
  std::string name;
  AnswerSummary summary;
};

/// Answers for one measurement, side by side: mean, standard deviation and 90 % interval of each unknown, and
/// with "exact" among them how far the others are from it.
std::string answer_table(const std::string& title, const problem::Layout& unknowns,
                         const std::vector<NamedAnswer>& answers);
/// The same in a line: where the standard deviations lie, and how far the others are from "exact" at most.
std::string answer_line(const std::string& title, const problem::Layout& unknowns,
                        const std::vector<NamedAnswer>& answers);

}  // namespace scorefem::certificate
