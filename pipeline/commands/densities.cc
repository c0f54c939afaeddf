#include "pipeline/commands/densities.h"

#include "pipeline/base/external_program.h"
#include "pipeline/densities/density_model.h"
#include "pipeline/densities/density_table.h"
#include "pipeline/study/stage_output.h"

namespace scorefem::commands {
namespace {

std::vector<double> row(const solver::Matrix& values, densities::SamplerKind kind) {
  const auto index = static_cast<Eigen::Index>(kind);
  return {values.row(index).begin(), values.row(index).end()};
}

}  // namespace

void densities(const densities::DensityContext& context) {
  const densities::DensityStudy& study = context.study;
  std::vector<std::string> left_over{study.output + "/models", study.output + "/samples"};
  for (const densities::Density density : densities::kDensities)
    left_over.push_back(densities::reference_path(study, density));
  study::StageOutput(context.log, context.redo, "densities", study.output + "/table2.md",
                     {densities::resolved_configuration(study), study::ResultVersion::kDensities, {}})
      .begin(left_over);
  std::vector<densities::DensityScore> scores;
  for (const densities::ProcessKind process : densities::kProcessKinds)
    for (const densities::SamplerKind sampler : densities::kSamplerKinds)
      for (const densities::Density density : densities::kDensities)
        scores.push_back({process, sampler, density, {}, {}});

  std::vector<densities::DensityReference> references;
  for (const densities::Density density : densities::kDensities)
    references.push_back(densities::make_reference(context, density));
  // One training of everything before the next: a first table can be had early with trainings: 1.
  for (int training = 0; training < study.trainings; ++training)
    for (const densities::Density density : densities::kDensities)
      for (const densities::ProcessKind process : densities::kProcessKinds) {
        const densities::DensityCell cell{density, process,
                                          study.seed + static_cast<std::uint64_t>(training)};
        const densities::DensityReference& reference = references[static_cast<std::size_t>(density)];
        densities::train_density_model(context, cell);
        const solver::Matrix cost = densities::sample_density_model(context, cell, reference);
        for (densities::DensityScore& score : scores) {
          if (score.density != density || score.process != process) continue;
          score.cost.push_back(row(cost, score.sampler));
          score.floor = reference.floor;
        }
      }
  densities::write_density_table(study, scores);
  densities::print_density_table(scores);
  base::run_script("densities.py", {study.output});
  context.log.info("table", "densities: " + study.output + "/table2.md and figures written");
}

}  // namespace scorefem::commands
