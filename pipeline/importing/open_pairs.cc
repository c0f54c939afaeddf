#include "pipeline/importing/open_pairs.h"

#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/importing/array_pairs.h"
#include "pipeline/importing/byte_stream.h"
#include "pipeline/importing/csv_pairs.h"

namespace scorefem::importing {
namespace {

std::string bytes_at(ByteStream& file, std::uint64_t position, std::size_t n) {
  std::string bytes(n, '\0');
  if (!file.seek(position)) return "";
  bytes.resize(file.read(bytes.data(), n));
  return bytes;
}

/// HDF5's format specification, section II.A: the signature begins at byte 0, 512, 1024, 2048, ...; what is
/// before it is the user's, as in MATLAB's files.
bool is_hdf5(ByteStream& file) {
  const std::string signature = "\x89HDF\r\n\x1a\n";
  for (std::uint64_t position = 0;; position = position == 0 ? 512 : 2 * position) {
    const std::string bytes = bytes_at(file, position, signature.size());
    if (bytes == signature) return true;
    if (bytes.size() < signature.size()) return false;
  }
}

}  // namespace

std::unique_ptr<PairFile> open_pairs(const std::string& path, const PairNames& names) {
  if (std::filesystem::is_directory(path)) return open_npy_pairs(path, names);
  const auto file = open_file(path);
  if (is_hdf5(*file)) return open_hdf5_pairs(path, names);
  const std::string start = bytes_at(*file, 0, 8);
  const auto begins_with = [&](const char* magic) { return start.rfind(magic, 0) == 0; };
  if (begins_with("PK")) return open_npz_pairs(path, names);
  if (begins_with("\x93NUMPY"))
    throw base::InputError(path + ": one .npy array; expected a folder with " + names.unknowns + ".npy and " +
                           names.observations + ".npy, or an .npz file with both");
  return open_csv_pairs(path, names);
}

}  // namespace scorefem::importing
