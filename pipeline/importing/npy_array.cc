#include "pipeline/importing/npy_array.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <regex>

#include "pipeline/base/errors.h"
#include "pipeline/importing/fortran_order.h"

namespace scorefem::importing {
namespace {

constexpr std::array<unsigned char, 6> kMagic{0x93, 'N', 'U', 'M', 'P', 'Y'};
constexpr const char* kTypes = "float32, float64, integers or booleans";

bool little_endian_processor() {
  const std::uint16_t one = 1;
  unsigned char first = 0;
  std::memcpy(&first, &one, 1);
  return first == 1;
}

template <class Number>
double as_double(const unsigned char* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return static_cast<double>(number);
}

/// What stands behind 'key': in a Python dictionary of literals.
std::string entry(const std::string& header, const std::string& key, const std::string& pattern,
                  const std::string& name) {
  std::smatch found;
  if (std::regex_search(header, found, std::regex("['\"]" + key + "['\"]\\s*:\\s*" + pattern)))
    return found[1];
  throw base::InputError(name + ": its .npy header has no '" + key + "' that can be read: " + header);
}

}  // namespace

NpyArray::NpyArray(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {
  std::array<unsigned char, 8> start{};
  const std::size_t got = stream_->read(start.data(), start.size());
  if (got < start.size() || !std::equal(kMagic.begin(), kMagic.end(), start.begin()))
    throw base::InputError(name() + ": not NumPy's .npy format");
  const int version = start[6];
  if (version < 1 || version > 3)
    throw base::InputError(name() + ": .npy version " + std::to_string(version) + "; expected 1 to 3");
  std::array<unsigned char, 4> bytes{};
  const std::size_t n_bytes = version == 1 ? 2 : 4;
  stream_->read_exactly(bytes.data(), n_bytes);
  const std::size_t length =
      bytes[0] + (std::size_t{bytes[1]} << 8) + (std::size_t{bytes[2]} << 16) + (std::size_t{bytes[3]} << 24);
  constexpr std::size_t kLongest = 1 << 20;
  if (length > kLongest)
    throw base::InputError(name() + ": an .npy header of " + std::to_string(length) + " bytes");
  std::string header(length, '\0');
  stream_->read_exactly(header.data(), length);
  header.erase(header.find_last_not_of(" \n") + 1);  // it is padded
  parse(header, start.size() + n_bytes + length);
}

void NpyArray::parse(const std::string& header, std::uint64_t begin) {
  parse_type(entry(header, "descr", "['\"]([^'\"]*)['\"]", name()));
  std::string shape = entry(header, "shape", "\\(([^)]*)\\)", name());
  std::vector<std::int64_t> extents;
  static const std::regex kNumber("[0-9]+");
  for (std::sregex_iterator at(shape.begin(), shape.end(), kNumber), end; at != end; ++at) {
    const std::string digits = at->str();
    if (digits.size() > 15) throw base::InputError(name() + ": its shape is (" + shape + ")");
    extents.push_back(std::stoll(digits));
  }
  if (extents.empty())
    throw base::InputError(name() + ": a single number; expected an array with a row for each pair");
  rows_ = extents[0];
  constexpr Eigen::Index kMost = 1 << 24;
  for (std::size_t k = 1; k < extents.size(); ++k) {
    if (extents[k] < 1 || extents[k] > kMost / columns_)
      throw base::InputError(name() + ": its shape is (" + shape + ")");
    columns_ *= extents[k];
  }
  // Of one column, both orders are the same.
  if (entry(header, "fortran_order", "(True|False)", name()) == "True" && columns_ > 1)
    stream_ = row_by_row(std::move(stream_), begin, extents, size_);
}

void NpyArray::parse_type(const std::string& descr) {
  const char order = descr.empty() ? '?' : descr[0];
  const bool known_order = order == '<' || order == '>' || order == '|' || order == '=';
  kind_ = descr.size() > 1 ? descr[1] : '?';
  const std::string size = descr.size() > 2 ? descr.substr(2) : "";
  const bool integer = kind_ == 'i' || kind_ == 'u';
  const bool known = (kind_ == 'f' && (size == "4" || size == "8")) || (kind_ == 'b' && size == "1") ||
                     (integer && (size == "1" || size == "2" || size == "4" || size == "8"));
  if (!known_order || !known)
    throw base::InputError(name() + ": values of type '" + descr + "'; expected " + kTypes);
  size_ = static_cast<std::size_t>(size[0] - '0');
  swapped_ = size_ > 1 && (order == '<' || order == '>') && (order == '<') != little_endian_processor();
}

double NpyArray::value(const unsigned char* bytes) const {
  std::array<unsigned char, 8> turned{};
  std::copy(bytes, bytes + size_, turned.begin());
  if (swapped_) std::reverse(turned.begin(), turned.begin() + static_cast<std::ptrdiff_t>(size_));
  const unsigned char* const at = turned.data();
  if (kind_ == 'f') return size_ == 4 ? as_double<float>(at) : as_double<double>(at);
  if (kind_ == 'i') {
    if (size_ == 1) return as_double<std::int8_t>(at);
    if (size_ == 2) return as_double<std::int16_t>(at);
    return size_ == 4 ? as_double<std::int32_t>(at) : as_double<std::int64_t>(at);
  }
  if (size_ == 1) return as_double<std::uint8_t>(at);
  if (size_ == 2) return as_double<std::uint16_t>(at);
  return size_ == 4 ? as_double<std::uint32_t>(at) : as_double<std::uint64_t>(at);
}

solver::Matrix NpyArray::read(Eigen::Index n) {
  const Eigen::Index m = std::min<std::int64_t>(n, rows_ - next_);
  solver::Matrix values(m, columns_);
  buffer_.resize(static_cast<std::size_t>(values.size()) * size_);
  stream_->read_exactly(buffer_.data(), buffer_.size());
  for (Eigen::Index i = 0; i < values.size(); ++i)
    values.data()[i] = value(buffer_.data() + static_cast<std::size_t>(i) * size_);
  next_ += m;
  // A zip file's checksum is compared at its end.
  unsigned char more = 0;
  if (m > 0 && next_ == rows_ && stream_->read(&more, 1) > 0)
    throw base::InputError(name() + ": holds more than its shape says");
  return values;
}

}  // namespace scorefem::importing
