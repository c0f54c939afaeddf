#include "pipeline/training/trained_model.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"
#include "pipeline/base/parse_number.h"
#include "pipeline/dataset/content.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/diffusion_errors.h"
#include "pipeline/training/few_pairs.h"

namespace scorefem::training {

namespace {

study::Origin origin_in(const std::string& path, const diffusion::CheckpointSummary& summary) {
  if (summary.metadata.count("inputs") > 0) return study::Origin::from_texts(summary.metadata);
  throw base::InputError(path + ": a checkpoint without the configuration it was made from");
}

/// What `read` gives; where it cannot, the cure is named.
template <class Read>
auto or_train_anew(const Read& read) {
  try {
    return read();
  } catch (const base::InputError& error) {
    throw base::InputError(std::string(error.what()) + "; `scorefem train --force` trains anew");
  }
}

}  // namespace

study::Origin checkpoint_origin(const std::string& path) {
  return or_train_anew([&] {
    return origin_in(path, with_input_errors(path, [&] { return diffusion::read_checkpoint_summary(path); }));
  });
}

study::Origin training_origin(const study::Study& study, const dataset::Dataset& dataset) {
  std::string data = dataset::content_fingerprint(dataset, dataset::Split::train);
  // Part of model version 3 by its data alone: what was fitted otherwise before is told by it.
  if (few_pairs(study, dataset).follows_left_out()) data += ", each left out of the fit";
  return {study::training_inputs(study), study::ResultVersion::kModel, {{"training data", data}}};
}

TrainedModel::TrainedModel(const std::string& path)
    : TrainedModel(path, base::read_text_file(path, "a trained model")) {}

TrainedModel::TrainedModel(const std::string& path, const std::string& bytes)
    : path_(path),
      fingerprint_(base::text_fingerprint(bytes)),
      checkpoint_(with_input_errors(path, [&] { return diffusion::Checkpoint(bytes, path); })) {}

study::Origin TrainedModel::origin() const {
  return origin_in(path_, summary());
}

double TrainedModel::noise_unit() const {
  const auto found = metadata().find("noise_unit");
  const std::optional<double> unit =
      found == metadata().end() ? std::nullopt : base::parse_number(found->second);
  if (!unit) throw base::InputError(path_ + ": a checkpoint without the unit of its noise");
  return *unit;
}

dataset::ObservationEncoding TrainedModel::encoding() const {
  const auto found = metadata().find("observation_encoding");
  if (found == metadata().end()) return {};
  return with_input_errors(path_, [&] {
    return dataset::ObservationEncoding::from_json(nlohmann::json::parse(found->second, nullptr, false));
  });
}

dataset::NetworkCoordinates TrainedModel::coordinates() const {
  const auto found = metadata().find("coordinates");
  if (found == metadata().end()) return {};
  return with_input_errors(path_, [&] {
    return dataset::NetworkCoordinates{
        problem::marginals_from_json(nlohmann::json::parse(found->second, nullptr, false))};
  });
}

std::shared_ptr<const diffusion::Model> TrainedModel::network(diffusion::Device device) const {
  return with_input_errors(path_, [&] { return checkpoint_.model(device); });
}

TrainedModel open_model(const study::Study& study, const std::string& path) {
  if (!std::filesystem::exists(path))
    throw base::InputError(path + ": there is no trained model; run `scorefem train` first");
  TrainedModel model = or_train_anew([&] { return TrainedModel(path); });
  const study::Origin wanted{study::training_inputs(study), study::ResultVersion::kModel, {}};
  const std::string reason = study::difference(or_train_anew([&] { return model.origin(); }), wanted);
  if (!reason.empty()) {
    throw base::InputError(
        path + ": the checkpoint does not fit the configuration, " + reason +
        "; give the settings that it was trained with (--set), or run `scorefem train` again");
  }
  return model;
}

TrainedModel open_model(const study::Study& study, const std::string& path, const dataset::Dataset& dataset) {
  TrainedModel model = open_model(study, path);
  const std::string reason = study::difference(model.origin(), training_origin(study, dataset));
  if (!reason.empty()) {
    throw base::InputError(path + ": trained on other data than " + dataset.path() + " holds now, " + reason +
                           "; run `scorefem train` again");
  }
  return model;
}

}  // namespace scorefem::training
