#include "pipeline/base/hdf5_file.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <utility>

#include "pipeline/base/errors.h"

namespace scorefem::base {
namespace {

/// The innermost reason on HDF5's error stack.
std::string hdf5_reason() {
  std::string reason;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned n, const H5E_error2_t* error, void* data) -> herr_t {
        if (n == 0 && error->desc != nullptr) *static_cast<std::string*>(data) = error->desc;
        return 0;
      },
      &reason);
  return reason.empty() ? "unknown HDF5 error" : reason;
}

/// HDF5 prints a trace by default; ours goes into the exception.
void silence_hdf5() {
  static const herr_t once = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(once);
}

Hdf5Handle string_type(std::size_t length) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), length + 1);  // with the closing zero
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

}  // namespace

Hdf5Handle& Hdf5Handle::operator=(Hdf5Handle&& other) noexcept {
  if (this != &other) {
    close();
    closer_ = other.closer_;
    id_ = other.release();
  }
  return *this;
}

Hdf5Handle::~Hdf5Handle() {
  close();
}

bool Hdf5Handle::close() {
  const hid_t id = release();
  return id < 0 || closer_ == nullptr || closer_(id) >= 0;
}

hid_t Hdf5Handle::release() {
  return std::exchange(id_, -1);
}

hid_t Hdf5File::checked(hid_t result, const std::string& action) const {
  if (result < 0) throw std::runtime_error(path_ + ": cannot " + action + ": " + hdf5_reason());
  return result;
}

Hdf5File Hdf5File::create(const std::string& path) {
  silence_hdf5();
  const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  if (id < 0) throw std::runtime_error(path + ": cannot create the file: " + hdf5_reason());
  return {path, Hdf5Handle(id, H5Fclose)};
}

Hdf5File Hdf5File::open(const std::string& path, Access access) {
  silence_hdf5();
  if (!std::filesystem::is_regular_file(path)) throw InputError(path + ": there is no such file");
  const hid_t id = H5Fopen(path.c_str(), access == Access::read ? H5F_ACC_RDONLY : H5F_ACC_RDWR, H5P_DEFAULT);
  if (id < 0) throw InputError(path + ": not an HDF5 file, or truncated: " + hdf5_reason());
  return {path, Hdf5Handle(id, H5Fclose)};
}

void Hdf5File::close() {
  checked(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), "write the file (is the disk full?)");
  if (!file_.close()) throw std::runtime_error(path_ + ": cannot close the file: " + hdf5_reason());
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
  const Hdf5Handle object(H5Oopen(file_.id(), array.c_str(), H5P_DEFAULT), H5Oclose);
  if (H5Iget_type(object.id()) != H5I_DATASET) return {};
  const Hdf5Handle space(checked(H5Dget_space(object.id()), "read the shape of " + array), H5Sclose);
  Extents extents(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space.id())));
  H5Sget_simple_extent_dims(space.id(), extents.data(), nullptr);
  return extents;
}

bool Hdf5File::holds_numbers(const std::string& array) const {
  if (extents(array).empty()) return false;
  const Hdf5Handle dataset(checked(H5Dopen2(file_.id(), array.c_str(), H5P_DEFAULT), "open " + array),
                           H5Dclose);
  const Hdf5Handle type(checked(H5Dget_type(dataset.id()), "read the type of " + array), H5Tclose);
  const H5T_class_t kind = H5Tget_class(type.id());
  return kind == H5T_FLOAT || kind == H5T_INTEGER;
}

