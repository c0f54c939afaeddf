#pragma once

#include <string>

namespace scorefem::base {

/// An output file that appears under its name only when it is whole: write to `temporary_path()`, then
/// `commit()`. Without commit the temporary file is removed, so a failure leaves no trace and an older file
/// stays. Checkpoints follow the same rules (diffusion/training/whole_file.h).
class AtomicFile {
 public:
  /// Creates missing parent directories, and removes what a killed process of this machine left under this
  /// name.
  /// @throws std::runtime_error naming the path if the directory cannot be made or written.
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::string& temporary_path() const { return temporary_path_; }
  /// Flushes to the disk and renames; the directory's entry is flushed where the file system lets it, since
  /// the file is in place.
  /// @throws std::runtime_error naming the path and the system's reason.
  void commit();

 private:
  std::string path_;
  std::string temporary_path_;
  bool committed_ = false;
};

/// The name that a temporary file, or a temporary file for it, is to get: what messages call it.
std::string final_name(const std::string& temporary_path);

/// @throws std::runtime_error "cannot ACTION PATH: the system's words for `error`", with the final name
[[noreturn]] void fail_on_file(const std::string& action, const std::string& path, int error);

/// Files, or folders with all in them, that remove_temporary_files() removes; those of AtomicFile are, until
/// they are committed.
void remember_temporary_file(const std::string& path);
void forget_temporary_file(const std::string& path);

/// Removes the temporary files of this process: it is about to end.
void remove_temporary_files();

/// Removes what a killed process left of this file, whichever machine it ran on: only for who alone writes
/// it.
void remove_leftovers_of_all_hosts(const std::string& path);

/// Writes a whole text file through AtomicFile; every write is checked.
void write_text_file(const std::string& path, const std::string& text);

/// @throws InputError naming the path and `what` was expected there, also if reading fails halfway.
std::string read_text_file(const std::string& path, const std::string& what);

/// Makes the directory if needed and proves that files can be written in it.
/// @throws InputError naming the directory and the system's reason.
void require_writable_directory(const std::string& path);

}  // namespace scorefem::base
