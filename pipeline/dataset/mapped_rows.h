#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>

namespace scorefem::dataset {

/// A matrix of float64 that lies in a file without a name instead of memory: the system reads what is used
/// and forgets it when it needs the room. The file is gone when the last tensor of it is, or the process.
class MappedRows {
 public:
  /// Takes the room on the disk at once.
  /// @param folder where the file is
  /// @throws std::runtime_error naming folder and size if there is no room
  MappedRows(const std::string& folder, std::int64_t rows, std::int64_t columns);

  /// float64 [rows, columns]; writing to it writes the file. It keeps the file.
  const torch::Tensor& tensor() const { return tensor_; }
  /// Rows [begin, end) will be read: begins to.
  void expect(std::int64_t begin, std::int64_t end) const;
  /// What was read or written so far need not stay in this process's memory.
  void let_go() const;

 private:
  class Map;
  std::shared_ptr<Map> map_;
  std::int64_t row_bytes_;
  torch::Tensor tensor_;
};

}  // namespace scorefem::dataset
