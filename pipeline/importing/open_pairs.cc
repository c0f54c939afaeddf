#include "pipeline/importing/open_pairs.h"

#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/importing/array_pairs.h"
#include "pipeline/importing/byte_stream.h"
#include "pipeline/importing/csv_pairs.h"

namespace scorefem::importing {

std::unique_ptr<PairFile> open_pairs(const std::string& path, const PairNames& names) {
  if (std::filesystem::is_directory(path)) return open_npy_pairs(path, names);
  std::string start(8, '\0');
  start.resize(open_file(path)->read(start.data(), start.size()));
  const auto begins_with = [&](const char* magic) { return start.rfind(magic, 0) == 0; };
  if (begins_with("\x89HDF\r\n\x1a\n")) return open_hdf5_pairs(path, names);
  if (begins_with("PK")) return open_npz_pairs(path, names);
  if (begins_with("\x93NUMPY"))
    throw base::InputError(path + ": one .npy array; expected a folder with " + names.unknowns + ".npy and " +
                           names.observations + ".npy, or an .npz file with both");
  return open_csv_pairs(path, names);
}

}  // namespace scorefem::importing
