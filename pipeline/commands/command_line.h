#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/commands/infer.h"
#include "pipeline/commands/reproduce.h"
#include "pipeline/commands/serve.h"
#include "pipeline/dataset/shard.h"

namespace scorefem::commands {

struct CommandEntry;

/// What the user asked for.
struct CommandLine {
  const CommandEntry* command = nullptr;
  std::string config;
  std::vector<std::string> overrides;  //!< "a.b.c=value"
  std::string output;                  //!< folder of results, or the file that observe writes
  std::string input;                   //!< CSV of observe; posterior of export
  std::vector<std::string> formats;    //!< export; empty: all
  std::string run_folder;              //!< infer, serve, check: folder of the run; empty: the configuration's
  std::optional<dataset::Shard> shard;  //!< generate; not given: the whole data set
  std::vector<std::string> pairs;       //!< import: files of pairs
  std::vector<std::string> test_pairs;  //!< import: files of the test part; empty: drawn from `pairs`
  int threads = 0;                      //!< 0: not given
  bool copy = false;                    //!< merge: copy the samples into one file
  bool strict = false;                  //!< run and evaluate: a calibration gate that fails is an error
  bool dry_run = false;
  bool force = false;
  InferOptions infer;             //!< infer; its output is of its own
  ServeOptions serving;           //!< serve
  ReproduceOptions reproduction;  //!< reproduce; its overrides, output and so on are those above
  bool list = false;              //!< reproduce: print what can be made
};

}  // namespace scorefem::commands
