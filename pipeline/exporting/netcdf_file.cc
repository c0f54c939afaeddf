#include "pipeline/exporting/netcdf_file.h"

#include <hdf5_hl.h>

#include <numeric>
#include <stdexcept>
#include <utility>

#include "pipeline/base/atomic_file.h"

namespace scorefem::exporting {

using base::hdf5_checked;
using base::Hdf5Handle;

namespace {

/// Texts of any length, as NetCDF's type NC_STRING.
Hdf5Handle text_type() {
  Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  hdf5_checked(H5Tset_size(type.id(), H5T_VARIABLE));
  hdf5_checked(H5Tset_cset(type.id(), H5T_CSET_UTF8));
  return type;
}

hid_t stored_type(NetcdfFile::Type type) {
  switch (type) {
    case NetcdfFile::Type::float32:
      return H5T_IEEE_F32LE;
    case NetcdfFile::Type::float64:
      return H5T_IEEE_F64LE;
    case NetcdfFile::Type::flag:
      return H5T_STD_I8LE;
  }
  throw std::logic_error("NetcdfFile: a type that is not known");
}

constexpr unsigned kInOrder = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;

}  // namespace

hid_t NetcdfFile::checked(hid_t result, const std::string& object) const {
  if (result < 0)
    throw std::runtime_error(base::final_name(path_) + ": cannot write " + object + ": " +
                             base::hdf5_reason());
  return result;
}

NetcdfFile::NetcdfFile(const std::string& path) : path_(path) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const Hdf5Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  hdf5_checked(H5Pset_link_creation_order(creation.id(), kInOrder));
  hdf5_checked(H5Pset_attr_creation_order(creation.id(), kInOrder));
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  hdf5_checked(
      H5Pset_libver_bounds(access.id(), H5F_LIBVER_V18, H5F_LIBVER_V18));  // what old libnetcdf read too
  file_ = Hdf5Handle(checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id()), "the file"),
                     H5Fclose);
}

void NetcdfFile::add_group(const std::string& group) {
  const Hdf5Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  hdf5_checked(H5Pset_link_creation_order(creation.id(), kInOrder));
  hdf5_checked(H5Pset_attr_creation_order(creation.id(), kInOrder));
  Hdf5Handle(checked(H5Gcreate2(file_.id(), group.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT), group),
             H5Gclose);
}

Hdf5Handle NetcdfFile::create(const std::string& object, hid_t type, const Extents& extents) {
  const Hdf5Handle space(
      checked(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), object), H5Sclose);
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  hdf5_checked(H5Pset_attr_creation_order(creation.id(), kInOrder));
  return {checked(H5Dcreate2(file_.id(), object.c_str(), type, space.id(), H5P_DEFAULT, creation.id(),
                             H5P_DEFAULT),
                  object),
          H5Dclose};
}

Hdf5Handle NetcdfFile::open(const std::string& object) const {
  return {checked(H5Dopen2(file_.id(), object.c_str(), H5P_DEFAULT), object), H5Dclose};
}

void NetcdfFile::make_scale(const Hdf5Handle& dataset, const std::string& object, const std::string& name) {
  checked(H5DSset_scale(dataset.id(), name.c_str()), object);
}

void NetcdfFile::attach(const Hdf5Handle& dataset, const std::string& group, const std::string& dimension,
                        unsigned axis) {
  const std::string scale = group + "/" + dimension;
  checked(H5DSattach_scale(dataset.id(), open(scale).id(), axis), scale);
}

hsize_t NetcdfFile::size_of(const std::string& group, const std::string& dimension) const {
  const Hdf5Handle scale = open(group + "/" + dimension);
  const Hdf5Handle space(H5Dget_space(scale.id()), H5Sclose);
  hsize_t size = 0;
  checked(H5Sget_simple_extent_dims(space.id(), &size, nullptr), group + "/" + dimension);
  return size;
}

void NetcdfFile::write_texts(const Hdf5Handle& dataset, const std::string& object,
                             const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  checked(H5Dwrite(dataset.id(), text_type().id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), object);
}

