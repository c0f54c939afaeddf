#include "pipeline/base/hdf5_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <utility>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/joined.h"

namespace scorefem::base {
namespace {

/// HDF5 prints a trace by default; ours goes into the exception. A prefix in the environment would have it
/// look for the files of a view somewhere else first, where files of the same names may be another run's.
void prepare_hdf5() {
  static const herr_t once = (::unsetenv("HDF5_VDS_PREFIX"), H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr));
  static_cast<void>(once);
}

/// Formats from HDF5 1.8 on: in earlier ones an attribute has at most 64 KiB.
Hdf5Handle file_access() {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  hdf5_checked(H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_LATEST));
  return access;
}

}  // namespace

hid_t Hdf5File::checked(hid_t result, const std::string& action) const {
  if (result < 0) throw std::runtime_error(final_name(path_) + ": cannot " + action + ": " + hdf5_reason());
  return result;
}

Hdf5File Hdf5File::create(const std::string& path) {
  prepare_hdf5();
  const Hdf5Handle properties = file_access();  // closing it would clear the reason of a failure
  const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, properties.id());
  if (id < 0) throw std::runtime_error(final_name(path) + ": cannot create the file: " + hdf5_reason());
  return {path, Hdf5Handle(id, H5Fclose)};
}

Hdf5File Hdf5File::open(const std::string& path, Access access) {
  prepare_hdf5();
  if (!std::filesystem::is_regular_file(path)) throw InputError(path + ": there is no such file");
  const unsigned flags = access == Access::read ? H5F_ACC_RDONLY : H5F_ACC_RDWR;
  const Hdf5Handle properties = file_access();  // closing it would clear the reason of a failure
  const hid_t id = H5Fopen(path.c_str(), flags, properties.id());
  if (id < 0) {
    const std::string reason = hdf5_reason();
    if (reason.find("lock file") != std::string::npos) {
      throw InputError(
          path + ": locked: another program has it open" + (access == Access::read ? " for writing" : "") +
          "; close it there (on a file system that cannot lock files, set HDF5_USE_FILE_LOCKING=FALSE): " +
          reason);
    }
    throw InputError(path + ": not an HDF5 file, or truncated: " + reason);
  }
  return {path, Hdf5Handle(id, H5Fclose)};
}

void Hdf5File::flush() {
  checked(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), "write the file");
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  const bool flushed = file >= 0 && (::fsync(file) == 0 || errno == EINVAL);
  const int reason = errno;
  if (file >= 0) ::close(file);
  if (!flushed)
    throw std::runtime_error(final_name(path_) + ": cannot flush the file: " + std::strerror(reason));
}

void Hdf5File::close() {
  checked(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), "write the file");
  if (!file_.close())
    throw std::runtime_error(final_name(path_) + ": cannot close the file: " + hdf5_reason());
}

