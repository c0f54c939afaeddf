#pragma once

#include <map>
#include <memory>
#include <string>

#include "diffusion/training/checkpoint.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/study/origin.h"
#include "pipeline/study/study.h"

namespace scorefem::training {

/// What a checkpoint was made from; compare with training_origin().
/// @throws InputError if it cannot be read or does not say.
study::Origin checkpoint_origin(const std::string& path);

/// What a training of this study on this data set is made from.
study::Origin training_origin(const study::Study& study, const dataset::Dataset& dataset);

/// A trained network and what it was trained on, read from its file once: all of it belongs together,
/// whatever takes the file's place meanwhile. Members throw InputError where the file does not say, or not as
/// train wrote it.
class TrainedModel {
 public:
  /// @throws InputError if the file is missing or no checkpoint
  explicit TrainedModel(const std::string& path);

  const std::string& path() const { return path_; }
  /// Tells one training from another with the same configuration: samples belong to the weights they came
  /// from.
  const std::string& fingerprint() const { return fingerprint_; }
  const diffusion::CheckpointSummary& summary() const { return checkpoint_.summary(); }
  /// Texts that train stored for those who use the model.
  const std::map<std::string, std::string>& metadata() const { return summary().metadata; }
  /// As checkpoint_origin().
  study::Origin origin() const;
  /// The noise's unit, dataset::ResolvedNoise::unit, of the training: what a relative level means in all that
  /// is done with the model.
  double noise_unit() const;
  /// How measurements reach the network.
  dataset::ObservationEncoding encoding() const;
  /// The coordinates in which the network learnt the unknowns.
  dataset::NetworkCoordinates coordinates() const;
  /// The network, for sampling.
  std::shared_ptr<const diffusion::Model> network(diffusion::Device device) const;

 private:
  TrainedModel(const std::string& path, const std::string& bytes);

  std::string path_;
  std::string fingerprint_;
  diffusion::Checkpoint checkpoint_;
};

/// The trained model of a study.
/// @throws InputError if it is missing, unreadable or made from another configuration.
TrainedModel open_model(const study::Study& study, const std::string& path);
/// And trained on what the data set holds now.
TrainedModel open_model(const study::Study& study, const std::string& path, const dataset::Dataset& dataset);

}  // namespace scorefem::training
