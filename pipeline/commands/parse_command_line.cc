#include "pipeline/commands/parse_command_line.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "pipeline/base/errors.h"
#include "pipeline/base/provenance.h"
#include "pipeline/commands/command_table.h"

namespace scorefem::commands {
CommandLine parse_command_line(int argc, char** argv) {
  CommandLine parsed;
  CLI::App app(
      "ScoreFEM: posterior distributions of wall fluxes from a few sensors, by finite elements and "
      "conditional "
      "diffusion models",
      "scorefem");
  app.set_version_flag("--version", "scorefem " + base::version() + " (" + base::git_hash() + ")");
  app.require_subcommand(1);
  app.footer(
      "`scorefem COMMAND --help` explains a command. Exit status: 0 done, 1 failed, 2 bad input (nothing was "
      "written),\n"
      "3 a calibration gate failed (only with --strict),\n"
      "75 stopped by a signal with the work saved: the same command goes on from there.\n"
      "PETSC_OPTIONS reaches the solvers of forward.parallel: domain as -transport_... (KSP, PC) and those "
      "of\n"
      "Newton's method as -reaction_... (SNES, KSP, PC); options that nothing asked for are reported.");
  for (const CommandEntry& entry : command_table()) {
    CLI::App* command = app.add_subcommand(entry.name, entry.help);
    command->footer(std::string("Example:\n  ") + entry.example);
    entry.add_options(*command, parsed);
    command->callback([&parsed, &entry] { parsed.command = &entry; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? base::kSuccess : base::kBadInput);
  }
  return parsed;
}

}  // namespace scorefem::commands
