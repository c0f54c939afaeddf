#include "pipeline/importing/array_pairs.h"

#include <filesystem>

#include "pipeline/base/errors.h"
#include "pipeline/base/joined.h"
#include "pipeline/importing/hdf5_array.h"
#include "pipeline/importing/npy_array.h"
#include "pipeline/importing/zip_archive.h"

namespace scorefem::importing {
namespace {

std::string shape_text(const RowArray& array) {
  return array.name() + " has " + std::to_string(array.rows()) + " rows of " +
         std::to_string(array.columns());
}

/// @param has whether there is an array of this name; @param open opens it
template <class Has, class Open>
std::unique_ptr<PairFile> from_arrays(const std::string& path, const PairNames& names,
                                      const std::string& found, const Has& has, const Open& open) {
  for (const auto& [key, name] :
       {std::pair("unknowns_array", names.unknowns), std::pair("observations_array", names.observations)}) {
    if (has(name)) continue;
    throw base::InputError(path + ": has no array '" + name + "' (forward." + key + "); it has: " + found);
  }
  return std::make_unique<ArrayPairs>(open(names.unknowns), open(names.observations),
                                      has(names.mask) ? open(names.mask) : nullptr);
}

}  // namespace

ArrayPairs::ArrayPairs(std::unique_ptr<RowArray> unknowns, std::unique_ptr<RowArray> observations,
                       std::unique_ptr<RowArray> mask)
    : unknowns_(std::move(unknowns)), observations_(std::move(observations)), mask_(std::move(mask)) {
  if (unknowns_->rows() != observations_->rows())
    throw base::InputError(shape_text(*unknowns_) + ", but " + shape_text(*observations_) +
                           "; expected a row of each for every pair");
  if (mask_ && (mask_->rows() != observations_->rows() || mask_->columns() != observations_->columns()))
    throw base::InputError(shape_text(*mask_) + ", but " + shape_text(*observations_) +
                           "; expected a mask for every observation");
}

PairBlock ArrayPairs::read(Eigen::Index n) {
  PairBlock block{unknowns_->read(n), observations_->read(n), {}};
  if (mask_) block.mask = mask_->read(n);
  done_ += block.rows();
  return block;
}

std::unique_ptr<PairFile> open_hdf5_pairs(const std::string& path, const PairNames& names) {
  const auto file = std::make_shared<const base::Hdf5File>(base::Hdf5File::open(path));
  return from_arrays(
      path, names, file->members(), [&](const std::string& array) { return file->contains(array); },
      [&](const std::string& array) { return std::make_unique<Hdf5Array>(file, array); });
}

std::unique_ptr<PairFile> open_npz_pairs(const std::string& path, const PairNames& names) {
  const ZipArchive archive(path);
  return from_arrays(
      path, names, archive.members(),
      [&](const std::string& array) { return archive.contains(array + ".npy"); },
      [&](const std::string& array) { return std::make_unique<NpyArray>(archive.open(array + ".npy")); });
}

std::unique_ptr<PairFile> open_npy_pairs(const std::string& folder, const PairNames& names) {
  const auto path = [&](const std::string& array) { return folder + "/" + array + ".npy"; };
  std::vector<std::string> found;
  for (const auto& at : std::filesystem::directory_iterator(folder))
    found.push_back(at.path().filename().string());
  return from_arrays(
      folder, names, base::joined(found),
      [&](const std::string& array) { return std::filesystem::exists(path(array)); },
      [&](const std::string& array) { return std::make_unique<NpyArray>(open_file(path(array))); });
}

}  // namespace scorefem::importing
