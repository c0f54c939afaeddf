#include "pipeline/commands/observe.h"

#include <sstream>
#include <stdexcept>

#include "pipeline/base/csv.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/joined.h"
#include "pipeline/base/provenance.h"
#include "pipeline/study/load_study.h"

namespace scorefem::commands {
namespace {

void require_within_bounds(const solver::Matrix& unknowns, const problem::Layout& layout,
                           const std::string& path) {
  for (Eigen::Index i = 0; i < unknowns.rows(); ++i) {
    for (Eigen::Index j = 0; j < unknowns.cols(); ++j) {
      const problem::Component& unknown = layout[j];
      const double value = unknowns(i, j);
      if (value >= unknown.lower && value <= unknown.upper) continue;
      std::ostringstream message;
      message << path << ": row " << i + 1 << ", column " << j + 1 << " (" << unknown.name << "): " << value
              << "; expected a value in [" << unknown.lower << ", " << unknown.upper << "]";
      throw base::InputError(message.str());
    }
  }
}

}  // namespace

void observe(const study::Study& study, const std::string& input_path, const std::string& output_path,
             bool writes) {
  const problem::Layout layout = study.forward->unknowns();
  const solver::Matrix unknowns = base::read_csv(input_path, layout.names(), base::MissingValues::rejected);
  require_within_bounds(unknowns, layout, input_path);
  const problem::Observations observations = study::make_forward_model(study)->observe(unknowns);
  if (!observations.failures.empty()) {
    std::string message = input_path + ": no solution was found for";
    for (const problem::Failure& failure : observations.failures) {
      message += " row " + std::to_string(failure.row + 1) + " (" + failure.reason + ")";
    }
    throw std::runtime_error(message);
  }
  if (!writes) return;
  std::vector<std::string> names;
  for (const std::string& name : study.forward->observations().names()) names.push_back(base::csv_text(name));
  base::write_csv(output_path,
                  {"noise-free observations, a row for each vector of unknowns: " + base::joined(names, ","),
                   "scorefem " + base::version() + ", " + base::git_hash() + ", " + base::utc_date()},
                  observations.values, 12);
}

}  // namespace scorefem::commands
