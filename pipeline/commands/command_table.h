#pragma once

#include <vector>

#include "pipeline/base/ranks.h"
#include "pipeline/commands/command_line.h"
#include "pipeline/study/stage.h"

namespace CLI {
class App;
}

namespace scorefem::commands {

/// What a command asks of the program before it runs.
struct Needs {
  /// The forward model; a linear one is in the data set. It says whether it needs MPI and PETSc.
  enum class Solver {
    never,
    unless_linear,
    always,
    with_ranks  //!< and MPI in any case, to share the work
  };
  enum class Network { none, evaluated, trained };       //!< on the device of the configuration
  enum class Folder { none, existing, made };            //!< of results, which it writes alone
  enum class Processes { one, ranks, ranks_of_a_mesh };  //!< that share its work under mpirun
  enum class Pairs { any, simulated, imported };         //!< that the problem must have for its work

  Solver solver = Solver::never;
  Network network = Network::none;
  Folder folder = Folder::existing;
  Processes processes = Processes::one;
  bool saves_work = true;  //!< a signal leaves something to go on from
  Pairs pairs = Pairs::any;
  /// Whether options ask for the forward model whatever `solver` says; null if none does.
  bool (*solver_asked_for)(const CommandLine&) = nullptr;
};

/// What a command gets.
struct Call {
  const CommandLine& command_line;
  const study::StageContext& context;
  const base::Ranks* ranks;  //!< null without MPI
};

/// A command of the program: all that is known of it.
struct CommandEntry {
  const char* name;
  const char* help;
  const char* example;
  void (*add_options)(CLI::App&, CommandLine&);
  Needs needs;
  void (*run)(const Call&);             //!< on a study of the inverse problem; null for run_own
  void (*run_own)(const CommandLine&);  //!< a command with a configuration of its own, or none
};

const std::vector<CommandEntry>& command_table();

}  // namespace scorefem::commands
