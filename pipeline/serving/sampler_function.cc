#include "pipeline/serving/sampler_function.h"

#include <torch/types.h>

#include <nlohmann/json.hpp>

#include "diffusion/sampling/posterior_sampler.h"
#include "pipeline/base/errors.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/posterior/content_seed.h"
#include "pipeline/posterior/stored_samples.h"
#include "pipeline/training/diffusion_errors.h"

namespace scorefem::serving {
namespace {

using nlohmann::json;
using solver::Matrix;
using solver::Vector;

/// Numbers of one answer: some 20 MB of JSON.
constexpr std::int64_t kMostNumbers = 1000000;
constexpr std::int64_t kLargestSeed = std::int64_t{1} << 53;  // what JSON carries everywhere

std::int64_t integer_in(const json& config, const char* key, std::int64_t by_default, std::int64_t least,
                        std::int64_t greatest) {
  if (!config.contains(key)) return by_default;
  const json& value = config[key];
  const bool fits = value.is_number_integer() && value.get<std::int64_t>() >= least &&
                    value.get<std::int64_t>() <= greatest;
  if (!fits) {
    throw invalid_input(std::string("config.") + key + ": expected an integer from " + std::to_string(least) +
                        " to " + std::to_string(greatest));
  }
  return value.get<std::int64_t>();
}

}  // namespace

SamplerFunction::SamplerFunction(const study::Study& study, const training::TrainedModel& model,
                                 Worker& worker)
    : study_(study),
      worker_(worker),
      network_(model.network(study.training.device)),
      noise_(dataset::resolve_noise(study, study.forward->observations(), model.noise_unit()).noise),
      encoding_(model.encoding()),
      coordinates_(model.coordinates()),
      n_unknowns_(study.forward->unknowns().size()),
      n_observations_(study.forward->observations().size()) {}

std::string SamplerFunction::description() const {
  return "measurement [" + std::to_string(n_observations_) +
         "] to samples of the unknowns, config.samples times [" + std::to_string(n_unknowns_) + "]";
}

Eigen::Index SamplerFunction::input_size(const json& /*config*/) const {
  return n_observations_;
}

std::vector<Eigen::Index> SamplerFunction::output_sizes(const json& config) const {
  const std::int64_t n = integer_in(config, "samples", 1, 1, kMostNumbers / n_unknowns_);
  return std::vector<Eigen::Index>(static_cast<std::size_t>(n), n_unknowns_);
}

Matrix SamplerFunction::sample(const problem::Measurements& measurement, std::int64_t n,
                               std::uint64_t seed) const {
  Matrix samples(n, n_unknowns_);
  posterior::StoredSamples stored(study_, coordinates_);
  const auto take = [&](std::int64_t /*measurement*/, std::int64_t first, const torch::Tensor& block) {
    const torch::Tensor rows = stored(block).reshape({-1, static_cast<std::int64_t>(n_unknowns_)});
    samples.middleRows(first, rows.size(0)) = dataset::to_matrix(rows);
  };
  const auto measurements = dataset::to_measurements(measurement, *noise_, encoding_);
  diffusion::sample_posterior(*network_, measurements, n, study_.sampling.sampler,
                              posterior::content_seed(seed, measurement), 0, take);
  return samples;
}

std::vector<Vector> SamplerFunction::evaluate(const problem::Measurements& input, const json& config) {
  const auto n = static_cast<std::int64_t>(output_sizes(config).size());
  const std::int64_t seed =
      integer_in(config, "seed", static_cast<std::int64_t>(study_.seed), 0, kLargestSeed);
  Matrix samples;
  worker_.run([&] {
    try {
      samples = sample(input, n, static_cast<std::uint64_t>(seed));
    } catch (const std::invalid_argument& error) {  // a measurement that it was not trained for
      throw invalid_input(error.what());
    }
  });
  std::vector<Vector> result;
  for (Eigen::Index i = 0; i < samples.rows(); ++i) result.emplace_back(samples.row(i));
  return result;
}

}  // namespace scorefem::serving
