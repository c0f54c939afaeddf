#include "pipeline/posterior/training_rows.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <sstream>
#include <stdexcept>

#include "diffusion/numerics/counter_random.h"

namespace scorefem::posterior {
namespace {

using solver::Matrix;

constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 (RFC 4648), without padding.
std::string encoded(const unsigned char* bytes, std::size_t n) {
  std::string text;
  text.reserve((n * 4 + 2) / 3);
  for (std::size_t i = 0; i < n; i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < n ? bytes[i + k] : 0U);
    const std::size_t digits = std::min<std::size_t>(n - i, 3) + 1;
    for (std::size_t k = 0; k < digits; ++k) text += kDigits[group >> (18 - 6 * k) & 63U];
  }
  return text;
}

/// @throws std::invalid_argument for another number of bytes, or other characters
std::string decoded(const std::string& text, std::size_t n) {
  std::array<int, 256> value{};
  value.fill(-1);
  for (int i = 0; i < 64; ++i) value[static_cast<unsigned char>(kDigits[i])] = i;
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char digit : text) {
    const int six = value[static_cast<unsigned char>(digit)];
    if (six < 0) throw std::invalid_argument("training observations: not base64");
    group = group << 6 | static_cast<std::uint32_t>(six);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 255U);
  }
  if (bytes.size() != n) throw std::invalid_argument("training observations: not as many as they say");
  return bytes;
}

}  // namespace

TrainingRows training_rows(const dataset::Dataset& dataset, Eigen::Index most, bool with_masks) {
  const Eigen::Index n = std::min(most, dataset.shape().rows[dataset::Split::train]);
  dataset::SampleBlock block = dataset.read(dataset::Split::train, 0, n).finite();
  if (with_masks) {
    const Matrix off =
        Matrix::Constant(block.mask.rows(), block.mask.cols(), std::numeric_limits<double>::quiet_NaN());
    block.observations = (block.mask.array() > 0).select(block.observations, off).eval();
  }
  return {std::move(block.observations), std::move(block.noise)};
}

std::string training_rows_text(const dataset::Dataset& dataset, bool with_masks) {
  constexpr Eigen::Index kNumbers = 60000, kFewest = 300, kMost = 4000;
  const Eigen::Index m = dataset.shape().n_observations;
  const Matrix clean = training_rows(dataset, std::clamp(kNumbers / m, kFewest, kMost), with_masks).clean;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(clean.data());
  return std::to_string(clean.rows()) + " " + std::to_string(clean.cols()) + " " +
         encoded(bytes, static_cast<std::size_t>(clean.size()) * sizeof(double));
}

TrainingRows training_rows(const std::map<std::string, std::string>& metadata) {
  const auto found = metadata.find(kTrainingRowsKey);
  if (found == metadata.end()) return {};
  std::istringstream in(found->second);
  Eigen::Index n = 0, m = 0;
  std::string text;
  if (!(in >> n >> m >> text) || n < 1 || m < 1)
    throw std::invalid_argument("training observations: expected rows, columns and base64");
  const std::string bytes = decoded(text, static_cast<std::size_t>(n * m) * sizeof(double));
  TrainingRows rows{Matrix(n, m), Matrix(n, m)};
  std::memcpy(rows.clean.data(), bytes.data(), bytes.size());
  const diffusion::CounterRandom random(1, diffusion::Stream::measurement_noise);
  for (Eigen::Index i = 0; i < n; ++i)
    random.normals(static_cast<std::uint64_t>(i), rows.normal.row(i).data(), static_cast<std::size_t>(m));
  return rows;
}

}  // namespace scorefem::posterior
