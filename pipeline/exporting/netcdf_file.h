#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/base/hdf5_file.h"

namespace scorefem::exporting {

/// A NetCDF-4 file for writing. Such a file is an HDF5 file that keeps to some rules ("The NetCDF-4 Format",
/// Unidata): dimensions are HDF5's dimension scales, texts have variable length, and groups remember the
/// order of what is in them. Every call is checked: a failure throws std::runtime_error naming file and
/// object.
class NetcdfFile {
 public:
  using Extents = base::Hdf5File::Extents;
  enum class Type { float32, float64, flag };  //!< flag: int8, which xarray reads as bool

  /// @throws std::runtime_error if the file cannot be made
  explicit NetcdfFile(const std::string& path);

  void add_group(const std::string& group);
  /// A dimension with its coordinate: first, first + 1, ...
  void add_dimension(const std::string& group, const std::string& name, std::int64_t size,
                     std::int64_t first);
  /// A dimension with names as its coordinate.
  void add_dimension(const std::string& group, const std::string& name,
                     const std::vector<std::string>& names);
  /// An array over dimensions of its group.
  void add_variable(const std::string& group, const std::string& name,
                    const std::vector<std::string>& dimensions, Type type);
  /// A list of texts along a dimension of its group.
  void add_texts(const std::string& group, const std::string& name, const std::string& dimension,
                 const std::vector<std::string>& texts);
  /// Writes a block with corner `start` and shape `count`, one entry an axis; `values` is row-major.
  void write(const std::string& group, const std::string& name, const Extents& start, const Extents& count,
             const double* values);
  /// The whole array.
  void write(const std::string& group, const std::string& name, const double* values);
  /// @param object a group, "GROUP/VARIABLE", or "/"
  void set_attribute(const std::string& object, const std::string& name, const std::string& text);
  void set_attribute(const std::string& object, const std::string& name, double value);
  /// Closes, checked: a full disk may show only here.
  void close();

 private:
  hid_t checked(hid_t result, const std::string& object) const;
  base::Hdf5Handle create(const std::string& object, hid_t type, const Extents& extents);
  base::Hdf5Handle open(const std::string& object) const;
  void make_scale(const base::Hdf5Handle& dataset, const std::string& object, const std::string& name);
  void attach(const base::Hdf5Handle& dataset, const std::string& group, const std::string& dimension,
              unsigned axis);
  void write_texts(const base::Hdf5Handle& dataset, const std::string& object,
                   const std::vector<std::string>& texts);
  hsize_t size_of(const std::string& group, const std::string& dimension) const;

  std::string path_;
  base::Hdf5Handle file_;
};

}  // namespace scorefem::exporting
