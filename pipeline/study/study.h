#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "diffusion/numerics/process.h"
#include "diffusion/options/sampler_options.h"
#include "diffusion/options/training_options.h"
#include "pipeline/dataset/flux_prior.h"
#include "solver/forward_options.h"

namespace scorefem::study {

/// Where the concentration is measured. An explicit list of positions replaces the rows.
struct SensorOptions {
  double first_x = 0.5;                           //!< x of each row's first sensor
  double spacing = 0.5;                           //!< distance in x, > 0
  int per_row = 15;                               //!< sensors in a row, >= 1
  std::vector<double> rows = {0.5, 1.5};          //!< y of each row
  std::vector<solver::SensorPosition> positions;  //!< [x, y] of each sensor; empty: use the rows

  /// The positions in the order of the measurement vector: first row from left to right, then the next.
  std::vector<solver::SensorPosition> resolved() const;
};

/// Standard deviation of the measurement noise; exactly one of the two.
struct NoiseOptions {
  std::optional<double> relative;  //!< in pooled standard deviations of the clean training measurements, >= 0
  std::optional<double> absolute;  //!< concentration, >= 0
};

/// Sizes of the data set.
struct DataOptions {
  int train = 9000;               //!< training pairs, >= 2
  int test = 1000;                //!< test pairs, >= 1
  int fields = 3;                 //!< full concentration fields of the first test samples, for plotting
  double mask_probability = 1.0;  //!< of a sensor being on, in (0, 1]
  std::string mask_file;          //!< CSV of masks to use instead of drawing them; see SensorMask
  std::string mask_fingerprint;   //!< of the file's contents
};

/// What `scorefem convergence` compares, coarsest first.
struct ConvergenceOptions {
  int samples = 4;  //!< test samples, >= 1
  std::vector<solver::DiscretisationOptions> discretisations = {{1, 1, 5, 2}, {2, 1, 5, 2}, {3, 1, 5, 2},
                                                                {4, 1, 5, 2}, {5, 1, 5, 2}, {6, 1, 5, 2},
                                                                {7, 1, 5, 2}, {8, 1, 5, 2}};
};

/// Which posteriors are sampled.
struct SamplingOptions {
  int measurements = 1000;  //!< test measurements, at most data.test
  int samples = 1000;       //!< posterior samples for each
  diffusion::SamplerOptions sampler;
};

/// Exact posteriors by Markov chain Monte Carlo, see reference.h.
struct ReferenceOptions {
  int measurements = 0;        //!< test measurements, at most data.test; 0: 1000 if linear, otherwise 50
  int samples = 1000;          //!< draws that are kept for each, >= 2
  int chains = 8;              //!< for each measurement, >= 2
  int warmup = 1000;           //!< iterations of each chain that only shape its proposals, >= 10
  int iterations = 1000;       //!< of each chain, half as many more until the thresholds are met, >= 100
  int max_iterations = 64000;  //!< of each chain; a measurement that needs more is not used
  double rhat = 1.01;          //!< greatest R-hat of a posterior that is used, > 1
  double ess = 1000;           //!< least effective sample size, bulk and tail, of one that is used
  bool clip = true;            //!< the prior clipped at 0; false: the Gaussian one, to check the sampler
};

/// A whole experiment: what a configuration file says, with every default filled in.
struct Study {
  std::string name;
  std::uint64_t seed = 1;
  solver::ForwardOptions forward;
  dataset::FluxPriorOptions prior;
  SensorOptions sensors;
  NoiseOptions noise;
  DataOptions data;
  diffusion::ProcessOptions process;
  diffusion::ModelOptions model;
  diffusion::TrainingOptions training;
  std::vector<double> training_noise_range;  //!< relative; empty: train at the level of `noise` alone
  SamplingOptions sampling;
  ReferenceOptions reference;
  ConvergenceOptions convergence;

  std::string output;      //!< folder of all results
  int threads = 0;         //!< 0: all cores
  int shard_rows = 10000;  //!< samples that are generated before they are saved as a part of the data set
};

/// Reads and validates a configuration; see config_reader.h for what is thrown.
Study load_study(const std::string& path, const std::vector<std::string>& overrides);

/// What only training asks for: that a batch is not larger than the training part. `path` is for the message.
/// @throws ConfigError
void require_full_batch(const Study& study, const std::string& path);

/// The complete configuration as YAML, which reads back to the same study.
std::string resolved_configuration(const Study& study);

/// What a stage's result depends on, as YAML: equal text, equal result. Each contains the stages before it.
std::string dataset_inputs(const Study& study);
std::string training_inputs(const Study& study);
std::string sampling_inputs(const Study& study);
/// Those of each reference posterior: the data set and the noise, no model and no number of measurements.
std::string reference_inputs(const Study& study);

}  // namespace scorefem::study
