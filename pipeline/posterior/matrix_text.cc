#include "pipeline/posterior/matrix_text.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <stdexcept>

namespace scorefem::posterior {
namespace {

using solver::Matrix;
using SingleMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr const char* kFloat32 = "float32";
constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Without padding.
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
    if (six < 0) throw std::invalid_argument("stored matrix: not base64");
    group = group << 6 | static_cast<std::uint32_t>(six);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 255U);
  }
  if (bytes.size() != n) throw std::invalid_argument("stored matrix: not as many numbers as it says");
  return bytes;
}

template <class Stored>
Stored numbers_of(const std::string& text, Eigen::Index rows, Eigen::Index columns) {
  Stored matrix(rows, columns);
  const std::string bytes =
      decoded(text, static_cast<std::size_t>(matrix.size()) * sizeof(typename Stored::Scalar));
  std::memcpy(matrix.data(), bytes.data(), bytes.size());
  return matrix;
}

}  // namespace

std::string matrix_text(const Matrix& matrix, StoredNumber number) {
  const auto text = [&](const auto* numbers, const std::string& word) {
    return std::to_string(matrix.rows()) + " " + std::to_string(matrix.cols()) + word + " " +
           encoded(reinterpret_cast<const unsigned char*>(numbers),
                   static_cast<std::size_t>(matrix.size()) * sizeof(*numbers));
  };
  if (number == StoredNumber::float64) return text(matrix.data(), "");
  const SingleMatrix single = matrix.cast<float>();
  return text(single.data(), std::string(" ") + kFloat32);
}

Matrix matrix_from_text(const std::string& text) {
  std::istringstream in(text);
  Eigen::Index rows = 0, columns = 0;
  std::string numbers;
  if (!(in >> rows >> columns >> numbers) || rows < 1 || columns < 1)
    throw std::invalid_argument("stored matrix: expected rows, columns and base64");
  if (numbers == kFloat32 && in >> numbers)
    return numbers_of<SingleMatrix>(numbers, rows, columns).cast<double>();
  return numbers_of<Matrix>(numbers, rows, columns);
}

}  // namespace scorefem::posterior
