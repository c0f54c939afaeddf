#pragma once

#include <memory>

#include "pipeline/base/hdf5_file.h"
#include "pipeline/importing/row_array.h"

namespace scorefem::importing {

/// An array of numbers of an HDF5 file, of any type that HDF5 converts to float64.
class Hdf5Array : public RowArray {
 public:
  /// @throws base::InputError if it is missing or no array of numbers
  Hdf5Array(std::shared_ptr<const base::Hdf5File> file, std::string array);

  std::int64_t rows() const override { return rows_; }
  Eigen::Index columns() const override { return columns_; }
  std::string name() const override { return file_->path() + ": " + array_; }
  solver::Matrix read(Eigen::Index n) override;

 private:
  std::shared_ptr<const base::Hdf5File> file_;
  std::string array_;
  std::int64_t rows_ = 0;
  Eigen::Index columns_ = 1;
  std::int64_t next_ = 0;
};

}  // namespace scorefem::importing
