#include "pipeline/calibration/rank_counts.h"

#include <omp.h>

#include <algorithm>
#include <numeric>

#include "diffusion/numerics/team.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/streams.h"
#include "pipeline/problem/normal_distribution.h"

namespace scorefem::calibration {
namespace {

using solver::Matrix;

constexpr int kSteps = 40;

std::vector<double> make_edges() {
  std::vector<double> edges;
  for (int k = 1; k < kSteps; ++k) edges.push_back(static_cast<double>(k) / kSteps);
  for (const double z : {-2.0, -1.0, 1.0, 2.0}) edges.push_back(problem::normal_cdf(z));
  std::sort(edges.begin(), edges.end());
  return edges;
}

}  // namespace

Matrix uniform_ranks(const Matrix& values, const diffusion::CounterRandom& random, std::uint64_t index) {
  if (values.hasNaN())
    throw base::InputError("ranks: a value is not a number; expected numbers, or infinity");
  const Eigen::Index n = values.rows();
  std::vector<double> uniform(static_cast<std::size_t>(2 * n));
  random.uniforms(index, uniform.data(), uniform.size());
  const double* tie = uniform.data();
  const double* place = uniform.data() + n;
  Matrix ranks(n, values.cols());
  diffusion::for_each_index(values.cols(), omp_get_max_threads(), [&](Eigen::Index j) {
    std::vector<std::pair<double, Eigen::Index>> order(static_cast<std::size_t>(n));
    for (Eigen::Index i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = {values(i, j), i};
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
      return a.first < b.first || (a.first == b.first && tie[a.second] < tie[b.second]);
    });
    for (Eigen::Index rank = 0; rank < n; ++rank) {
      const Eigen::Index i = order[static_cast<std::size_t>(rank)].second;
      ranks(i, j) = (static_cast<double>(rank) + place[i]) / static_cast<double>(n);
    }
  });
  return ranks;
}

RankCounts::RankCounts(Eigen::Index n_quantities, std::uint64_t seed, int n_stand_ins)
    : n_quantities_(n_quantities),
      n_stand_ins_(n_stand_ins),
      random_(seed, base::streams::stand_in),
      bins_(offset(n_stand_ins + 1, 0)) {}

const std::vector<double>& RankCounts::edges() {
  static const std::vector<double> edges = make_edges();
  return edges;
}

std::size_t RankCounts::offset(int set, Eigen::Index quantity) const {
  return static_cast<std::size_t>(set * n_quantities_ + quantity) * (edges().size() + 1);
}

void RankCounts::add(const Matrix& ranks, std::uint64_t index) {
  using Bins = Eigen::Matrix<unsigned char, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Bins bin_of = ranks.unaryExpr([](double u) {
    return static_cast<unsigned char>(std::upper_bound(edges().begin(), edges().end(), u) - edges().begin());
  });
  std::vector<std::uint64_t> words(static_cast<std::size_t>(n_stand_ins_));
  random_.words(index, words.data(), words.size());
  const auto n_rows = static_cast<std::uint64_t>(ranks.rows());
  for (int set = 0; set <= n_stand_ins_; ++set) {
    const std::uint64_t row = set == 0 ? 0 : words[static_cast<std::size_t>(set - 1)] % n_rows;
    for (Eigen::Index j = 0; j < n_quantities_; ++j) {
      ++bins_[offset(set, j) + bin_of(static_cast<Eigen::Index>(row), j)];
    }
  }
  ++n_measurements_;
}

std::vector<int> RankCounts::below(int set, int quantity) const {
  const std::uint32_t* bins = bins_.data() + offset(set, quantity);
  std::vector<int> counts(edges().size());
  std::partial_sum(bins, bins + counts.size(), counts.begin());
  return counts;
}

}  // namespace scorefem::calibration
