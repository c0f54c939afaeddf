#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/posterior/posterior_file.h"
#include "pipeline/report/evaluation_tables.h"
#include "pipeline/study/study.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::report {

/// What summary.json says of a run besides its measures: configuration, sizes, noise, times, training.
/// @param table metrics_table(), whose columns' means it gives
nlohmann::json summary_of(const study::Study& study, const dataset::Dataset& dataset,
                          const training::TrainedModel& model, const posterior::Posterior& posterior,
                          const dataset::ResolvedNoise& noise, const NamedColumns& table,
                          const UnknownScales& scales);
/// What was found, in words: how the learnt posterior compares with the exact one, and what the gates say.
std::string closing_words(const nlohmann::json& summary);
/// The comparison, the gates and the local test of a summary on standard output.
void print_summary(const nlohmann::json& summary);

}  // namespace scorefem::report
