#pragma once

#include "pipeline/commands/command_line.h"

namespace CLI {
class App;
}

namespace scorefem::commands {

// What users may say after a command: each adds its options, which write into the command line.

void add_stage_options(CLI::App& app, CommandLine& parsed);
void add_judging_options(CLI::App& app, CommandLine& parsed);
void add_generate_options(CLI::App& app, CommandLine& parsed);
void add_import_options(CLI::App& app, CommandLine& parsed);
void add_merge_options(CLI::App& app, CommandLine& parsed);
void add_observe_options(CLI::App& app, CommandLine& parsed);
void add_infer_options(CLI::App& app, CommandLine& parsed);
void add_check_options(CLI::App& app, CommandLine& parsed);
void add_export_options(CLI::App& app, CommandLine& parsed);
void add_serving_options(CLI::App& app, CommandLine& parsed);
void add_reproduce_options(CLI::App& app, CommandLine& parsed);

}  // namespace scorefem::commands
