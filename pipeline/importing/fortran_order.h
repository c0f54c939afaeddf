#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pipeline/importing/byte_stream.h"

namespace scorefem::importing {

/// The values of an array in Fortran order, whose first index runs fastest, in C order, whose last one does.
/// Blocks of rows are gathered from all columns: memory does not grow with the rows. Where the stream cannot
/// seek, as in a compressed file, the whole array is held in memory, up to 1 GiB.
/// @param stream at the first value
/// @param begin of the first value, in bytes, as for seek()
/// @param extents of the array, at least two, the rows first; the others above 0
/// @param size of a value, in bytes
/// @return a stream of the values, and of what follows them; it may throw where it is not long enough
/// @throws base::InputError if it cannot seek and is larger than that
std::unique_ptr<ByteStream> row_by_row(std::unique_ptr<ByteStream> stream, std::uint64_t begin,
                                       const std::vector<std::int64_t>& extents, std::size_t size);

}  // namespace scorefem::importing
