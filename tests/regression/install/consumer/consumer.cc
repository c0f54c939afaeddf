// Both libraries by their installed headers alone: concentrations at two sensors, scaled to [0, 1].
#include <cstdio>

#include "diffusion/model/min_max_scaling.h"
#include "solver/make_forward_model.h"
#include "solver/runtime.h"

int main(int argc, char** argv) {
  const scorefem::solver::Runtime runtime(argc, argv);
  const auto model = scorefem::solver::make_forward_model({}, {{0.5, 0.5}, {4.0, 0.5}});
  scorefem::solver::Matrix c = model->observe(scorefem::solver::Matrix::Ones(1, 30)).concentration;
  const torch::Tensor values = torch::from_blob(c.data(), {2, 1}, torch::kFloat64);
  const torch::Tensor scaled = scorefem::diffusion::MinMaxScaling::of(values).forward(values);
  std::printf("%g %g\n", scaled[0][0].item<double>(), scaled[1][0].item<double>());
}
