#include "pipeline/commands/parse_command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "pipeline/base/errors.h"
#include "pipeline/commands/command_table.h"
#include "pipeline/commands/program_text.h"
#include "pipeline/configuration/nearest_match.h"

namespace scorefem::commands {
namespace {

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::string nearest = configuration::nearest_match(word, known);
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

/// Ends the program if the first word is no command: CLI11 would take it for an argument too many.
void require_command(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  const std::string word = argv[1];
  std::vector<std::string> names;
  for (const CommandEntry& entry : command_table()) names.emplace_back(entry.name);
  if (std::find(names.begin(), names.end(), word) != names.end()) return;
  std::fprintf(stderr, "scorefem: '%s' is no command%s\nRun with --help for a list of them.\n", word.c_str(),
               did_you_mean(word, names).c_str());
  std::exit(base::kBadInput);
}

/// Of options that a command does not have.
void print_nearest_options(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& word : command->remaining()) {
      const std::string nearest = word.rfind("--", 0) == 0 ? did_you_mean(word, names) : "";
      if (!nearest.empty())
        std::fprintf(stderr, "scorefem: '%s' is no option%s\n", word.c_str(), nearest.c_str());
    }
  }
}

}  // namespace

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
  require_command(argc, argv);
  try {
    app.parse(argc, argv);
    if (!shell.empty()) {
      std::fputs(bash_completion(app).c_str(), stdout);
      std::exit(base::kSuccess);
    }
    if (parsed.command == nullptr) throw CLI::RequiredError("A subcommand");
  } catch (const CLI::ParseError& error) {
    print_nearest_options(app);
    std::exit(app.exit(error) == 0 ? base::kSuccess : base::kBadInput);
  }
  return parsed;
}

}  // namespace scorefem::commands
