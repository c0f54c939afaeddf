#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/commands/infer.h"
#include "pipeline/commands/reproduce.h"
#include "pipeline/dataset/shard.h"

namespace scorefem::commands {

enum class Command {
  run,
  generate,
  merge,
  train,
  sample,
  reference,
  evaluate,
  convergence,
  densities,
  observe,
  infer,
  reproduce
};

/// What the user asked for.
struct CommandLine {
  Command command = Command::run;
  std::string config;
  std::vector<std::string> overrides;   //!< "a.b.c=value"
  std::string output;                   //!< folder of results, or the file that observe writes
  std::string input;                    //!< CSV of observe
  std::string run_folder;               //!< infer: folder with the trained model; empty: the configuration's
  std::optional<dataset::Shard> shard;  //!< generate; not given: the whole data set
  int threads = 0;                      //!< 0: not given
  bool copy = false;                    //!< merge: copy the samples into one file
  bool strict = false;                  //!< run and evaluate: a calibration gate that fails is an error
  bool dry_run = false;
  bool force = false;
  InferOptions infer;             //!< infer
  ReproduceOptions reproduction;  //!< reproduce; its overrides, output and so on are those above
  bool list = false;              //!< reproduce: print what can be made
};

/// Parses the arguments; prints help or version and exits, or exits with status 2 after naming the mistake.
/// @throws InputError as parse_shard().
CommandLine parse_command_line(int argc, char** argv);

}  // namespace scorefem::commands
