#include "diffusion/model/gaussian_conditional.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <vector>

#include "diffusion/numerics/solve_positive.h"

namespace scorefem::diffusion {

namespace {

using Matrix = RowMatrix;
using MatrixView = Eigen::Map<Matrix>;
using ConstMatrixView = Eigen::Map<const Matrix>;
using Index = Eigen::Index;

/// The two factors of each pairwise product, in order.
std::vector<std::pair<Index, Index>> products(Index n_measured) {
  std::vector<std::pair<Index, Index>> pairs;
  for (Index i = 0; i < n_measured; ++i)
    for (Index j = i; j < n_measured; ++j) pairs.emplace_back(i, j);
  return pairs;
}

/// Features of deviations y [rows, m] from the mean, with the products' mean `centre` [m, m] taken off and,
/// from squares, the noise's `variance` [rows], to the last columns of `result`. A sensor that is off has a
/// deviation of 0, and nothing is taken off its products.
void with_products(const torch::Tensor& y, const torch::Tensor& on, const torch::Tensor& centre,
                   const torch::Tensor& variance, torch::Tensor& result) {
  const std::int64_t rows = y.size(0), m = y.size(1);
  const std::int64_t stride = result.size(1), first = stride - JointMoments::n_features(m, Centre::quadratic);
  const torch::Tensor deviation = y.contiguous(), mask = on.contiguous(), mean = centre.contiguous();
  at::parallel_for(0, rows, 16, [&](std::int64_t begin, std::int64_t end) {
    const double* const s = mean.data_ptr<double>();
    for (std::int64_t row = begin; row < end; ++row) {
      const double* const from = deviation.data_ptr<double>() + row * m;
      const double* const is_on = mask.data_ptr<double>() + row * m;
      double* out = std::copy(from, from + m, result.data_ptr<double>() + row * stride + first);
      for (std::int64_t i = 0; i < m; ++i) {
        const double value = from[i], i_on = is_on[i];
        for (std::int64_t j = i; j < m; ++j) out[j - i] = value * from[j] - i_on * is_on[j] * s[i * m + j];
        out[0] -= i_on * variance.data_ptr<double>()[row];
        out += m - i;
      }
    }
  });
}

/// The same by LibTorch's operations, on any device: the products' columns alone.
torch::Tensor products_on_device(const torch::Tensor& y, const torch::Tensor& on, const torch::Tensor& centre,
                                 const torch::Tensor& variance) {
  const std::int64_t m = y.size(1);
  const torch::Tensor pair = torch::triu_indices(m, m, 0, y.options().dtype(torch::kInt64));
  const torch::Tensor i = pair[0], j = pair[1];
  const auto product = [&](const torch::Tensor& x) { return x.index_select(1, i) * x.index_select(1, j); };
  const torch::Tensor mean = centre.reshape({-1}).index_select(0, i * m + j);
  return product(y) - product(on) * (mean + variance.unsqueeze(1) * i.eq(j));
}

/// Covariance of the features of a noisy measurement. Var(y_i + e_i) = S_ii + v, and for products, with e
/// independent of y: Cov((y_i + e_i)(y_j + e_j), (y_k + e_k)(y_l + e_l)) = Cov(y_i y_j, y_k y_l) + v (d_ik
/// S_jl + d_jl S_ik + d_il S_jk + d_jk S_il) + v^2 (d_ik d_jl + d_il d_jk).
Matrix noisy_covariance(const ConstMatrixView& joint, Index d, Index m, double v) {
  const Index f = joint.rows() - d;
  Matrix covariance = joint.block(d, d, f, f);
  covariance.diagonal().head(m).array() += v;
  if (f == m) return covariance;
  const auto s = joint.block(d, d, m, m);
  const auto pairs = products(m);
  const auto same = [](Index a, Index b) { return a == b ? 1.0 : 0.0; };
  for (std::size_t row = 0; row < pairs.size(); ++row) {
    // By name: in C++17 a lambda cannot take structured bindings.
    const Index i = pairs[row].first, j = pairs[row].second;
    const auto add = [&](Index k, Index l) {
      if (k > l) return;
      // Position of the product (k, l) among those ordered by first, then second factor.
      const Index column = k * m - k * (k - 1) / 2 + (l - k);
      covariance(m + static_cast<Index>(row), m + column) +=
          v * (same(i, k) * s(j, l) + same(j, l) * s(i, k) + same(i, l) * s(j, k) + same(j, k) * s(i, l)) +
          v * v * (same(i, k) * same(j, l) + same(i, l) * same(j, k));
    };
    // Only products that share a factor with (i, j) have such terms.
    for (Index a = 0; a < m; ++a) {
      for (Index b = a; b < m; ++b)
        if (a == i || a == j || b == i || b == j) add(a, b);
    }
  }
  return covariance;
}

std::vector<Index> features_on(const double* mask, Index m, Index f) {
  std::vector<Index> on;
  for (Index i = 0; i < m; ++i)
    if (mask[i] != 0.0) on.push_back(i);
  if (f == m) return on;
  const auto pairs = products(m);
  for (std::size_t p = 0; p < pairs.size(); ++p)
    if (mask[pairs[p].first] != 0.0 && mask[pairs[p].second] != 0.0) on.push_back(m + static_cast<Index>(p));
  return on;
}

}  // namespace

JointMoments JointMoments::of(const PairRows& pairs, Centre centre) {
  const torch::Tensor &inferred = pairs.pairs().inferred, &measured = pairs.pairs().measured;
  const torch::Tensor mean_inferred = pairs.mean(inferred), mean_measured = pairs.mean(measured);
  const std::int64_t n = pairs.size(), d = inferred.size(1), m = measured.size(1);
  const std::int64_t columns = d + n_features(m, centre);
  const auto mean_square = [&](std::int64_t size, const auto& of_block) {
    torch::Tensor sum;
    for_each_block(n, size, [&](std::int64_t begin, std::int64_t rows) {
      const torch::Tensor block = of_block(begin, rows);
      const torch::Tensor square = block.t().matmul(block);
      sum = sum.defined() ? sum + square : square;
    });
    return sum / static_cast<double>(n);
  };
  const auto centred = [&](std::int64_t begin, std::int64_t rows) {
    return pairs.part(measured, begin, rows) - mean_measured;
  };
  torch::Tensor products;
  if (centre == Centre::quadratic) products = mean_square(m, centred);
  const torch::Tensor covariance = mean_square(columns, [&](std::int64_t begin, std::int64_t rows) {
    torch::Tensor joint = torch::empty({rows, columns}, torch::kFloat64);
    joint.narrow(1, 0, d).copy_(pairs.part(inferred, begin, rows) - mean_inferred);
    const torch::Tensor y = centred(begin, rows);
    if (centre == Centre::linear)
      joint.narrow(1, d, m).copy_(y);
    else
      with_products(y, torch::ones_like(y), products, torch::zeros({rows}, torch::kFloat64), joint);
    return joint;
  });
  return {mean_inferred, mean_measured, covariance};
}

std::int64_t JointMoments::n_features(std::int64_t n_measured, Centre centre) {
  return centre == Centre::linear ? n_measured : n_measured + n_measured * (n_measured + 1) / 2;
}

Centre JointMoments::centre() const {
  const std::int64_t d = mean_inferred.size(0), m = mean_measured.size(0);
  return covariance.size(0) == d + m ? Centre::linear : Centre::quadratic;
}

JointMoments JointMoments::to(torch::Device device) const {
  return {mean_inferred.to(device), mean_measured.to(device), covariance.to(device)};
}

torch::Tensor JointMoments::measured_covariance() const {
  const std::int64_t d = mean_inferred.size(0), m = mean_measured.size(0);
  return covariance.narrow(0, d, m).narrow(1, d, m);
}

torch::Tensor JointMoments::features(const torch::Tensor& noisy, const torch::Tensor& mask,
                                     const torch::Tensor& noise_std) const {
  const torch::Tensor on = mask.to(torch::kFloat64);
  // Values of sensors that are off may be NaN.
  torch::Tensor deviation =
      torch::where(on.eq(0), torch::zeros_like(on), noisy.to(torch::kFloat64) - mean_measured);
  if (centre() == Centre::linear) return deviation;
  if (!deviation.device().is_cpu())
    return torch::cat({deviation, products_on_device(deviation, on, measured_covariance(),
                                                     noise_std.to(torch::kFloat64).square())},
                      1);
  torch::Tensor result =
      torch::empty({noisy.size(0), n_features(mean_measured.size(0), Centre::quadratic)}, torch::kFloat64);
  with_products(deviation, on, measured_covariance(), noise_std.to(torch::kFloat64).square(), result);
  return result;
}

GaussianConditional GaussianConditional::of(const JointMoments& moments, const torch::Tensor& mask,
                                            const torch::Tensor& noise_std) {
  // Relative to the largest variance: what arithmetic can tell from 0.
  constexpr double kSmallestVariance = 1e-12;
  const Index d = moments.mean_inferred.size(0), m = moments.mean_measured.size(0);
  const torch::Tensor joint_tensor = moments.covariance.contiguous();
  const Index f = joint_tensor.size(0) - d;
  const torch::Tensor on_tensor = mask.to(torch::kFloat64).contiguous();
  const torch::Tensor noise_tensor = noise_std.to(torch::kFloat64).contiguous();
  const std::int64_t n = on_tensor.size(0);
  const ConstMatrixView joint(joint_tensor.data_ptr<double>(), d + f, d + f);
  const double floor = kSmallestVariance * joint.diagonal().head(d).maxCoeff();

  GaussianConditional result{torch::zeros({n, f, d}, torch::kFloat64),
                             torch::empty({n, d, d}, torch::kFloat64),
                             torch::empty({n, d, d}, torch::kFloat64), torch::empty({n, d}, torch::kFloat64)};
  at::parallel_for(0, n, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      const double noise = noise_tensor.data_ptr<double>()[c];
      const std::vector<Index> on = features_on(on_tensor.data_ptr<double>() + c * m, m, f);
      const Matrix cross = joint.block(d, 0, f, d)(on, Eigen::all);
      const Matrix gain = solve_positive(noisy_covariance(joint, d, m, noise * noise)(on, on), cross);
      MatrixView(result.gain.data_ptr<double>() + c * f * d, f, d)(on, Eigen::all) = gain;
      const Matrix covariance = joint.topLeftCorner(d, d) - cross.transpose() * gain;
      const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(0.5 * (covariance + covariance.transpose()));
      const Eigen::VectorXd roots = eigen.eigenvalues().cwiseMax(floor).cwiseSqrt();
      const auto& vectors = eigen.eigenvectors();
      MatrixView root(result.root.data_ptr<double>() + c * d * d, d, d);
      root = vectors * roots.asDiagonal() * vectors.transpose();
      MatrixView(result.inverse_root.data_ptr<double>() + c * d * d, d, d) =
          vectors * roots.cwiseInverse().asDiagonal() * vectors.transpose();
      Eigen::Map<Eigen::VectorXd>(result.stddev.data_ptr<double>() + c * d, d) = root.rowwise().norm();
    }
  });
  return result;
}

}  // namespace scorefem::diffusion
