#include "pipeline/commands/convergence.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/external_program.h"
#include "pipeline/base/joined.h"
#include "pipeline/base/provenance.h"
#include "pipeline/dataset/pair_sequence.h"
#include "pipeline/study/load_study.h"

namespace scorefem::commands {
namespace {

std::string csv(const problem::ConvergenceTable& table) {
  std::ostringstream out;
  out << "# scorefem " << base::version() << ", " << base::git_hash() << ", " << base::utc_date() << '\n';
  out << base::joined(table.columns, ",");
  out.precision(10);
  for (Eigen::Index i = 0; i < table.rows.rows(); ++i) {
    out << '\n';
    for (Eigen::Index j = 0; j < table.rows.cols(); ++j) out << (j == 0 ? "" : ",") << table.rows(i, j);
  }
  return out.str() + "\n";
}

void print(const problem::ConvergenceTable& table) {
  for (const std::string& column : table.columns) std::printf("%18s", column.c_str());
  for (Eigen::Index i = 0; i < table.rows.rows(); ++i) {
    std::printf("\n");
    for (const double value : table.rows.row(i)) std::printf("%18.4g", value);
  }
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace

void convergence(const study::StageContext& context) {
  const study::Study& study = context.study;
  const std::shared_ptr<const problem::Prior> prior = study::make_prior(study);
  const auto draw = [&](Eigen::Index n) {
    return dataset::draw_unknowns(study, dataset::Split::test, {0, n});
  };
  context.log.info("convergence", "convergence: one line for each discretisation");
  const problem::ConvergenceTable table =
      study.forward->convergence(draw, prior->unknowns(prior->mean().transpose()).transpose());
  if (table.columns.empty())
    throw base::InputError("forward.problem = " + study.forward.name() +
                           "; expected one with a discretisation, whose convergence can be shown");
  const std::string path = context.paths.directory + "/convergence.csv";
  base::write_text_file(path, csv(table));
  print(table);
  base::run_script("figures.py", {context.paths.directory, "convergence"});
  context.log.info("converged", "convergence: " + path + " written");
}

}  // namespace scorefem::commands
