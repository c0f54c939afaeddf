#include "diffusion/model/pairs.h"

#include <torch/types.h>

#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>

namespace scorefem::diffusion {

namespace {

std::string shape(const torch::Tensor& tensor) {
  std::string text = "[";
  for (std::int64_t i = 0; i < tensor.dim(); ++i) text += (i ? ", " : "") + std::to_string(tensor.size(i));
  return text + "]";
}

void require_matrix(const torch::Tensor& tensor, const std::string& name) {
  if (!tensor.defined() || tensor.dim() != 2 || tensor.numel() == 0)
    throw std::invalid_argument(name + " is " + (tensor.defined() ? shape(tensor) : "missing") +
                                ", expected a matrix with at least one row and column");
  if (!tensor.is_floating_point()) throw std::invalid_argument(name + " must be float32 or float64");
}

void require_same_shape(const torch::Tensor& a, const std::string& name_a, const torch::Tensor& b,
                        const std::string& name_b) {
  if (a.sizes() != b.sizes())
    throw std::invalid_argument(name_a + " is " + shape(a) + " but " + name_b + " is " + shape(b));
}

/// `row`: the tensor's first, in messages.
void require_finite(const torch::Tensor& tensor, const std::string& name, std::int64_t row = 0) {
  const torch::Tensor bad = torch::isfinite(tensor).logical_not().nonzero();
  if (bad.size(0) > 0)
    throw std::invalid_argument(name + " has " + std::to_string(bad.size(0)) +
                                " values that are not finite, the first in row " +
                                std::to_string(row + bad[0][0].item<std::int64_t>()) + ", column " +
                                std::to_string(bad[0][1].item<std::int64_t>()));
}

/// Least and greatest value of each column so far.
struct Range {
  torch::Tensor least, greatest;
  void add(const torch::Tensor& block) {
    const torch::Tensor low = std::get<0>(block.min(0)), high = std::get<0>(block.max(0));
    least = least.defined() ? torch::minimum(least, low) : low;
    greatest = greatest.defined() ? torch::maximum(greatest, high) : high;
  }
};

void require_varying_columns(const Range& of, const std::string& name) {
  const torch::Tensor constant = (of.greatest - of.least).le(0).nonzero();
  if (constant.size(0) > 0)
    throw std::invalid_argument(name + " is constant in column " +
                                std::to_string(constant[0][0].item<std::int64_t>()) +
                                ": nothing can be learnt from it or about it");
}

void require_mask(const torch::Tensor& mask) {
  if (!(mask.eq(0) | mask.eq(1)).all().item<bool>())
    throw std::invalid_argument("mask has values other than 0 and 1");
}

}  // namespace

void Pairs::validate() const {
  require_matrix(inferred, "inferred");
  require_matrix(measured, "measured");
  require_matrix(noise, "noise");
  require_matrix(mask, "mask");
  if (measured.size(0) != inferred.size(0))
    throw std::invalid_argument("inferred is " + shape(inferred) + " but measured is " + shape(measured));
  require_same_shape(measured, "measured", noise, "noise");
  require_same_shape(measured, "measured", mask, "mask");
  Range inferred_range, measured_range;
  for_each_block(size(), inferred.size(1) + 3 * measured.size(1), [&](std::int64_t begin, std::int64_t n) {
    if (uses) uses(begin, begin + n);
    const auto block = [&](const torch::Tensor& tensor) { return tensor.narrow(0, begin, n); };
    require_finite(block(inferred), "inferred", begin);
    require_finite(block(measured), "measured", begin);
    require_finite(block(noise), "noise", begin);
    require_mask(block(mask));
    inferred_range.add(block(inferred));
    measured_range.add(block(measured));
  });
  require_varying_columns(inferred_range, "inferred");
  require_varying_columns(measured_range, "measured");
}

std::string Pairs::fingerprint() const {
  if (!identity.empty()) return identity;
  // FNV-1a on words instead of bytes.
  std::uint64_t hash = 14695981039346656037U;
  for (const torch::Tensor* tensor : {&inferred, &measured, &noise, &mask}) {
    const torch::Tensor values = tensor->contiguous();
    const auto* const bytes = static_cast<const char*>(values.data_ptr());
    for (std::size_t at = 0; at < values.nbytes(); at += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + at, std::min(sizeof word, values.nbytes() - at));
      hash = (hash ^ word) * 1099511628211U;
    }
  }
  std::ostringstream text;
  text << size() << " pairs of " << shape(inferred) << " and " << shape(measured) << ", fnv1a " << std::hex
       << hash;
  return text.str();
}

torch::Tensor PairRows::mean(const torch::Tensor& tensor,
                             const std::function<torch::Tensor(const torch::Tensor&)>& change) const {
  torch::Tensor sum;
  for_each_block(size(), tensor.size(1), [&](std::int64_t begin, std::int64_t n) {
    const torch::Tensor block = part(tensor, begin, n);
    const torch::Tensor of_block = (change ? change(block) : block).sum(0);
    sum = sum.defined() ? sum + of_block : of_block;
  });
  return sum / static_cast<double>(size());
}

torch::Tensor PairRows::part(const torch::Tensor& tensor, std::int64_t begin, std::int64_t n) const {
  if (pairs_.uses) {
    const torch::Tensor rows = rows_.defined() ? rows_.narrow(0, begin, n) : torch::Tensor();
    const std::int64_t first = rows.defined() ? rows.min().item<std::int64_t>() : begin;
    pairs_.uses(first, rows.defined() ? rows.max().item<std::int64_t>() + 1 : begin + n);
  }
  const torch::Tensor selected =
      rows_.defined() ? tensor.index_select(0, rows_.narrow(0, begin, n)) : tensor.narrow(0, begin, n);
  return selected.to(torch::kFloat64);
}

void Measurements::validate() const {
  require_matrix(values, "measurements");
  require_matrix(mask, "mask");
  require_same_shape(values, "measurements", mask, "mask");
  require_mask(mask);
  if (!noise_std.defined() || noise_std.dim() != 1 || noise_std.size(0) != values.size(0))
    throw std::invalid_argument("noise_std must have one value per measurement");
  if (!(torch::isfinite(noise_std) & noise_std.ge(0)).all().item<bool>())
    throw std::invalid_argument("noise_std must be finite and >= 0");
  require_finite(torch::where(mask.eq(0), torch::zeros_like(values), values),
                 "measurements (where the sensor is on)");
}

}  // namespace scorefem::diffusion
