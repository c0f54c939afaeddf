#pragma once

#include <memory>
#include <vector>

#include "pipeline/importing/byte_stream.h"
#include "pipeline/importing/row_array.h"

namespace scorefem::importing {

/// NumPy's .npy format, versions 1 to 3 (NumPy Enhancement Proposal 1; numpy.lib.format): a header with type,
/// order and shape, then the values. Floats of 4 and 8 bytes, integers and booleans, either byte order; in C
/// order, or in Fortran's (row_by_row()).
class NpyArray : public RowArray {
 public:
  /// @param stream at its beginning
  /// @throws base::InputError if it is no such file, of another type, or as row_by_row()
  explicit NpyArray(std::unique_ptr<ByteStream> stream);

  std::int64_t rows() const override { return rows_; }
  Eigen::Index columns() const override { return columns_; }
  std::string name() const override { return stream_->name(); }
  solver::Matrix read(Eigen::Index n) override;

 private:
  /// @param begin of the values, in bytes
  void parse(const std::string& header, std::uint64_t begin);
  void parse_type(const std::string& descr);
  double value(const unsigned char* bytes) const;

  std::unique_ptr<ByteStream> stream_;
  char kind_ = 'f';       // f float, i signed, u unsigned, b boolean
  std::size_t size_ = 8;  // bytes of a value
  bool swapped_ = false;  // not this processor's byte order
  std::int64_t rows_ = 0;
  Eigen::Index columns_ = 1;
  std::int64_t next_ = 0;
  std::vector<unsigned char> buffer_;
};

}  // namespace scorefem::importing
