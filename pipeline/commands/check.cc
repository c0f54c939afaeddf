#include "pipeline/commands/check.h"

#include <cstdio>

#include "pipeline/base/errors.h"
#include "pipeline/base/run_log.h"
#include "pipeline/checking/resources.h"
#include "pipeline/checking/results.h"
#include "pipeline/checking/timing.h"

namespace scorefem::commands {
namespace {

const char* word(checking::Finding::Verdict verdict) {
  switch (verdict) {
    case checking::Finding::Verdict::good:
      return "ok";
    case checking::Finding::Verdict::note:
      return "note";
    case checking::Finding::Verdict::wrong:
      return "WRONG";
  }
  return "";
}

/// What was found since `first`.
void print_from(std::size_t first, const checking::Findings& findings) {
  for (std::size_t i = first; i < findings.list().size(); ++i) {
    const checking::Finding& finding = findings.list()[i];
    std::printf("%-5s  %-13s  %s\n", word(finding.verdict), finding.what.c_str(), finding.text.c_str());
  }
  std::fflush(stdout);
}

}  // namespace

void check(const study::Study& study) {
  checking::Findings findings;
  checking::Estimate estimate;
  std::size_t printed = 0;
  const auto print = [&] {
    print_from(printed, findings);
    printed = findings.list().size();
  };
  findings.good("configuration", study.name + ": read, every key is known and in its range");
  const checking::Missing missing = checking::check_results(study, findings);
  checking::check_resources(study, missing, findings);
  print();
  checking::check_forward_model(study, missing, findings, estimate);
  print();
  checking::check_network(study, missing, findings, estimate);
  print();
  const std::string references =
      study.reference.run > 0 && study.forward->simulates() && !study.forward->is_linear()
          ? ", without the exact posteriors of " + std::to_string(study.reference.run) +
                " measurements (reference.run)"
          : "";
  if (missing.dataset || missing.model || missing.posterior) {
    std::printf("`scorefem run` takes about %s, then its evaluation%s\n",
                base::duration_text(estimate.seconds).c_str(), references.c_str());
  } else {
    std::printf("everything is there: `scorefem run` would make nothing but the report\n");
  }
  const int n_wrong = findings.n_wrong();
  if (n_wrong == 0) return;
  throw base::InputError("check: " + std::to_string(n_wrong) +
                         (n_wrong == 1 ? " thing is wrong" : " things are wrong") + ", see above");
}

}  // namespace scorefem::commands