std::string Hdf5File::members() const {
  std::string names;
  const auto add = [](hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* list) -> herr_t {
    auto& text = *static_cast<std::string*>(list);
    text += (text.empty() ? "" : ", ") + std::string(name);
    return 0;
  };
  checked(H5Literate(file_.id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &names), "list its contents");
  return names;
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
  Hdf5Handle(checked(H5Dcreate2(file_.id(), array.c_str(), as_float ? H5T_IEEE_F32LE : H5T_IEEE_F64LE,
                                space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
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
  if (H5Pget_layout(properties.id()) != H5D_VIRTUAL) return files;
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

void Hdf5File::write_texts(const std::string& array, const std::vector<std::string>& texts) {
  const std::string action = "write " + array;
  std::size_t length = 0;
  for (const std::string& text : texts) length = std::max(length, text.size());
  const Hdf5Handle type = string_type(length);
  std::vector<char> characters(texts.size() * (length + 1), '\0');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::copy(texts[i].begin(), texts[i].end(),
              characters.begin() + static_cast<std::ptrdiff_t>(i * (length + 1)));
  }
  const hsize_t n = texts.size();
  const Hdf5Handle space(checked(H5Screate_simple(1, &n, nullptr), action), H5Sclose);
  const Hdf5Handle dataset(checked(H5Dcreate2(file_.id(), array.c_str(), type.id(), space.id(), H5P_DEFAULT,
                                              H5P_DEFAULT, H5P_DEFAULT),
                                   action),
                           H5Dclose);
  checked(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, characters.data()), action);
}

std::vector<std::string> Hdf5File::read_texts(const std::string& array) const {
  const Extents shape = extents(array);
  if (shape.size() != 1) throw InputError(path_ + ": expected a list of texts " + array);
  const std::string action = "read " + array;
  const Hdf5Handle dataset(checked(H5Dopen2(file_.id(), array.c_str(), H5P_DEFAULT), action), H5Dclose);
  const Hdf5Handle type(checked(H5Dget_type(dataset.id()), action), H5Tclose);
  if (H5Tget_class(type.id()) != H5T_STRING || H5Tis_variable_str(type.id()) > 0) {
    throw InputError(path_ + ": expected a list of texts " + array);
  }
  const std::size_t size = H5Tget_size(type.id());
  std::vector<char> characters(shape[0] * size + 1, '\0');
  checked(H5Dread(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, characters.data()), action);
  std::vector<std::string> texts;
  for (hsize_t i = 0; i < shape[0]; ++i) {
    const char* begin = characters.data() + i * size;
    texts.emplace_back(begin, ::strnlen(begin, size));
  }
  return texts;
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

void Hdf5File::set_scalar_attribute(const std::string& object, const std::string& name, hid_t type,
                                    const void* value) {
  const std::string action = "write attribute " + name + " of " + object;
  const Hdf5Handle target(checked(H5Oopen(file_.id(), object.c_str(), H5P_DEFAULT), action), H5Oclose);
  if (H5Aexists(target.id(), name.c_str()) > 0) checked(H5Adelete(target.id(), name.c_str()), action);
  const Hdf5Handle space(checked(H5Screate(H5S_SCALAR), action), H5Sclose);
  const Hdf5Handle attribute(
      checked(H5Acreate2(target.id(), name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT), action),
      H5Aclose);
  checked(H5Awrite(attribute.id(), type, value), action);
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name, const std::string& value) {
  set_scalar_attribute(object, name, string_type(value.size()).id(), value.c_str());
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name, double value) {
  set_scalar_attribute(object, name, H5T_NATIVE_DOUBLE, &value);
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name, std::int64_t value) {
  set_scalar_attribute(object, name, H5T_NATIVE_INT64, &value);
}

bool Hdf5File::has_attribute(const std::string& object, const std::string& name) const {
  return (object == "/" || contains(object)) &&
         H5Aexists_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

std::string Hdf5File::text_attribute(const std::string& object, const std::string& name) const {
  const std::string missing = path_ + ": " + object + " has no text attribute " + name;
  if (!has_attribute(object, name)) throw InputError(missing);
  const Hdf5Handle attribute(
      H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
  if (H5Tget_class(type.id()) != H5T_STRING || H5Tis_variable_str(type.id()) > 0) throw InputError(missing);
  std::vector<char> text(H5Tget_size(type.id()) + 1, '\0');
  checked(H5Aread(attribute.id(), type.id(), text.data()), "read attribute " + name);
  return text.data();
}

double Hdf5File::number_attribute(const std::string& object, const std::string& name) const {
  const std::string missing = path_ + ": " + object + " has no numeric attribute " + name;
  if (!has_attribute(object, name)) throw InputError(missing);
  const Hdf5Handle attribute(
      H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
  const H5T_class_t type_class = H5Tget_class(type.id());
  if (type_class != H5T_FLOAT && type_class != H5T_INTEGER) throw InputError(missing);
  double value = 0;
  checked(H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, &value), "read attribute " + name);
  return value;
}

}  // namespace scorefem::base
