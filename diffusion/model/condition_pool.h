#pragma once

#include <cstdint>

#include "diffusion/model/model.h"

namespace scorefem::diffusion {

/// Bytes of the matrices of one condition (mask, noise level) of gaussian_residual while it is trained.
std::int64_t bytes_of_condition(const ModelSetup& setup);

/// How many conditions training draws from. One noise level without masks is a single one. Otherwise as many
/// as stay near the processor, up to 512 levels or 4096 pairs of mask and level, and where these are few, as
/// with very many unknowns, up to 256 in at most 2 GiB. Throws std::invalid_argument that says what is needed
/// if not even 16 fit, from which nothing can be learnt about others: with some 2,800 unknowns and a clipped
/// prior.
std::int64_t condition_pool_size(const ModelSetup& setup);

}  // namespace scorefem::diffusion
