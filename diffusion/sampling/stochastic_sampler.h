#pragma once

#include <torch/types.h>

#include <functional>
#include <vector>

#include "diffusion/numerics/process.h"
#include "diffusion/sampling/probability_flow_ode.h"
#include "diffusion/sampling/sampler_statistics.h"

namespace scorefem::diffusion {

/// Standard normal numbers of step i, shaped as the state, float64.
using Increments = std::function<torch::Tensor(int step)>;

// The reverse process with tau = 1 - t and alpha >= 0 (paper, Eqs. 38-41),
//   dx = [(b/2) x + ((1 + alpha)/2) g^2 S(x, t)] dtau + sqrt(alpha) g dW.
// All alpha share the marginals; alpha = 1 is the well-known reverse SDE, alpha = 0 the probability-flow ODE.
// In y = x / m and rho = s / m, as d(rho^2)/dt = g^2 / m^2, it is for every process of the family
//   dy = (1 + alpha) s S(x, t) drho' + sqrt(alpha) dW(rho^2),  drho' = -drho,
// without b, and without a singular end: -s S is the noise z that the score expects. Steps are equal in log
// rho, so that they resolve every width of a density down to the last rho; from there the last step goes to
// the denoised mean E[x_0 | x_t] and adds no noise.

/// The t of `steps` nodes with equal distances in log rho, from the process's start to `end_time`, but to no
/// smaller rho than kSmallestRatio.
std::vector<double> ratio_nodes(const Process& process, double end_time, int steps);

/// Euler-Maruyama: order 1 in distribution, one evaluation a step. `state`: x at the first node; returns x_0.
/// `increments` are not called with alpha = 0.
torch::Tensor integrate_euler_maruyama(const Process& process, const Score& score, double alpha,
                                       const torch::Tensor& state, const std::vector<double>& nodes,
                                       const Increments& increments, SamplerStatistics& statistics);

/// Stochastic Heun for additive noise (Kloeden and Platen, Numerical Solution of Stochastic Differential
/// Equations, section 15.1): order 2 in distribution, two evaluations a step but for the last, one.
torch::Tensor integrate_stochastic_heun(const Process& process, const Score& score, double alpha,
                                        const torch::Tensor& state, const std::vector<double>& nodes,
                                        const Increments& increments, SamplerStatistics& statistics);

}  // namespace scorefem::diffusion
