#include "pipeline/importing/hdf5_array.h"

#include <algorithm>

#include "pipeline/base/errors.h"

namespace scorefem::importing {

Hdf5Array::Hdf5Array(std::shared_ptr<const base::Hdf5File> file, std::string array)
    : file_(std::move(file)), array_(std::move(array)) {
  const base::Hdf5File::Extents extents = file_->extents(array_);
  if (extents.empty() || !file_->holds_numbers(array_))
    throw base::InputError(name() + ": expected an array of numbers with a row for each pair");
  rows_ = static_cast<std::int64_t>(extents[0]);
  for (std::size_t k = 1; k < extents.size(); ++k) columns_ *= static_cast<Eigen::Index>(extents[k]);
  if (columns_ < 1) throw base::InputError(name() + ": its rows are empty");
}

solver::Matrix Hdf5Array::read(Eigen::Index n) {
  const Eigen::Index m = std::min<std::int64_t>(n, rows_ - next_);
  solver::Matrix values(m, columns_);
  try {
    file_->read_rows(array_, static_cast<hsize_t>(next_), static_cast<hsize_t>(m), values.data());
  } catch (const std::runtime_error& error) {
    const std::string filter = file_->missing_filter(array_);
    if (!filter.empty())
      throw base::InputError(name() + ": compressed with the filter " + filter +
                             ", which this program's HDF5 does not have; expected gzip, or no compression");
    throw base::InputError(error.what());  // damaged or cut off: not a fault of this program
  }
  next_ += m;
  return values;
}

}  // namespace scorefem::importing
