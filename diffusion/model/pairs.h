#pragma once

#include <torch/types.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace scorefem::diffusion {

/// Joint samples that a model is trained on: CPU tensors, float32 or float64, in physical units, contiguous.
struct Pairs {
  torch::Tensor inferred;  //!< [n, n_inferred] the vector to infer
  torch::Tensor measured;  //!< [n, n_measured] noise-free measurements
  torch::Tensor noise;     //!< [n, n_measured] standard normal; scaled by the noise level when used
  torch::Tensor mask;      //!< [n, n_measured] 1 where the sensor is on, 0 where it is off
  /// What a training that goes on compares to tell that the data are the same; empty: the tensors' content.
  /// Of data whose last bits another processor computes otherwise, what they are computed from.
  std::string identity = std::string();
  /// Pairs that are not in memory, but in a file that the tensors are maps of: told which rows [begin, end)
  /// are used next. May be empty.
  std::function<void(std::int64_t begin, std::int64_t end)> uses = {};

  std::int64_t size() const { return inferred.size(0); }
  /// Throws std::invalid_argument: empty, shapes that disagree, NaN or infinity, a constant column.
  void validate() const;
  /// `identity`, or sizes and a hash of all numbers.
  std::string fingerprint() const;
};

/// Some rows of pairs, which must outlive it: nothing is copied but what is asked for.
class PairRows {
 public:
  /// All rows.
  PairRows(const Pairs& pairs) : pairs_(pairs) {}  // NOLINT: pairs are all of their rows
  /// `rows` int64 [n], indices.
  PairRows(const Pairs& pairs, torch::Tensor rows) : pairs_(pairs), rows_(std::move(rows)) {}

  const Pairs& pairs() const { return pairs_; }
  std::int64_t size() const { return rows_.defined() ? rows_.size(0) : pairs_.size(); }
  /// `tensor`, one of the pairs' own: n of these rows from `begin` on, float64. A copy unless all rows are
  /// meant and it is float64.
  torch::Tensor part(const torch::Tensor& tensor, std::int64_t begin, std::int64_t n) const;
  /// Mean of each column of `change` of these rows, one of the pairs' own tensors; float64.
  torch::Tensor mean(const torch::Tensor& tensor,
                     const std::function<torch::Tensor(const torch::Tensor&)>& change = {}) const;

 private:
  const Pairs& pairs_;
  torch::Tensor rows_;  // undefined: all
};

/// Calls work(begin, n) for consecutive rows [begin, begin + n) of `rows`, of which each needs `columns`
/// numbers: no more at once than keep the memory small against that of many pairs.
template <class Work>
void for_each_block(std::int64_t rows, std::int64_t columns, const Work& work) {
  constexpr std::int64_t kNumbers = std::int64_t{1} << 22;
  const std::int64_t block = std::max<std::int64_t>(kNumbers / columns, 1);
  for (std::int64_t begin = 0; begin < rows; begin += block) work(begin, std::min(block, rows - begin));
}

/// Measurements to be inverted: CPU tensors, physical units.
struct Measurements {
  torch::Tensor values;     //!< [n, n_measured] noisy; ignored (NaN allowed) where the mask is 0
  torch::Tensor mask;       //!< [n, n_measured] 1 on, 0 off
  torch::Tensor noise_std;  //!< [n] standard deviation of the noise of each measurement, same unit as values

  std::int64_t size() const { return values.size(0); }
  /// Throws std::invalid_argument: empty, shapes that disagree, a value that is not finite where the sensor
  /// is on.
  void validate() const;
};

}  // namespace scorefem::diffusion