bool Hdf5File::contains(const std::string& object) const {
  // H5Lexists needs every parent to exist.
  for (std::size_t slash = object.find('/', 1); slash != std::string::npos;
       slash = object.find('/', slash + 1)) {
    if (H5Lexists(file_.id(), object.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) return false;
  }
  return H5Lexists(file_.id(), object.c_str(), H5P_DEFAULT) > 0;
}

Hdf5File::Extents Hdf5File::extents(const std::string& array) const {
  if (!contains(array)) return {};
  const hid_t id = H5Oopen(file_.id(), array.c_str(), H5P_DEFAULT);
  if (id < 0)
    throw InputError(path_ + ": cannot open " + array + ", a link to what is not there: " + hdf5_reason());
  const Hdf5Handle object(id, H5Oclose);
  if (checked(H5Iget_type(object.id()), "read the type of " + array) != H5I_DATASET) return {};
  const Hdf5Handle space(checked(H5Dget_space(object.id()), "read the shape of " + array), H5Sclose);
  const std::string action = "read the shape of " + array;
  Extents extents(static_cast<std::size_t>(checked(H5Sget_simple_extent_ndims(space.id()), action)));
  checked(H5Sget_simple_extent_dims(space.id(), extents.data(), nullptr), action);
  return extents;
}

bool Hdf5File::holds_numbers(const std::string& array) const {
  if (extents(array).empty()) return false;
  const Hdf5Handle dataset(checked(H5Dopen2(file_.id(), array.c_str(), H5P_DEFAULT), "open " + array),
                           H5Dclose);
  const Hdf5Handle type(checked(H5Dget_type(dataset.id()), "read the type of " + array), H5Tclose);
  const hid_t kind = checked(H5Tget_class(type.id()), "read the type of " + array);
  return kind == H5T_FLOAT || kind == H5T_INTEGER || kind == H5T_ENUM;  // h5py's truth values
}

std::string Hdf5File::missing_filter(const std::string& array) const {
  const std::string action = "read how " + array + " is compressed";
  const Hdf5Handle dataset(checked(H5Dopen2(file_.id(), array.c_str(), H5P_DEFAULT), action), H5Dclose);
  const Hdf5Handle properties(checked(H5Dget_create_plist(dataset.id()), action), H5Pclose);
  const int n = H5Pget_nfilters(properties.id());
  for (int i = 0; i < n; ++i) {
    unsigned flags = 0, configuration = 0;
    std::size_t n_values = 0;
    char name[64] = "";
    const H5Z_filter_t filter = H5Pget_filter2(properties.id(), static_cast<unsigned>(i), &flags, &n_values,
                                               nullptr, sizeof name, name, &configuration);
    if (H5Zfilter_avail(filter) > 0) continue;
    return name[0] == '\0' ? std::to_string(filter) : "'" + std::string(name) + "'";
  }
  return "";
}

std::string Hdf5File::members() const {
  std::vector<std::string> names;
  const auto add = [](hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return 0;
  };
  checked(H5Literate(file_.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &names), "list its contents");
  return joined(names);
}

void Hdf5File::create_group(const std::string& group) {
  Hdf5Handle(checked(H5Gcreate2(file_.id(), group.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                     "create " + group),
             H5Gclose);
}

void Hdf5File::remove(const std::string& object) {
  checked(H5Ldelete(file_.id(), object.c_str(), H5P_DEFAULT), "remove " + object);
}

void Hdf5File::create_array(const std::string& array, const Extents& extents, bool as_float) {
  const Hdf5Handle space(
      checked(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), "shape " + array),
      H5Sclose);
  const Hdf5Handle properties(checked(H5Pcreate(H5P_DATASET_CREATE), "create " + array), H5Pclose);
  checked(H5Pset_alloc_time(properties.id(), H5D_ALLOC_TIME_EARLY), "create " + array);
  Hdf5Handle(checked(H5Dcreate2(file_.id(), array.c_str(), as_float ? H5T_IEEE_F32LE : H5T_IEEE_F64LE,
                                space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
                     "create " + array),
             H5Dclose);
}

void Hdf5File::create_view(const std::string& array, const Extents& extents,
                           const std::vector<SourceRows>& sources) {
  const std::string action = "create the view " + array;
  const auto rank = static_cast<int>(extents.size());
  const Hdf5Handle space(checked(H5Screate_simple(rank, extents.data(), nullptr), action), H5Sclose);
  const Hdf5Handle properties(checked(H5Pcreate(H5P_DATASET_CREATE), action), H5Pclose);
  const double missing = std::numeric_limits<double>::quiet_NaN();
  checked(H5Pset_fill_value(properties.id(), H5T_NATIVE_DOUBLE, &missing), action);
  Extents start(extents.size(), 0);
  Extents count = extents;
  for (const SourceRows& source : sources) {
    count[0] = source.rows;
    const Hdf5Handle source_space(checked(H5Screate_simple(rank, count.data(), nullptr), action), H5Sclose);
    checked(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
            action);
    checked(
        H5Pset_virtual(properties.id(), space.id(), source.file.c_str(), array.c_str(), source_space.id()),
        action);
    start[0] += source.rows;
  }
  Hdf5Handle(checked(H5Dcreate2(file_.id(), array.c_str(), H5T_IEEE_F64LE, space.id(), H5P_DEFAULT,
                                properties.id(), H5P_DEFAULT),
                     action),
             H5Dclose);
}

std::vector<std::string> Hdf5File::virtual_sources(const std::string& array) const {
  const std::string action = "read where " + array + " is stored";
  const Hdf5Handle dataset(checked(H5Dopen2(file_.id(), array.c_str(), H5P_DEFAULT), action), H5Dclose);
  const Hdf5Handle properties(checked(H5Dget_create_plist(dataset.id()), action), H5Pclose);
  std::vector<std::string> files;
  if (checked(H5Pget_layout(properties.id()), action) != H5D_VIRTUAL) return files;
  std::size_t n_sources = 0;
  checked(H5Pget_virtual_count(properties.id(), &n_sources), action);
  for (std::size_t i = 0; i < n_sources; ++i) {
    const ssize_t length = H5Pget_virtual_filename(properties.id(), i, nullptr, 0);
    checked(length, action);
    std::string name(static_cast<std::size_t>(length) + 1, '\0');
    checked(H5Pget_virtual_filename(properties.id(), i, name.data(), name.size()), action);
    name.resize(static_cast<std::size_t>(length));
    files.push_back(name);
  }
  return files;
}

namespace {

std::string rows_text(const Hdf5File::Extents& start, const Hdf5File::Extents& count,
                      const std::string& array) {
  return "rows " + std::to_string(start[0]) + " to " + std::to_string(start[0] + count[0]) + " of " + array;
}

/// Selects a block of the array in the file; false if it is not inside.
bool select_block(hid_t space, const Hdf5File::Extents& start, const Hdf5File::Extents& count) {
  return H5Sget_simple_extent_ndims(space) == static_cast<int>(start.size()) &&
         H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) >= 0 &&
         H5Sselect_valid(space) > 0;
}

}  // namespace

std::pair<Hdf5File::Extents, Hdf5File::Extents> Hdf5File::row_block(const std::string& array, hsize_t first,
                                                                    hsize_t n) const {
  Extents count = extents(array);
  if (count.empty()) throw InputError(path_ + ": has no array " + array);
  count[0] = n;
  Extents start(count.size(), 0);
  start[0] = first;
  return {start, count};
}

void Hdf5File::write_hyperslab(const std::string& array, const Extents& start, const Extents& count,
                               hid_t type, const void* values) {
  const std::string action = "write " + rows_text(start, count, array);
  const Hdf5Handle dataset(checked(H5Dopen2(file_.id(), array.c_str(), H5P_DEFAULT), action), H5Dclose);
  const Hdf5Handle file_space(checked(H5Dget_space(dataset.id()), action), H5Sclose);
  if (!select_block(file_space.id(), start, count)) {
    throw std::runtime_error(path_ + ": cannot " + action + ": outside the array");
  }
  const Hdf5Handle memory_space(
      checked(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), action), H5Sclose);
  checked(H5Dwrite(dataset.id(), type, memory_space.id(), file_space.id(), H5P_DEFAULT, values), action);
}

