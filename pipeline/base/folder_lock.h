#pragma once

#include <string>

namespace scorefem::base {

/// Keeps others from writing what this process writes, as long as it lives: a file with the holder's machine,
/// process, command and time, which the file system keeps locked (flock) for the holder. What a process of
/// this machine left when it was killed is taken over, and what an earlier run of the same Slurm job left on
/// another; another machine's is not, as not every file system tells the locks of one to the others. Where
/// the file system has no locks, a warning on standard error says that nothing protects the folder; what the
/// file says is asked all the same.
class FolderLock {
 public:
  /// @param path of the file, in the folder that it stands for
  /// @param command for the message to others, e.g. "scorefem train"
  /// @throws InputError naming the holder; std::runtime_error with the system's reason if the file cannot be
  ///         written, or locked on a file system that can.
  FolderLock(std::string path, const std::string& command);
  /// Removes the file.
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  std::string path_;
  int file_ = -1;
};

/// Refuses if somebody holds this lock, without taking it. A file that a killed process of this machine left
/// is removed.
/// @throws InputError naming the holder.
void require_not_locked(const std::string& path);

}  // namespace scorefem::base
