#include "pipeline/certificate/answers.h"

#include <cstdio>
#include <string>

#include "pipeline/certificate/answer_table.h"
#include "pipeline/certificate/exact_posteriors.h"

namespace scorefem::certificate {

void print_answers(const posterior::Posterior& learnt, const std::vector<truth::ReferencePosterior>& exact,
                   const std::vector<CorrectedPosterior>& corrected, const problem::Layout& unknowns) {
  const auto n = static_cast<std::size_t>(learnt.n_measurements());
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<NamedAnswer> answers = {
        {"learnt", AnswerSummary::of(learnt.samples(static_cast<Eigen::Index>(i)))}};
    std::string title = "measurement " + std::to_string(i + 1);
    if (!corrected.empty()) {
      title += " (" + verdict(corrected[i]) + ")";
      if (corrected[i].trustworthy) {
        answers.push_back({"corrected", AnswerSummary::of(corrected[i].samples)});
        answers.back().summary.mean = corrected[i].mean;
        answers.back().summary.standard_deviation = corrected[i].standard_deviation;
      }
    }
    if (!exact.empty()) {
      if (n <= kTables) title += " (" + diagnostics(exact[i]) + ")";
      answers.push_back({"exact", AnswerSummary::of(exact[i].samples)});
      answers.back().summary.mean = exact[i].mean;
      answers.back().summary.standard_deviation = exact[i].standard_deviation;
    }
    const std::string text =
        n > kTables ? answer_line(title, unknowns, answers) : answer_table(title, unknowns, answers);
    std::fputs(text.c_str(), stdout);
  }
  std::fflush(stdout);
}

}  // namespace scorefem::certificate
