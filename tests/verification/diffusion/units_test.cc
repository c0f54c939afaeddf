// A model knows no unit: with fluxes, measurements and noise in another one, training and sampling give the
// same samples in that unit. For powers of two every number is exact, and so is the comparison.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <string>

#include "../../unit/diffusion/gaussian_pairs.h"
#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/training.h"
#include "model_cases.h"
#include "tests/unit/temporary_folder.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;
using scorefem::diffusion::test::model_cases;
using scorefem::diffusion::test::ModelCase;

namespace {

class Units : public scorefem::test::TemporaryFolder, public testing::WithParamInterface<ModelCase> {
 protected:
  /// Samples in the unit, over it.
  torch::Tensor samples(double unit) const {
    GaussianPairs problem;
    problem.mean = 0.5;  // clipped now and then
    const auto in_unit = [&](Pairs pairs) {
      if (GetParam().model.positive) pairs.measured = pairs.inferred.clamp_min(0.0).matmul(problem.map.t());
      pairs.inferred = unit * pairs.inferred;
      pairs.measured = unit * pairs.measured;
      return pairs;
    };
    TrainingOptions training;
    training.epochs = 2;
    training.batch_size = 100;
    training.noise = {0.3 * unit, 0.3 * unit};
    training.fresh_noise = training.fresh_masks = true;
    training.threads = 1;
    const std::string file = path(std::to_string(std::log2(unit)) + ".pt");
    train(in_unit(problem.draw(3000)), {}, GetParam().model, training, file);
    const auto model = load_model(file);
    const Pairs pairs = in_unit(problem.draw(5, 99));
    Measurements m{pairs.measured + 0.3 * unit * pairs.noise,
                   GetParam().model.masked ? pairs.mask : torch::ones({5, 3}, torch::kFloat64),
                   torch::full({5}, 0.3 * unit, torch::kFloat64)};
    SamplerOptions sampler;
    sampler.method = Method::angle_rk3;
    sampler.steps = 5;
    sampler.threads = 1;
    torch::Tensor result = torch::empty({5, 100, 2}, torch::kFloat64);
    sample_posterior(*model, m, 100, sampler, 5, 0,
                     [&](std::int64_t i, std::int64_t j, const torch::Tensor& part) {
                       result.narrow(0, i, part.size(0)).narrow(1, j, part.size(1)).copy_(part);
                     });
    return result / unit;
  }
};
INSTANTIATE_TEST_SUITE_P(Models, Units, testing::ValuesIn(model_cases(16, 1)),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(Units, DoNotMatter) {
  const torch::Tensor expected = samples(1.0);
  for (const double unit : {std::ldexp(1.0, -50), std::ldexp(1.0, 40)})  // 8.9e-16, 1.1e12
    EXPECT_TRUE(samples(unit).equal(expected)) << unit;
  // What rounding does to some thirty steps of training.
  const torch::Tensor stddev = expected.std(1, /*unbiased=*/true, /*keepdim=*/true);
  for (const double unit : {1e-15, 1e12})
    EXPECT_LT(((samples(unit) - expected) / stddev).abs().max().item<double>(), 2e-3) << unit;
}

}  // namespace
