#include "pipeline/training/trained_model.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "diffusion/training/checkpoint.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/diffusion_errors.h"

namespace scorefem::training {

std::string checkpoint_inputs(const std::string& path) {
  try {
    const auto summary = with_input_errors(path, [&] { return diffusion::read_checkpoint_summary(path); });
    const auto found = summary.metadata.find("inputs");
    if (found != summary.metadata.end()) return found->second;
    throw base::InputError(path + ": a checkpoint without the configuration it was made from");
  } catch (const base::InputError& error) {
    throw base::InputError(std::string(error.what()) + "; `scorefem train --force` trains anew");
  }
}

void require_matching_checkpoint(const study::Study& study, const std::string& path) {
  if (!std::filesystem::exists(path))
    throw base::InputError(path + ": there is no trained model; run `scorefem train` first");
  const std::string made_from = checkpoint_inputs(path);
  const std::string wanted = study::training_inputs(study);
  if (made_from != wanted) {
    throw base::InputError(path + ": the checkpoint does not fit the configuration (" +
                           study::first_difference(made_from, wanted) + "); run `scorefem train` again");
  }
}

dataset::ObservationEncoding checkpoint_encoding(const std::string& path) {
  return with_input_errors(path, [&] {
    const auto metadata = diffusion::read_checkpoint_summary(path).metadata;
    const auto found = metadata.find("observation_encoding");
    return found == metadata.end() ? dataset::ObservationEncoding()
                                   : dataset::ObservationEncoding::from_json(
                                         nlohmann::json::parse(found->second, nullptr, false));
  });
}

std::string checkpoint_fingerprint(const std::string& path) {
  return base::file_fingerprint(path, "a trained model");
}

}  // namespace scorefem::training
