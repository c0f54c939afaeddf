#pragma once

#include <cstddef>
#include <cstdint>

namespace scorefem::diffusion {

/// One independent sequence of random numbers for each use: nothing that draws more numbers can shift
/// another's.
enum class Stream : std::uint32_t {
  flux_prior = 1,      //!< latent normals of the prior; index: sample
  measurement_noise,   //!< the data set's fixed noise; index: sample
  sensor_mask,         //!< the data set's fixed masks; index: sample
  network,             //!< initial weights; index: layer
  batch_order,         //!< shuffling of the training set; index: epoch
  diffusion_time,      //!< t of the loss; index: row of the training run
  diffusion_noise,     //!< z of the loss; index: row of the training run
  fresh_noise,         //!< measurement noise drawn anew for every batch; index: row of the training run
  fresh_mask,          //!< masks drawn anew for every batch; index: row of the training run
  fresh_level,         //!< noise level drawn anew for every batch; index: row of the training run
  validation,          //!< t, z and noise of the validation loss; index: row of the validation set
  validation_split,    //!< which pairs are held back; index: 0
  condition_pool,      //!< (mask, noise level) pairs of the Gaussian base; index: pair
  initial_state,       //!< a sampler's starting normals; index: measurement and sample
  brownian_increment,  //!< stochastic samplers; index: measurement and sample; substream: step
  user,                //!< for tests and callers outside this library
  joint_density,       //!< pairs of the one-dimensional densities; index: pair; substream: density and set
  ellipse,             //!< elliptical slice sampling, ellipses; index: chain and iteration
  ellipse_angle,       //!< slice and angles of an ellipse; index: chain and iteration; substream: attempt
  chain_start,         //!< where Markov chains start; index: chain
  rank_order,          //!< order of tied posterior samples, and places within a rank; index: measurement
  stand_in,            //!< posterior samples that stand in for the truth; index: measurement
  tarp_reference,      //!< reference points; index: measurement
  clipped_gaussian,    //!< samples of a Gaussian posterior; index: measurement
  projection,          //!< directions of sliced transport; index: direction
  classifier,          //!< folds, weights and batches of the two-sample test; substream: fold
};

/// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011). The key is the seed; the counter holds stream, index and position, so that the numbers of one
/// index are the same whatever else is drawn, in any order, on any number of threads or processes.
class CounterRandom {
 public:
  /// `substream` < 2^24 splits a stream, for example by time step.
  CounterRandom(std::uint64_t seed, Stream stream, std::uint32_t substream = 0)
      : seed_(seed), stream_(static_cast<std::uint32_t>(stream) | substream << 8) {}

  /// The first `n` standard normal numbers that belong to `index`: Box-Muller on 52-bit uniforms in (0, 1).
  void normals(std::uint64_t index, double* out, std::size_t n) const;
  /// The first `n` uniform numbers in the open interval (0, 1) that belong to `index`, 52 bits each.
  void uniforms(std::uint64_t index, double* out, std::size_t n) const;
  /// The first `n` 64-bit words that belong to `index`.
  void words(std::uint64_t index, std::uint64_t* out, std::size_t n) const;

 private:
  std::uint64_t seed_;
  std::uint32_t stream_;
};

}  // namespace scorefem::diffusion
