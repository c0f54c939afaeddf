#pragma once

#include <string>

namespace scorefem::diffusion {

/// Writes a file that appears under its name only when it is whole, by the rules of the pipeline's
/// base::AtomicFile: to PATH.tmp-HOST-PROCESS, flushed to the disk, then renamed; the folder's entry is
/// flushed where the file system lets it, since the file is in place. What killed processes of this machine
/// left under such names is removed.
/// @throws std::system_error naming the path, e.g. if the disk is full; an older file then stays
void write_whole_file(const std::string& path, const std::string& bytes);

}  // namespace scorefem::diffusion
