#include "pipeline/commands/output_folder.h"

#include <filesystem>
#include <optional>
#include <vector>

#include "diffusion/numerics/warnings.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/folder_lock.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/traces.h"
#include "pipeline/study/stage.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;

/// The lock of the folder, or of one of its shards.
class OutputLock {
 public:
  OutputLock(const OutputFolder& folder, const study::OutputPaths& paths) {
    const std::string command = std::string("scorefem ") + folder.command;
    if (folder.shard) {
      const std::string file = paths.shards + "/" + folder.shard->file_name() + ".lock";
      base::require_writable_directory(paths.shards);
      lock_.emplace(file, command + " --shard " + folder.shard->text());
      base::require_not_locked(paths.lock);
      return;
    }
    if (!fs::is_directory(paths.directory)) return;  // the command will say what is missing
    lock_.emplace(paths.lock, command);
    std::error_code none;
    std::vector<std::string> of_shards;
    for (const auto& entry : fs::directory_iterator(paths.shards, none))
      if (entry.path().extension() == ".lock") of_shards.push_back(entry.path().string());
    for (const std::string& file : of_shards) base::require_not_locked(file);
    for (const std::string& file : paths.files()) base::remove_leftovers_of_all_hosts(file);
  }

 private:
  std::optional<base::FolderLock> lock_;
};

std::string redo_file(const OutputFolder& folder, const study::OutputPaths& paths) {
  return folder.shard ? paths.shards + "/" + folder.shard->file_name() + ".redo.json" : paths.redo;
}

}  // namespace

void write_folder(const OutputFolder& folder, const std::function<void(base::RunLog&, study::Redo&)>& work) {
  const study::OutputPaths paths(folder.path);
  const bool written = !folder.path.empty() && folder.first;
  const base::Traces traces(written ? std::vector<std::string>{paths.log, paths.redo, paths.shards}
                                    : std::vector<std::string>());
  if (folder.make) base::require_writable_directory(folder.path);
  std::optional<OutputLock> lock;
  if (written) lock.emplace(folder, paths);
  base::RunLog log(folder.path, !folder.first);
  std::optional<diffusion::WarningsTo> warnings;
  if (!log.silent())
    warnings.emplace([&](const std::string& event, const std::string& message) { log.warn(event, message); });
  study::Redo redo(redo_file(folder, paths), folder.command, folder.force);
  try {
    work(log, redo);
  } catch (const base::InputError&) {
    lock.reset();
    if (!base::has_saved_work()) traces.remove();  // else the log tells what was done before the error
    throw;
  }
  if (written) redo.finish();
}

}  // namespace scorefem::commands
