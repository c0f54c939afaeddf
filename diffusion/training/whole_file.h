#pragma once

#include <string>

namespace scorefem::diffusion {

/// Writes a file that appears under its name only when it is whole, by the rules of the pipeline's
/// base::AtomicFile: to PATH.tmp-HOST-PROCESS, flushed to the disk, then renamed; the folder's entry is
/// flushed where the file system lets it, since the file is in place. What killed processes of this machine
/// left under such names is removed.
/// @throws std::system_error naming the path, e.g. if the disk is full; an older file then stays
void write_whole_file(const std::string& path, const std::string& bytes);

/// Removes temporary files of processes of this machine that no longer exist: those in `folder` whose names
/// are `prefix` and the process's number. What cannot be removed stays.
void remove_leftovers(const std::string& folder, const std::string& prefix);

/// Makes a new name in the folder survive a power cut; some file systems refuse, and the file is in place.
void flush_folder(const std::string& folder);

}  // namespace scorefem::diffusion