void NetcdfFile::add_dimension(const std::string& group, const std::string& name, std::int64_t size,
                               std::int64_t first) {
  const std::string object = group + "/" + name;
  const Hdf5Handle dataset = create(object, H5T_STD_I64LE, {static_cast<hsize_t>(size)});
  std::vector<std::int64_t> values(static_cast<std::size_t>(size));
  std::iota(values.begin(), values.end(), first);
  checked(H5Dwrite(dataset.id(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), object);
  make_scale(dataset, object, name);
}

void NetcdfFile::add_dimension(const std::string& group, const std::string& name,
                               const std::vector<std::string>& names) {
  const std::string object = group + "/" + name;
  const Hdf5Handle dataset = create(object, text_type().id(), {names.size()});
  write_texts(dataset, object, names);
  make_scale(dataset, object, name);
}

void NetcdfFile::add_variable(const std::string& group, const std::string& name,
                              const std::vector<std::string>& dimensions, Type type) {
  Extents extents;
  for (const std::string& dimension : dimensions) extents.push_back(size_of(group, dimension));
  const std::string object = group + "/" + name;
  const Hdf5Handle dataset = create(object, stored_type(type), extents);
  for (unsigned axis = 0; axis < dimensions.size(); ++axis) attach(dataset, group, dimensions[axis], axis);
  if (type == Type::flag) set_attribute(object, "dtype", "bool");
}

void NetcdfFile::add_texts(const std::string& group, const std::string& name, const std::string& dimension,
                           const std::vector<std::string>& texts) {
  const std::string object = group + "/" + name;
  const Hdf5Handle dataset = create(object, text_type().id(), {texts.size()});
  attach(dataset, group, dimension, 0);
  write_texts(dataset, object, texts);
}

void NetcdfFile::write(const std::string& group, const std::string& name, const Extents& start,
                       const Extents& count, const double* values) {
  const std::string object = group + "/" + name;
  const Hdf5Handle dataset = open(object);
  const Hdf5Handle space(checked(H5Dget_space(dataset.id()), object), H5Sclose);
  checked(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
          object);
  const Hdf5Handle memory(
      checked(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), object), H5Sclose);
  checked(H5Dwrite(dataset.id(), H5T_NATIVE_DOUBLE, memory.id(), space.id(), H5P_DEFAULT, values), object);
}

void NetcdfFile::write(const std::string& group, const std::string& name, const double* values) {
  const std::string object = group + "/" + name;
  checked(H5Dwrite(open(object).id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), object);
}

void NetcdfFile::set_attribute(const std::string& object, const std::string& name, const std::string& text) {
  const Hdf5Handle target(checked(H5Oopen(file_.id(), object.c_str(), H5P_DEFAULT), object), H5Oclose);
  const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  hdf5_checked(H5Tset_size(type.id(), text.size() + 1));  // with the closing zero: no text is empty
  hdf5_checked(H5Tset_cset(type.id(), H5T_CSET_UTF8));
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(
      checked(H5Acreate2(target.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT), object),
      H5Aclose);
  checked(H5Awrite(attribute.id(), type.id(), text.c_str()), object);
}

void NetcdfFile::set_attribute(const std::string& object, const std::string& name, double value) {
  const Hdf5Handle target(checked(H5Oopen(file_.id(), object.c_str(), H5P_DEFAULT), object), H5Oclose);
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(
      checked(H5Acreate2(target.id(), name.c_str(), H5T_IEEE_F64LE, space.id(), H5P_DEFAULT, H5P_DEFAULT),
              object),
      H5Aclose);
  checked(H5Awrite(attribute.id(), H5T_NATIVE_DOUBLE, &value), object);
}

void NetcdfFile::close() {
  checked(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), "the file");
  if (!file_.close())
    throw std::runtime_error(base::final_name(path_) + ": cannot close the file: " + base::hdf5_reason());
}

}  // namespace scorefem::exporting
