#pragma once

#include <torch/types.h>

#include <functional>

#include "diffusion/numerics/process.h"
#include "diffusion/sampling/probability_flow_ode.h"
#include "diffusion/sampling/sampler_statistics.h"

namespace scorefem::diffusion {

/// Standard normal numbers of step i, shaped as the state, float64.
using Increments = std::function<torch::Tensor(int step)>;

// The reverse process with tau = 1 - t and alpha > 0 (paper, Eqs. 38-41),
//   dx = [(b/2) x + ((1 + alpha)/2) g^2 S(x, t)] dtau + sqrt(alpha) g dW,
// from t_begin down to t_end in equal steps. All alpha share the marginals; alpha = 1 is the well-known
// reverse SDE.

/// Euler-Maruyama: order 1 in distribution, one evaluation a step.
torch::Tensor integrate_euler_maruyama(const Process& process, const Score& score, double alpha,
                                       torch::Tensor state, double t_begin, double t_end, int steps,
                                       const Increments& increments, SamplerStatistics& statistics);

/// Stochastic Heun for additive noise (Kloeden and Platen, Numerical Solution of Stochastic Differential
/// Equations, section 15.1): order 2 in distribution, two evaluations a step.
torch::Tensor integrate_stochastic_heun(const Process& process, const Score& score, double alpha,
                                        torch::Tensor state, double t_begin, double t_end, int steps,
                                        const Increments& increments, SamplerStatistics& statistics);

}  // namespace scorefem::diffusion
