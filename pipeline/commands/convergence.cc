#include "pipeline/commands/convergence.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/external_program.h"
#include "pipeline/base/provenance.h"
#include "pipeline/dataset/pair_sequence.h"
#include "solver/accuracy.h"

namespace scorefem::commands {
namespace {

std::string csv(const std::vector<solver::ConvergenceRow>& rows) {
  std::ostringstream out;
  out << "# scorefem " << base::version() << ", " << base::git_hash() << ", " << base::utc_date() << '\n'
      << "degree,cells_per_segment,cells_across,grading,unknowns,setup_seconds,sample_seconds,error\n";
  out.precision(10);
  for (const solver::ConvergenceRow& row : rows) {
    const solver::DiscretisationOptions& mesh = row.discretisation;
    out << mesh.degree << ',' << mesh.cells_per_segment << ',' << mesh.cells_across << ',' << mesh.grading
        << ',' << row.n_unknowns << ',' << row.setup_seconds << ',' << row.sample_seconds << ',' << row.error
        << '\n';
  }
  return out.str();
}

void print(const std::vector<solver::ConvergenceRow>& rows) {
  std::printf(
      "degree  cells a segment  across  grading  unknowns   set-up (s)  a sample (s)  relative error\n");
  for (const solver::ConvergenceRow& row : rows) {
    const solver::DiscretisationOptions& mesh = row.discretisation;
    std::printf("%6d %16d %7d %8g %9ld %12.3g %13.3g %15.2e\n", mesh.degree, mesh.cells_per_segment,
                mesh.cells_across, mesh.grading, static_cast<long>(row.n_unknowns), row.setup_seconds,
                row.sample_seconds, row.error);
  }
  std::fflush(stdout);
}

}  // namespace

void convergence(const study::StageContext& context) {
  const study::Study& study = context.study;
  const std::vector<solver::SensorPosition> sensors = study.sensors.resolved();
  const solver::Matrix flux = dataset::draw_flux(study, dataset::Split::test, {0, study.convergence.samples});
  context.log.info("convergence", "convergence: " + std::to_string(study.convergence.discretisations.size()) +
                                      " discretisations, " + std::to_string(flux.rows()) + " samples");
  const std::vector<solver::ConvergenceRow> rows =
      solver::convergence_study(study.forward, sensors, flux, study.convergence.discretisations);
  const std::string path = context.paths.directory + "/convergence.csv";
  base::write_text_file(path, csv(rows));
  print(rows);
  base::run_script("figures.py", {context.paths.directory, "convergence"});
  context.log.info("converged", "convergence: " + path + " written");
}

}  // namespace scorefem::commands
