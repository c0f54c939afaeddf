#include "pipeline/densities.h"

#include "pipeline/density_model.h"
#include "pipeline/density_table.h"
#include "pipeline/external_program.h"

namespace scorefem {
namespace {

std::vector<double> row(const solver::Matrix& values, SamplerKind kind) {
  const auto index = static_cast<Eigen::Index>(kind);
  return {values.row(index).begin(), values.row(index).end()};
}

}  // namespace

void densities(const DensityContext& context) {
  const DensityStudy& study = context.study;
  std::vector<DensityScore> scores;
  for (const ProcessKind process : kProcessKinds)
    for (const SamplerKind sampler : kSamplerKinds)
      for (const Density density : kDensities) scores.push_back({process, sampler, density, {}, {}});

  std::vector<Reference> references;
  for (const Density density : kDensities) references.push_back(make_reference(context, density));
  // One training of everything before the next: a first table can be had early with trainings: 1.
  for (int training = 0; training < study.trainings; ++training)
    for (const Density density : kDensities)
      for (const ProcessKind process : kProcessKinds) {
        const DensityCell cell{density, process, study.seed + static_cast<std::uint64_t>(training)};
        const Reference& reference = references[static_cast<std::size_t>(density)];
        train_density_model(context, cell);
        const solver::Matrix cost = sample_density_model(context, cell, reference);
        for (DensityScore& score : scores) {
          if (score.density != density || score.process != process) continue;
          score.cost.push_back(row(cost, score.sampler));
          score.floor = reference.floor;
        }
      }
  write_density_table(study, scores);
  print_density_table(scores);
  run_script("densities.py", {study.output});
  context.log.info("table", "densities: " + study.output + "/table2.md and figures written");
}

}  // namespace scorefem