void Hdf5File::write_rows(const std::string& array, hsize_t first, hsize_t n, const double* values) {
  if (n == 0) return;
  const auto [start, count] = row_block(array, first, n);
  write_hyperslab(array, start, count, H5T_NATIVE_DOUBLE, values);
}

void Hdf5File::write_block(const std::string& array, const Extents& start, const Extents& count,
                           const float* values) {
  write_hyperslab(array, start, count, H5T_NATIVE_FLOAT, values);
}

void Hdf5File::read_rows(const std::string& array, hsize_t first, hsize_t n, double* values) const {
  if (n == 0) return;
  const auto [start, count] = row_block(array, first, n);
  const std::string action = "read " + rows_text(start, count, array);
  const Hdf5Handle dataset(checked(H5Dopen2(file_.id(), array.c_str(), H5P_DEFAULT), action), H5Dclose);
  const Hdf5Handle file_space(checked(H5Dget_space(dataset.id()), action), H5Sclose);
  if (!select_block(file_space.id(), start, count))
    throw InputError(path_ + ": cannot " + action + ": outside the array");
  const Hdf5Handle memory_space(
      checked(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), action), H5Sclose);
  checked(H5Dread(dataset.id(), H5T_NATIVE_DOUBLE, memory_space.id(), file_space.id(), H5P_DEFAULT, values),
          action);
}

void Hdf5File::write_matrix(const std::string& array, const solver::Matrix& values) {
  create_array(array, {static_cast<hsize_t>(values.rows()), static_cast<hsize_t>(values.cols())});
  write_rows(array, 0, static_cast<hsize_t>(values.rows()), values.data());
}

solver::Matrix Hdf5File::read_matrix(const std::string& array) const {
  const Extents shape = extents(array);
  if (shape.size() != 2) throw InputError(path_ + ": expected a two-dimensional array " + array);
  solver::Matrix values(static_cast<Eigen::Index>(shape[0]), static_cast<Eigen::Index>(shape[1]));
  read_rows(array, 0, shape[0], values.data());
  return values;
}

}  // namespace scorefem::base
