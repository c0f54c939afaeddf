#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diffusion/numerics/process.h"
#include "diffusion/options/sampler_options.h"
#include "diffusion/options/training_options.h"
#include "pipeline/configuration/config_section.h"
#include "pipeline/problem/forward_model.h"
#include "pipeline/problem/noise.h"
#include "pipeline/problem/prior.h"
#include "pipeline/problem/registry.h"

namespace scorefem::study {

/// Sizes of the data set.
struct DataOptions {
  std::int64_t train = 9000;      //!< training pairs, >= 2
  std::int64_t test = 1000;       //!< test pairs, >= 1
  std::int64_t fields = 3;        //!< fields of the first test samples, for plotting; 0 if the model has none
  double mask_probability = 1.0;  //!< of an observation being there, in (0, 1]
  configuration::InputFile mask_file;  //!< CSV of masks to use instead of drawing them; see SensorMask
  std::optional<double> test_share;    //!< of imported rows, without files of a test part; none: a tenth, at
                                       //!< most 1,000
  double allow_failed =
      0.01;  //!< greatest share of rows that may be left out, for NaN or no solution, in [0, 1]

  /// Whether measurements may lack observations.
  bool has_masks() const { return mask_probability < 1 || !mask_file.empty(); }
};

/// Which posteriors are sampled.
struct SamplingOptions {
  std::int64_t measurements = 1000;  //!< test measurements, at most data.test
  std::int64_t samples = 1000;       //!< posterior samples for each
  diffusion::SamplerOptions sampler;
};

/// Exact posteriors by Markov chain Monte Carlo, see reference.h.
struct ReferenceOptions {
  std::int64_t measurements = 50;  //!< test measurements, at most data.test; 1000 if the model is linear
  std::int64_t run = 0;            //!< of them, those that `scorefem run` makes; 40 if the model is linear
  std::int64_t samples = 1000;     //!< draws that are kept for each, >= 2
  int chains = 8;                  //!< for each measurement, >= 2
  int warmup = 1000;               //!< iterations of each chain that only shape its proposals, >= 10
  int iterations = 1000;           //!< of each chain, half as many more until the thresholds are met, >= 100
  int max_iterations = 64000;      //!< of each chain; a measurement that needs more is not used
  double rhat = 1.01;              //!< greatest R-hat of a posterior that is used, > 1
  double ess = 1000;               //!< least effective sample size, bulk and tail, of one that is used
  bool clip = true;  //!< a clipped prior as it is; false: before its clipping, to check the sampler
};

/// What the report of a run shows.
struct ReportOptions {
  static constexpr std::size_t kMostInCorner = 8;  //!< more cannot be read
  std::vector<std::string> corner;  //!< unknowns in the corner plot; empty: some, at equal distances
};

/// A whole experiment: what a configuration file says, with every default filled in.
struct Study {
  std::string name;
  std::uint64_t seed = 1;
  problem::Chosen<problem::ForwardSetup> forward{"linear"};
  problem::Chosen<problem::PriorSetup> prior{"gaussian_process"};
  problem::Chosen<problem::NoiseSetup> noise{"gaussian"};
  DataOptions data;
  diffusion::ProcessOptions process;
  diffusion::ModelOptions model;
  diffusion::TrainingOptions training;
  std::vector<double> training_noise_range;  //!< relative; empty: train at the level of `noise` alone
  SamplingOptions sampling;
  ReferenceOptions reference;
  ReportOptions report;

  std::string imported_from;  //!< the data set that imported pairs are in; empty: none
  std::string output;         //!< folder of all results
  int threads = 0;            //!< 0: all cores
  std::int64_t shard_rows =
      10000;  //!< samples that are generated before they are saved as a part of the data set
};

}  // namespace scorefem::study
