#pragma once

#include <functional>
#include <optional>
#include <string>

#include "pipeline/base/run_log.h"
#include "pipeline/dataset/shard.h"
#include "pipeline/study/redo.h"

namespace scorefem::commands {

/// How a command writes its folder of results.
struct OutputFolder {
  std::string path;     //!< empty: the command writes none
  std::string command;  //!< e.g. "train"
  bool force;           //!< --force
  bool make;            //!< whether it may be made; else it is there already, or the command says so
  std::optional<dataset::Shard> shard = std::nullopt;  //!< that is written alone, beside others
  bool first = true;  //!< false on the ranks that leave lock, log and clearing up to the first
};

/// Runs what a command does to its folder: locked against others, with its log and with what --force has
/// begun and done. Where the input turns out to be bad, nothing is left that was not there; unless a stage
/// has saved work by then (base::has_saved_work()), which stays with its log.
/// @throws base::InputError if another process writes the folder; what `work` throws
void write_folder(const OutputFolder& folder, const std::function<void(base::RunLog&, study::Redo&)>& work);

}  // namespace scorefem::commands
