#include "diffusion/network/mlp.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <cmath>

#include "diffusion/network/conditioned_mlp.h"
#include "diffusion/network/cpu_inference.h"
#include "diffusion/numerics/random_tensor.h"
#include "diffusion/numerics/threads.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone

namespace {

struct Case {
  Activation activation;
  int threads;
};

class OnednnMlp : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override { set_threads(GetParam().threads); }

  ModelOptions options() const {
    ModelOptions o;
    o.width = 48;
    o.hidden_layers = 3;
    o.activation = GetParam().activation;
    return o;
  }
};

INSTANTIATE_TEST_SUITE_P(Cases, OnednnMlp,
                         testing::Values(Case{Activation::relu, 1}, Case{Activation::relu, 2},
                                         Case{Activation::silu, 1}, Case{Activation::silu, 2}));

double relative_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

TEST_P(OnednnMlp, OutputAndGradientsAgreeWithLibTorchInDoublePrecision) {
  const Mlp mlp(13, 5, options());
  const torch::Tensor start = mlp.initial_parameters({1, Stream::user});
  const torch::Tensor data = normal_tensor({2, Stream::user}, 0, 701, 13, torch::kFloat32);
  const torch::Tensor weight = normal_tensor({3, Stream::user}, 0, 701, 5, torch::kFloat32);

  const torch::Tensor parameters = start.clone().requires_grad_(true);
  const torch::Tensor input = data.clone().requires_grad_(true);
  const torch::Tensor output = mlp(parameters, input);
  const auto gradients = torch::autograd::grad({(output.square() * weight).sum()}, {parameters, input});

  const torch::Tensor exact_parameters = start.to(torch::kFloat64).requires_grad_(true);
  const torch::Tensor exact_input = data.to(torch::kFloat64).requires_grad_(true);
  const torch::Tensor exact = mlp.evaluate_with_torch(exact_parameters, exact_input);
  const auto exact_gradients = torch::autograd::grad({(exact.square() * weight.to(torch::kFloat64)).sum()},
                                                     {exact_parameters, exact_input});

  EXPECT_LT(relative_difference(output.to(torch::kFloat64), exact), 1e-6);
  EXPECT_LT(relative_difference(gradients[0].to(torch::kFloat64), exact_gradients[0]), 2e-6);
  EXPECT_LT(relative_difference(gradients[1].to(torch::kFloat64), exact_gradients[1]), 2e-6);
}

TEST_P(OnednnMlp, OutlyingInputsGiveFiniteOutputAndGradients) {
  // exp(-v) overflows in float32 from v = -89 on. Values of 1e4 are rounded by 1e-3, and SiLU's slope changes
  // by a quarter from one unit to the next.
  const Mlp mlp(13, 5, options());
  const torch::Tensor parameters = mlp.initial_parameters({1, Stream::user}).requires_grad_(true);
  const torch::Tensor input = 1e4 * normal_tensor({2, Stream::user}, 0, 200, 13, torch::kFloat32);
  const torch::Tensor output = mlp(parameters, input);
  const torch::Tensor gradient = torch::autograd::grad({output.sum()}, {parameters})[0];
  const torch::Tensor exact_parameters = parameters.detach().to(torch::kFloat64).requires_grad_(true);
  const torch::Tensor exact = mlp.evaluate_with_torch(exact_parameters, input.to(torch::kFloat64));
  const torch::Tensor exact_gradient = torch::autograd::grad({exact.sum()}, {exact_parameters})[0];
  EXPECT_LT(relative_difference(output.to(torch::kFloat64), exact), 1e-6);
  EXPECT_LT(relative_difference(gradient.to(torch::kFloat64), exact_gradient), 1e-3);
}

TEST_P(OnednnMlp, InferenceEqualsTheDifferentiablePath) {
  const Mlp mlp(13, 5, options());
  const torch::Tensor parameters = mlp.initial_parameters({1, Stream::user}).requires_grad_(true);
  for (const std::int64_t rows : {1, 2, 31, 1000}) {
    const torch::Tensor input = normal_tensor({2, Stream::user}, 0, rows, 13, torch::kFloat32);
    const torch::Tensor with_graph = mlp(parameters, input);
    EXPECT_TRUE(with_graph.requires_grad());
    const torch::NoGradGuard no_grad;
    EXPECT_LT(relative_difference(mlp(parameters, input), with_graph), 1e-6) << rows;
  }
}

