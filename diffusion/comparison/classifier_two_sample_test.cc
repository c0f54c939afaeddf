#include "diffusion/comparison/classifier_two_sample_test.h"

#include <torch/autograd.h>
#include <torch/types.h>

#include <cmath>
#include <stdexcept>

#include "diffusion/network/mlp.h"
#include "diffusion/numerics/random_tensor.h"
#include "diffusion/numerics/require.h"
#include "diffusion/training/adam.h"

namespace scorefem::diffusion {

namespace {

/// Substreams beyond those of the folds.
constexpr std::uint32_t kFoldAssignment = 1000;
constexpr std::uint32_t kInitialWeights = 2000;
/// Relative.
constexpr double kRounding = 1e-12;

struct Rows {
  torch::Tensor features;  // [n, n_features] float32
  torch::Tensor label;     // [n, 1] float32, 1 for the second set
};

/// Trained on `rows`: the flat parameters of the network.
torch::Tensor fit(const Mlp& mlp, const Rows& rows, int fold, const TwoSampleOptions& options) {
  const auto substream = static_cast<std::uint32_t>(fold);
  const CounterRandom order(options.seed, Stream::classifier, substream);
  torch::Tensor parameters =
      mlp.initial_parameters(CounterRandom(options.seed, Stream::classifier, kInitialWeights + substream));
  parameters.requires_grad_(true);
  Adam adam = Adam::for_parameters(parameters);
  const std::int64_t n = rows.features.size(0);
  std::int64_t step = 0;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    const torch::Tensor shuffled = permutation(order, static_cast<std::uint64_t>(epoch), n);
    for (const torch::Tensor& batch : shuffled.split(options.batch_size)) {
      const torch::Tensor logit = mlp(parameters, rows.features.index_select(0, batch));
      const torch::Tensor loss =
          torch::binary_cross_entropy_with_logits(logit, rows.label.index_select(0, batch));
      const torch::Tensor gradient = torch::autograd::grad({loss}, {parameters})[0];
      const torch::NoGradGuard no_grad;
      parameters.mul_(1.0 - options.learning_rate * options.weight_decay);
      adam.update(parameters, gradient, ++step, options.learning_rate);
    }
  }
  return parameters.detach();
}

}  // namespace

void TwoSampleOptions::validate() const {
  require(folds >= 2, "two-sample test: folds", folds, ">= 2");
  require(epochs >= 1, "two-sample test: epochs", epochs, ">= 1");
  require(batch_size >= 1, "two-sample test: batch_size", batch_size, ">= 1");
  require(width >= 1, "two-sample test: width", width, ">= 1");
  require(learning_rate > 0, "two-sample test: learning_rate", learning_rate, "> 0");
  require(weight_decay >= 0, "two-sample test: weight_decay", weight_decay, ">= 0");
}

TwoSampleResult classifier_two_sample_test(const torch::Tensor& first, const torch::Tensor& second,
                                           const torch::Tensor& group, const TwoSampleOptions& options) {
  options.validate();
  if (first.dim() != 2 || first.sizes() != second.sizes() || group.sizes() != first.sizes().slice(0, 1))
    throw std::invalid_argument("two-sample test: expected two sets of equal shape and a group for each row");
  const std::int64_t n = first.size(0);
  require(n > 0, "two-sample test: rows", n, ">= 1");
  const std::int64_t n_groups = group.max().item<std::int64_t>() + 1;
  require(n_groups >= options.folds, "two-sample test: groups", n_groups, "at least as many as folds");

  const torch::Tensor features = torch::cat({first, second}).to(torch::kFloat64);
  if (!torch::isfinite(features).all().item<bool>())
    throw std::invalid_argument("two-sample test: a value is not finite; expected finite numbers");
  const torch::Tensor label = torch::cat({torch::zeros({n, 1}), torch::ones({n, 1})});
  const torch::Tensor group_of = torch::cat({group, group});
  const torch::Tensor fold_of =
      permutation(CounterRandom(options.seed, Stream::classifier, kFoldAssignment), 0, n_groups)
          .remainder(options.folds)
          .index_select(0, group_of);
  const Mlp mlp(features.size(1), 1, {Network::mlp, Layers::plain, options.width, 2, Activation::silu});
  torch::Tensor correct = torch::empty({2 * n}, torch::kFloat64);
  for (int fold = 0; fold < options.folds; ++fold) {
    const torch::Tensor held_out = fold_of.eq(fold).nonzero().squeeze(1);
    const torch::Tensor kept = fold_of.ne(fold).nonzero().squeeze(1);
    const torch::Tensor training = features.index_select(0, kept);
    const torch::Tensor mean = training.mean(0), deviation = training.std(0);
    // A column of one value, but for rounding, tells nothing, whatever its unit.
    const torch::Tensor varies = deviation.gt(kRounding * std::get<0>(training.abs().max(0)));
    const torch::Tensor scale = torch::where(varies, 1.0 / deviation, torch::zeros_like(deviation));
    const auto standardised = [&](const torch::Tensor& rows) {
      return ((rows - mean) * scale).to(torch::kFloat32);
    };
    const torch::Tensor parameters =
        fit(mlp, {standardised(training), label.index_select(0, kept)}, fold, options);
    const torch::NoGradGuard no_grad;
    const torch::Tensor logit = mlp(parameters, standardised(features.index_select(0, held_out)));
    // NaN > 0 is false: a classifier that diverged would answer "first" for all, right half of the time.
    if (!torch::isfinite(logit).all().item<bool>()) return {NAN, NAN};
    const torch::Tensor guess = logit.gt(0).to(torch::kFloat32);
    correct.index_copy_(0, held_out,
                        guess.eq(label.index_select(0, held_out)).to(torch::kFloat64).squeeze(1));
  }
  const torch::Tensor count =
      torch::zeros({n_groups}, torch::kFloat64).index_add_(0, group_of, torch::ones_like(correct));
  const torch::Tensor sum = torch::zeros({n_groups}, torch::kFloat64).index_add_(0, group_of, correct);
  const torch::Tensor filled = count.gt(0);
  const torch::Tensor share = (sum / count).masked_select(filled);
  return {correct.mean().item<double>(),
          share.std().item<double>() / std::sqrt(static_cast<double>(share.numel()))};
}

}  // namespace scorefem::diffusion
