#pragma once

#include <stdexcept>
#include <string>

#include "diffusion/training/checkpoint.h"
#include "pipeline/base/errors.h"

namespace scorefem::training {

/// Runs `work`, which calls the diffusion library on the user's input, and returns what it returns.
/// @throws InputError for what the library refuses: checkpoints, which name themselves, and options or data,
///         where the message begins with `what`.
template <class Work>
auto with_input_errors(const std::string& what, const Work& work) {
  try {
    return work();
  } catch (const diffusion::CheckpointError& error) {
    throw base::InputError(error.what());
  } catch (const std::invalid_argument& error) {
    throw base::InputError(what + ": " + error.what());
  }
}

}  // namespace scorefem::training