TEST_P(OnednnMlp, ColumnsOfTheMeasurementGiveWhatTheWholeInputGives) {
  const Mlp mlp(13, 5, options());
  const torch::Tensor parameters = mlp.initial_parameters({1, Stream::user});
  const torch::Tensor features = normal_tensor({2, Stream::user}, 0, 3, 4, torch::kFloat32);
  const ConditionedMlp conditioned(mlp, parameters, 6, features, Precision::float32);
  for (const std::int64_t rows : {1, 63, 300, 1000}) {
    const torch::Tensor moving = normal_tensor({3, Stream::user}, 0, rows, 9, torch::kFloat32);
    const torch::Tensor row = torch::arange(rows, torch::kInt64).remainder(3);
    const torch::Tensor whole =
        torch::cat({moving.narrow(1, 0, 6), features.index_select(0, row), moving.narrow(1, 6, 3)}, 1);
    EXPECT_LT(relative_difference(conditioned(moving, row), mlp(parameters, whole)), 1e-6) << rows;
  }
  torch::Tensor broken = features.clone();
  broken[1][2] = std::nan("");
  const torch::Tensor output = ConditionedMlp(mlp, parameters, 6, broken, Precision::float32)(
      torch::zeros({30, 9}), torch::arange(30, torch::kInt64).remainder(3));
  EXPECT_TRUE(output.isnan().all(1).equal(torch::arange(30, torch::kInt64).remainder(3).eq(1)));
}

TEST_P(OnednnMlp, GradientIsBitIdenticalWhenRepeated) {
  const Mlp mlp(13, 5, options());
  const torch::Tensor parameters = mlp.initial_parameters({1, Stream::user}).requires_grad_(true);
  const torch::Tensor input = normal_tensor({2, Stream::user}, 0, 1000, 13, torch::kFloat32);
  const auto gradient = [&] {
    return torch::autograd::grad({mlp(parameters, input).square().sum()}, {parameters})[0];
  };
  const torch::Tensor first = gradient();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(gradient().equal(first));
}

TEST_P(OnednnMlp, NotANumberPassesThrough) {
  const Mlp mlp(13, 5, options());
  const torch::Tensor parameters = mlp.initial_parameters({1, Stream::user});
  const torch::Tensor input = torch::full({20, 13}, std::nan(""), torch::kFloat32);
  EXPECT_TRUE(torch::isnan(mlp(parameters, input)).all().item<bool>());
}

TEST_P(OnednnMlp, Bfloat16AgreesToItsPrecision) {
  // Eight bits of mantissa: each rounding is off by at most 2^-9 of the value, through four layers of
  // width 64.
  const Mlp mlp(13, 5, options());
  const torch::Tensor parameters = mlp.initial_parameters({1, Stream::user});
  const torch::Tensor input = normal_tensor({2, Stream::user}, 0, 600, 13, torch::kFloat32);
  const torch::Tensor exact = mlp.evaluate_with_torch(parameters, input);
  if (!has_bfloat16()) {
    EXPECT_THROW(mlp(parameters, input, Precision::bfloat16), std::invalid_argument);
    return;
  }
  const torch::Tensor rounded = mlp(parameters, input, Precision::bfloat16);
  const double difference = (rounded - exact).square().mean().sqrt().item<double>();
  const double size = exact.square().mean().sqrt().item<double>();
  EXPECT_LT(difference, 0.01 * size);
  EXPECT_GT(difference, 1e-5 * size);  // it is indeed another precision
}

TEST(Mlp, NamedViewsCoverTheParametersOnce) {
  ModelOptions options;
  options.width = 7;
  options.hidden_layers = 2;
  const Mlp mlp(3, 4, options);
  EXPECT_EQ(mlp.n_parameters(), (3 * 7 + 7) + (7 * 7 + 7) + (7 * 4 + 4));
  const torch::Tensor flat = torch::zeros({mlp.n_parameters()});
  for (const auto& [name, view] : mlp.named_views(flat)) view.add_(1.0);
  EXPECT_TRUE(flat.eq(1.0).all().item<bool>());
  EXPECT_EQ(mlp.named_views(flat)[4].first, "weight_2");
  EXPECT_EQ(mlp.named_views(flat)[4].second.sizes(), torch::IntArrayRef({4, 7}));
}

TEST(Mlp, InitialWeightsAreUniformWithinTheirBound) {
  const Mlp mlp(10, 4, ModelOptions());
  const torch::Tensor weight = mlp.named_views(mlp.initial_parameters({1, Stream::network}))[2].second;
  const double bound = 1.0 / 16.0;
  EXPECT_LE(weight.abs().max().item<double>(), bound);
  EXPECT_NEAR(weight.square().mean().item<double>(), bound * bound / 3.0, 4.0 * bound * bound / 256.0 * 0.3);
}

}  // namespace
