#pragma once

#include <map>
#include <string>

#include "diffusion/model/trainable_model.h"
#include "diffusion/options/options_text.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/training_state.h"

namespace scorefem::diffusion {

/// Of checkpoint_format.md.
constexpr std::int64_t kCheckpointVersion = 5;
constexpr std::int64_t kOldestCheckpointVersion = 4;  //!< that is read: without the options of version 5

/// The whole content of a checkpoint file, as training reads and writes it.
struct CheckpointContent {
  ModelSetup setup;
  OptionsText training;
  std::map<std::string, std::string> metadata;
  std::string data;  //!< Pairs::fingerprint(); empty in files of programs that did not store it
  NamedTensors buffers;
  TrainingState state;
};

/// Through write_whole_file(), whose std::system_error it throws, e.g. if the disk is full.
void write_checkpoint(const std::string& path, const CheckpointContent& content);
/// Tensors are on the CPU. Throws CheckpointError.
CheckpointContent read_checkpoint(const std::string& path);

}  // namespace scorefem::diffusion
