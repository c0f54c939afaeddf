// Attributes and lists of texts of an HDF5 file.
#include <algorithm>
#include <cstring>

#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"

namespace scorefem::base {
namespace {

Hdf5Handle string_type(std::size_t length) {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  hdf5_checked(H5Tset_size(type.id(), length + 1));  // with the closing zero
  hdf5_checked(H5Tset_cset(type.id(), H5T_CSET_UTF8));
  return type;
}

}  // namespace

std::optional<std::size_t> Hdf5File::text_size(hid_t type, const std::string& action) const {
  if (checked(H5Tget_class(type), action) != H5T_STRING || checked(H5Tis_variable_str(type), action) > 0)
    return std::nullopt;
  const std::size_t size = H5Tget_size(type);
  checked(size > 0 ? 0 : -1, action);
  return size;
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
  const std::optional<std::size_t> size = text_size(type.id(), action);
  if (!size) throw InputError(path_ + ": expected a list of texts " + array);
  std::vector<char> characters(shape[0] * *size + 1, '\0');
  checked(H5Dread(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, characters.data()), action);
  std::vector<std::string> texts;
  for (hsize_t i = 0; i < shape[0]; ++i) {
    const char* begin = characters.data() + i * *size;
    texts.emplace_back(begin, ::strnlen(begin, *size));
  }
  return texts;
}

void Hdf5File::set_scalar_attribute(const std::string& object, const std::string& name, hid_t type,
                                    const void* value) {
  const std::string action = "write attribute " + name + " of " + object;
  const Hdf5Handle target(checked(H5Oopen(file_.id(), object.c_str(), H5P_DEFAULT), action), H5Oclose);
  if (checked(H5Aexists(target.id(), name.c_str()), action) > 0)
    checked(H5Adelete(target.id(), name.c_str()), action);
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
         checked(H5Aexists_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT),
                 "look for attribute " + name + " of " + object) > 0;
}

std::string Hdf5File::text_attribute(const std::string& object, const std::string& name) const {
  const std::string missing = path_ + ": " + object + " has no text attribute " + name;
  if (!has_attribute(object, name)) throw InputError(missing);
  const Hdf5Handle attribute(
      H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
  const std::string action = "read attribute " + name + " of " + object;
  const std::optional<std::size_t> size = text_size(type.id(), action);
  if (!size) throw InputError(missing);
  std::vector<char> text(*size + 1, '\0');
  checked(H5Aread(attribute.id(), type.id(), text.data()), action);
  return text.data();
}

double Hdf5File::number_attribute(const std::string& object, const std::string& name) const {
  const std::string missing = path_ + ": " + object + " has no numeric attribute " + name;
  if (!has_attribute(object, name)) throw InputError(missing);
  const Hdf5Handle attribute(
      H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute.id()), H5Tclose);
  const std::string action = "read attribute " + name + " of " + object;
  const hid_t type_class = checked(H5Tget_class(type.id()), action);
  if (type_class != H5T_FLOAT && type_class != H5T_INTEGER) throw InputError(missing);
  double value = 0;
  checked(H5Aread(attribute.id(), H5T_NATIVE_DOUBLE, &value), action);
  return value;
}

}  // namespace scorefem::base
