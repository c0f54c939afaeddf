// Both libraries by their installed headers alone: the response of one sensor to random fluxes.
#include <cstdio>

#include "diffusion/numerics/random_tensor.h"
#include "solver/forward_model.h"
#include "solver/runtime.h"

int main(int argc, char** argv) {
  const scorefem::solver::Runtime runtime(argc, argv);
  const scorefem::diffusion::CounterRandom random(7, scorefem::diffusion::Stream::user);
  const torch::Tensor flux = scorefem::diffusion::normal_tensor(random, 0, 1, 30, torch::kFloat64);
  const Eigen::Map<const scorefem::solver::Vector> values(flux.data_ptr<double>(), 30);
  const auto model = scorefem::solver::make_forward_model({}, {{4.0, 0.5}});
  const double once = model->observe(values.transpose()).concentration(0, 0);
  const double doubled = model->observe(2.0 * values.transpose()).concentration(0, 0);
  std::printf("%g\n", doubled / once);
}
