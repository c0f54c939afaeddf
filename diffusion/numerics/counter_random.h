#pragma once

#include <cstddef>
#include <cstdint>

namespace scorefem::diffusion {

/// One independent sequence of random numbers for each use: nothing that draws more numbers can shift
/// another's. Named are the uses of this library; 1 to 3, 17 to 25, 27, 28 and all from 30 on are its
/// callers', for uses of their own.
enum class Stream : std::uint32_t {
  network = 4,              //!< initial weights; index: layer
  batch_order = 5,          //!< shuffling of the training set; index: epoch, or window of all epochs
  diffusion_time = 6,       //!< t of the loss; index: row of the training run
  diffusion_noise = 7,      //!< z of the loss; index: row of the training run
  fresh_noise = 8,          //!< measurement noise drawn anew for every batch; index: row of the training run
  fresh_mask = 9,           //!< masks drawn anew for every batch; index: row of the training run
  fresh_level = 10,         //!< noise level drawn anew for every batch; index: row of the training run
  validation = 11,          //!< t, z and noise of the validation loss; index: row of the validation set
  validation_split = 12,    //!< which pairs are held back; index: 0
  condition_pool = 13,      //!< (mask, noise level) pairs of the Gaussian base; index: pair
  initial_state = 14,       //!< a sampler's starting normals; index: measurement and sample
  brownian_increment = 15,  //!< stochastic samplers; index: measurement and sample; substream: step
  user = 16,                //!< for tests
  classifier = 26,          //!< folds, weights and batches of the two-sample test; substream: fold
  block_order = 29,         //!< of a training set that is not in memory; index: epoch
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

  /// What the generator is keyed by: for the same numbers made elsewhere (philox_tensor.h).
  std::uint64_t seed() const { return seed_; }
  std::uint32_t stream() const { return stream_; }  //!< the counter's last word

 private:
  std::uint64_t seed_;
  std::uint32_t stream_;
};

}  // namespace scorefem::diffusion
