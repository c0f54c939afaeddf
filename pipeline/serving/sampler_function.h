#pragma once

#include <memory>

#include "diffusion/model/model.h"
#include "pipeline/dataset/network_coordinates.h"
#include "pipeline/dataset/observation_encoding.h"
#include "pipeline/problem/noise.h"
#include "pipeline/serving/served_function.h"
#include "pipeline/serving/worker.h"
#include "pipeline/study/study.h"
#include "pipeline/training/trained_model.h"

namespace scorefem::serving {

/// "sampler": a measurement to posterior samples of the unknowns, one vector for each sample, by the trained
/// network. The same request gives the same samples: `config: {"samples": 1000, "seed": 7}`, by default 1
/// sample and the study's seed. Null in the input is an observation that is missing.
class SamplerFunction : public ServedFunction {
 public:
  /// @param model of the study; not needed any more afterwards
  SamplerFunction(const study::Study& study, const training::TrainedModel& model, Worker& worker);

  std::string name() const override { return "sampler"; }
  std::string description() const override;
  std::vector<std::string> config_keys() const override { return {"samples", "seed"}; }
  bool allows_missing() const override { return study_.model.masked; }
  bool has_derivatives() const override { return false; }
  Eigen::Index input_size(const nlohmann::json& config) const override;
  std::vector<Eigen::Index> output_sizes(const nlohmann::json& config) const override;
  std::vector<solver::Vector> evaluate(const problem::Measurements& input,
                                       const nlohmann::json& config) override;

 private:
  solver::Matrix sample(const problem::Measurements& measurement, std::int64_t n, std::uint64_t seed) const;

  const study::Study& study_;
  Worker& worker_;
  std::shared_ptr<const diffusion::Model> network_;
  std::shared_ptr<const problem::Noise> noise_;
  dataset::ObservationEncoding encoding_;
  dataset::NetworkCoordinates coordinates_;
  Eigen::Index n_unknowns_;
  Eigen::Index n_observations_;
};

}  // namespace scorefem::serving
