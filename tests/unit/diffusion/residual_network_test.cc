#include "diffusion/network/residual_network.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <cmath>
#include <set>
#include <stdexcept>

#include "diffusion/numerics/random_tensor.h"
#include "diffusion/numerics/threads.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone

namespace {

constexpr std::int64_t kState = 3, kFeatures = 4, kRest = 2;
constexpr std::int64_t kInputs = kState + kFeatures + 3 + kRest, kOutputs = 5;

ModelOptions options() {
  ModelOptions o;
  o.network = Network::gaussian_residual;
  o.layers = Layers::residual;
  o.width = 24;
  o.hidden_layers = 2;
  return o;
}

ResidualNetwork network() {
  return {kInputs, {kState, kFeatures, 1}, kOutputs, options()};
}

/// None at the start's zeros, where half of the gradient is 0.
torch::Tensor some_parameters(const ResidualNetwork& of) {
  return 0.2 * normal_tensor({1, Stream::user}, 0, 1, of.n_parameters(), torch::kFloat32)[0];
}

/// With the columns of an angle between features and the rest.
torch::Tensor inputs(std::int64_t rows, double theta = std::nan("")) {
  torch::Tensor x = normal_tensor({2, Stream::user}, 0, rows, kInputs, torch::kFloat32);
  const torch::Tensor angle = std::isnan(theta)
                                  ? uniform_tensor({3, Stream::user}, 0, rows, 1, torch::kFloat32) * 1.5
                                  : torch::full({rows, 1}, theta, torch::kFloat32);
  x.narrow(1, kState + kFeatures, 3).copy_(torch::cat({angle.cos(), angle.sin(), angle}, 1));
  return x;
}

double relative_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

TEST(ResidualNetwork, OutputAndGradientsAgreeWithLibTorchInDoublePrecision) {
  const ResidualNetwork net = network();
  const torch::Tensor start = some_parameters(net), data = inputs(701);
  const torch::Tensor weight = normal_tensor({4, Stream::user}, 0, 701, kOutputs, torch::kFloat32);
  const torch::Tensor exact_parameters = start.to(torch::kFloat64).requires_grad_(true);
  const torch::Tensor exact_input = data.to(torch::kFloat64).requires_grad_(true);
  const torch::Tensor exact = net.evaluate_with_torch(exact_parameters, exact_input);
  const auto exact_gradients =
      torch::autograd::grad({(exact.square() * weight).sum()}, {exact_parameters, exact_input});
  for (const int threads : {1, 3}) {
    set_threads(threads);
    const torch::Tensor parameters = start.clone().requires_grad_(true);
    const torch::Tensor input = data.clone().requires_grad_(true);
    const torch::Tensor output = net(parameters, input);
    const auto gradients = torch::autograd::grad({(output.square() * weight).sum()}, {parameters, input}, {},
                                                 /*retain_graph=*/true);
    EXPECT_LT(relative_difference(output.to(torch::kFloat64), exact), 1e-5);
    EXPECT_LT(relative_difference(gradients[0].to(torch::kFloat64), exact_gradients[0]), 1e-5);
    EXPECT_LT(relative_difference(gradients[1].to(torch::kFloat64), exact_gradients[1]), 1e-5);
    // The graph can be gone through again, to the same bits.
    const auto again = torch::autograd::grad({(output.square() * weight).sum()}, {parameters, input});
    EXPECT_TRUE(again[0].equal(gradients[0]));
  }
}

TEST(ResidualNetwork, GradientsAreFiniteDifferences) {
  const ResidualNetwork net = network();
  const torch::Tensor data = inputs(20).to(torch::kFloat64);
  const torch::Tensor parameters = some_parameters(net).to(torch::kFloat64).requires_grad_(true);
  const auto loss = [&](const torch::Tensor& p) { return net.evaluate_with_torch(p, data).square().mean(); };
  const torch::Tensor gradient = torch::autograd::grad({loss(parameters)}, {parameters})[0];
  for (std::int64_t k = 0; k < 5; ++k) {
    const torch::Tensor direction = normal_tensor({5, Stream::user}, static_cast<std::uint64_t>(k), 1,
                                                  net.n_parameters(), torch::kFloat64)[0];
    const double h = 1e-5;
    const torch::NoGradGuard no_grad;
    const double difference =
        ((loss(parameters + h * direction) - loss(parameters - h * direction)) / (2.0 * h)).item<double>();
    EXPECT_NEAR(difference / (gradient * direction).sum().item<double>(), 1.0, 1e-5);
  }
}

TEST(ResidualNetwork, MeasurementsThatAreFixedGiveWhatTheWholeInputGives) {
  const ResidualNetwork net = network();
  const torch::Tensor parameters = some_parameters(net);
  for (const std::int64_t n_measurements : {1, 3}) {
    const torch::Tensor features =
        normal_tensor({6, Stream::user}, 0, n_measurements, kFeatures, torch::kFloat32);
    const auto conditioned = net.condition(parameters, kState, features, Precision::float32);
    for (const std::int64_t rows : {0, 1, 255, 700}) {
      torch::Tensor whole = inputs(rows, 0.3);
      const torch::Tensor row = torch::arange(rows, torch::kInt64).remainder(n_measurements);
      whole.narrow(1, kState, kFeatures).copy_(features.index_select(0, row));
      const std::int64_t rest = kState + kFeatures;
      const torch::Tensor moving =
          torch::cat({whole.narrow(1, 0, kState), whole.narrow(1, rest, kInputs - rest)}, 1);
      const torch::Tensor found = (*conditioned)(moving, row);
      EXPECT_EQ(found.size(0), rows);
      if (rows == 0) continue;
      EXPECT_LT(relative_difference(found, net.evaluate_with_torch(parameters, whole)), 1e-5) << rows;
    }
  }
  const torch::Tensor features = torch::zeros({1, kFeatures});
  EXPECT_THROW(net.condition(parameters, kState, features, Precision::bfloat16), std::invalid_argument);
}

TEST(ResidualNetwork, NotANumberStaysInItsRow) {
  const ResidualNetwork net = network();
  torch::Tensor data = inputs(40);
  for (const std::int64_t column : {std::int64_t{0}, kState, kInputs - 1}) data[7][column] = std::nan("");
  const torch::Tensor output = net(some_parameters(net), data);
  EXPECT_TRUE(output.isnan().all(1).equal(torch::arange(40, torch::kInt64).eq(7)));
}

TEST(ResidualNetwork, StartsAtZeroWithEveryWeightNamedOnce) {
  const ResidualNetwork net = network();
  const torch::Tensor start = net.initial_parameters({1, Stream::network});
  EXPECT_TRUE(net(start, inputs(10)).eq(0.0).all().item<bool>());
  const torch::Tensor flat = torch::zeros({net.n_parameters()});
  std::set<std::string> names;
  for (auto [name, view] : net.named_views(flat)) {
    view.add_(1.0);
    names.insert(name);
  }
  EXPECT_TRUE(flat.eq(1.0).all().item<bool>());
  EXPECT_EQ(names.size(), net.named_views(flat).size());
  EXPECT_EQ(names.count("block_1_inner_weight"), 1U);
  ModelOptions of_paper = options();
  of_paper.network = Network::mlp;
  EXPECT_THROW(of_paper.validate(), std::invalid_argument);
}

}  // namespace
