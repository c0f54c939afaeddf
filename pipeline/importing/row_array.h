#pragma once

#include <string>

#include "solver/matrix.h"

namespace scorefem::importing {

/// An array of a file, read row by row. What is behind the first axis is one row, in C order.
class RowArray {
 public:
  virtual ~RowArray() = default;
  virtual std::int64_t rows() const = 0;
  virtual Eigen::Index columns() const = 0;
  /// For messages, e.g. "pairs.h5: theta".
  virtual std::string name() const = 0;
  /// The next rows [m, columns], m = n but at the end.
  /// @throws base::InputError if the file is cut off or damaged
  virtual solver::Matrix read(Eigen::Index n) = 0;
};

}  // namespace scorefem::importing
