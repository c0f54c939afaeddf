#include "pipeline/certificate/result_array.h"

namespace scorefem::certificate {

void write_result(base::Hdf5File& file, const std::string& name, const solver::Matrix& values,
                  const std::string& unit, const std::string& axes) {
  const auto rows = static_cast<hsize_t>(values.rows()), columns = static_cast<hsize_t>(values.cols());
  const bool list = axes.find(',') == std::string::npos;
  file.create_array(name, list ? base::Hdf5File::Extents{rows} : base::Hdf5File::Extents{rows, columns});
  file.write_rows(name, 0, rows, values.data());
  file.set_attribute(name, "unit", unit);
  file.set_attribute(name, "axes", axes);
}

}  // namespace scorefem::certificate
