#include "pipeline/training/trained_model.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "diffusion/training/checkpoint.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/dataset/content.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/diffusion_errors.h"

namespace scorefem::training {

study::Origin checkpoint_origin(const std::string& path) {
  try {
    const auto summary = with_input_errors(path, [&] { return diffusion::read_checkpoint_summary(path); });
    if (summary.metadata.count("inputs") > 0) return study::Origin::from_texts(summary.metadata);
    throw base::InputError(path + ": a checkpoint without the configuration it was made from");
  } catch (const base::InputError& error) {
    throw base::InputError(std::string(error.what()) + "; `scorefem train --force` trains anew");
  }
}

study::Origin training_origin(const study::Study& study, const dataset::Dataset& dataset) {
  return {study::training_inputs(study),
          study::ResultVersion::kModel,
          {{"training data", dataset::content_fingerprint(dataset, dataset::Split::train)}}};
}

void require_matching_checkpoint(const study::Study& study, const std::string& path) {
  if (!std::filesystem::exists(path))
    throw base::InputError(path + ": there is no trained model; run `scorefem train` first");
  const study::Origin wanted{study::training_inputs(study), study::ResultVersion::kModel, {}};
  const std::string reason = study::difference(checkpoint_origin(path), wanted);
  if (!reason.empty()) {
    throw base::InputError(
        path + ": the checkpoint does not fit the configuration, " + reason +
        "; give the settings that it was trained with (--set), or run `scorefem train` again");
  }
}

void require_matching_checkpoint(const study::Study& study, const std::string& path,
                                 const dataset::Dataset& dataset) {
  require_matching_checkpoint(study, path);
  const std::string reason = study::difference(checkpoint_origin(path), training_origin(study, dataset));
  if (!reason.empty()) {
    throw base::InputError(path + ": trained on other data than " + dataset.path() + " holds now, " + reason +
                           "; run `scorefem train` again");
  }
}

double checkpoint_noise_unit(const std::string& path) {
  return with_input_errors(path, [&] {
    const auto metadata = diffusion::read_checkpoint_summary(path).metadata;
    const auto found = metadata.find("noise_unit");
    if (found == metadata.end()) throw std::invalid_argument("a checkpoint without the unit of its noise");
    return std::stod(found->second);
  });
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

dataset::NetworkCoordinates checkpoint_coordinates(const std::string& path) {
  return with_input_errors(path, [&] {
    const auto metadata = diffusion::read_checkpoint_summary(path).metadata;
    const auto found = metadata.find("coordinates");
    dataset::NetworkCoordinates coordinates;
    if (found != metadata.end())
      coordinates.marginals =
          problem::marginals_from_json(nlohmann::json::parse(found->second, nullptr, false));
    return coordinates;
  });
}

std::string checkpoint_fingerprint(const std::string& path) {
  return base::file_fingerprint(path, "a trained model");
}

}  // namespace scorefem::training
