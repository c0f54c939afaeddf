#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

#include "diffusion/model/model.h"

namespace scorefem::diffusion {

/// How the density of a model's samples is integrated.
struct DensityOptions {
  int steps = 0;  //!< of the classical Runge-Kutta method in the angle; 0: as many as it takes
  std::int64_t batch_rows = 2048;  //!< rows at once, >= 1
  std::function<void()> tick;      //!< called after each step; what it throws ends the work
};

/// Draws of the learnt vector (ConditionedModel::to_learnt()) with the density that they were drawn from.
struct DensitySamples {
  torch::Tensor learnt;       //!< [n, n_inferred] float64
  torch::Tensor log_density;  //!< [n] float64, of the learnt vector, normalised
  bool converged;             //!< as of VectorDensities
};

/// Densities of given vectors.
struct VectorDensities {
  torch::Tensor log_density;  //!< [n] float64, in 1 / unit of the learnt vector
  bool converged;  //!< false: the most steps that are taken are too few for the accuracy that `steps` 0 means
};

/// `n_samples` draws for one measurement, by the probability flow: log p changes along it by the integral of
/// the divergence (Chen et al., "Neural ordinary differential equations", 2018; Song et al., ICLR 2021,
/// appendix D.2), which is integrated by the same steps as the flow itself, so that the density belongs to
/// the very draws. `steps` 0 doubles them, from 8 to at most 128, until twice as many change the logarithm of
/// the density of the first 32 draws by less than 0.01, root mean square. The starting normals are those of
/// sample_posterior() for (seed, measurement_index). Throws std::invalid_argument for bad options or
/// measurements, std::runtime_error if a draw is not finite.
DensitySamples sample_with_density(const Model& model, const Measurements& one, std::int64_t n_samples,
                                   std::uint64_t seed, std::int64_t measurement_index,
                                   const DensityOptions& options = {});

/// Logarithm of the learnt density of given vectors [n, n_inferred], of one measurement. Throws
/// std::invalid_argument for vectors of another shape or that are not finite, bad options or measurements,
/// std::runtime_error if a density is not finite.
VectorDensities log_density(const Model& model, const Measurements& one, const torch::Tensor& learnt,
                            const DensityOptions& options = {});

}  // namespace scorefem::diffusion
