#include "pipeline/commands/parse_command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "pipeline/base/errors.h"
#include "pipeline/commands/command_table.h"
#include "pipeline/commands/program_text.h"

namespace scorefem::commands {
CommandLine parse_command_line(int argc, char** argv) {
  CommandLine parsed;
  CLI::App app(
      "ScoreFEM: posterior distributions of what cannot be measured from what can, by finite elements, or "
      "any "
      "simulator, and conditional diffusion models",
      "scorefem");
  app.set_version_flag(
      "--version", [] { return version_text(); }, "versions of the program and its libraries");
  app.require_subcommand(0, 1);
  std::string shell;
  app.add_option("--completion", shell, "print a completion script for this shell: bash; for `source`")
      ->check(CLI::IsMember({"bash"}));
  app.footer(
      "`scorefem COMMAND --help` explains a command. Exit status: 0 done, 1 failed, 2 bad input (nothing was "
      "written),\n"
      "3 a calibration gate did not pass, or a measurement is wrong (only with --strict),\n"
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
    if (!shell.empty()) {
      std::fputs(bash_completion(app).c_str(), stdout);
      std::exit(base::kSuccess);
    }
    if (parsed.command == nullptr) throw CLI::RequiredError("A subcommand");
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? base::kSuccess : base::kBadInput);
  }
  return parsed;
}

}  // namespace scorefem::commands
