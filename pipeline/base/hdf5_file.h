#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/base/hdf5_handle.h"
#include "solver/matrix.h"

namespace scorefem::base {

/// A file of double-precision arrays and attributes. Every HDF5 call is checked: a failure throws
/// std::runtime_error with the file, the object and HDF5's own reason. Rows are the first axis of every
/// array.
class Hdf5File {
 public:
  using Extents = std::vector<hsize_t>;

  enum class Access { read, write };

  static Hdf5File create(const std::string& path);
  /// @throws InputError if the file is missing, truncated, not HDF5, or locked by a program that writes it.
  static Hdf5File open(const std::string& path, Access access = Access::read);

  /// Puts everything on the disk, checked.
  void flush();
  /// Flushes and closes, checked; the destructor closes silently.
  void close();

  const std::string& path() const { return path_; }
  /// false, too, if it cannot be looked for, since what should hold it is no group.
  bool contains(const std::string& object) const;
  /// [] if the object is missing or not an array.
  /// @throws InputError if it is a link that leads nowhere
  Extents extents(const std::string& array) const;
  /// Whether an array is of floating-point numbers or integers; false if it is missing.
  bool holds_numbers(const std::string& array) const;
  /// What an array is compressed with, as "'lzf'" or a number, that this program's HDF5 cannot read; else
  /// empty.
  std::string missing_filter(const std::string& array) const;
  /// Names of what is in the root, separated by commas, for messages.
  std::string members() const;

  void create_group(const std::string& group);
  void remove(const std::string& object);
  /// Its place in the file is fixed at once: after a flush(), rows can be written that are lost, and nothing
  /// else, when the process is killed.
  /// @param as_float stores float32 on disk instead of float64
  void create_array(const std::string& array, const Extents& extents, bool as_float = false);

  /// All rows of the array of the same name in another file.
  struct SourceRows {
    std::string file;  //!< relative to this file's folder
    hsize_t rows;
  };
  /// A float64 array that holds nothing itself: its rows are those of the sources, one after the other
  /// (HDF5's virtual data sets). Reads as NaN where a source is missing.
  void create_view(const std::string& array, const Extents& extents, const std::vector<SourceRows>& sources);
  /// The files that an array is a view of, in order; [] if it holds its rows itself.
  std::vector<std::string> virtual_sources(const std::string& array) const;

  /// Writes rows [first, first + n) of an existing array; `values` holds n times the row's size, row-major.
  void write_rows(const std::string& array, hsize_t first, hsize_t n, const double* values);
  /// Writes a block with corner `start` and shape `count`, one entry an axis; `values` is row-major.
  void write_block(const std::string& array, const Extents& start, const Extents& count, const float* values);
  void read_rows(const std::string& array, hsize_t first, hsize_t n, double* values) const;

  /// A whole two-dimensional array.
  void write_matrix(const std::string& array, const solver::Matrix& values);
  solver::Matrix read_matrix(const std::string& array) const;

  /// A list of texts, stored with the length of the longest.
  void write_texts(const std::string& array, const std::vector<std::string>& texts);
  std::vector<std::string> read_texts(const std::string& array) const;

  /// Sets or replaces an attribute; a text may have any length.
  void set_attribute(const std::string& object, const std::string& name, const std::string& value);
  void set_attribute(const std::string& object, const std::string& name, double value);
  void set_attribute(const std::string& object, const std::string& name, std::int64_t value);
  /// @throws InputError naming file, object and attribute if it is missing or of another type.
  std::string text_attribute(const std::string& object, const std::string& name) const;
  double number_attribute(const std::string& object, const std::string& name) const;
  bool has_attribute(const std::string& object, const std::string& name) const;

 private:
  Hdf5File(std::string path, Hdf5Handle file) : path_(std::move(path)), file_(std::move(file)) {}
  void write_hyperslab(const std::string& array, const Extents& start, const Extents& count, hid_t type,
                       const void* values);
  /// Corner and shape of rows [first, first + n) of an array.
  std::pair<Extents, Extents> row_block(const std::string& array, hsize_t first, hsize_t n) const;
  void set_scalar_attribute(const std::string& object, const std::string& name, hid_t type,
                            const void* value);
  hid_t checked(hid_t result, const std::string& action) const;
  /// Bytes of a type of texts of fixed length, with the closing zero if there is one; none for other types.
  std::optional<std::size_t> text_size(hid_t type, const std::string& action) const;

  std::string path_;
  Hdf5Handle file_;
};

}  // namespace scorefem::base
