#include "pipeline/commands/program_text.h"

#include <H5public.h>
#include <spdlog/version.h>
#include <zip.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "diffusion/numerics/library_versions.h"
#include "pipeline/base/joined.h"
#include "pipeline/base/provenance.h"
#include "pipeline/commands/command_table.h"
#include "pipeline/commands/export_posterior.h"
#include "solver/library_versions.h"

// Last: its <resolv.h> has macros with names that others use.
#include <httplib.h>

namespace scorefem::commands {
namespace {

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return dotted(static_cast<int>(major), static_cast<int>(minor), static_cast<int>(release));
}

std::vector<std::pair<std::string, std::string>> pipeline_libraries() {
  return {{"HDF5", hdf5_version()},
          {"libzip", zip_libzip_version()},
          {"CLI11", CLI11_VERSION},
          {"spdlog", dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
          {"nlohmann-json",
           dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
          {"cpp-httplib", CPPHTTPLIB_VERSION}};
}

/// The long names of an app's options, with their dashes.
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

/// The words that an option's value is one of: bash takes them from here.
const std::vector<std::pair<std::string, std::vector<std::string>>>& values() {
  static const std::vector<std::pair<std::string, std::vector<std::string>>> table = {
      {"export:--format", export_formats()}, {"reproduce:--budget", {"quick", "full"}}};
  return table;
}

}  // namespace

std::string version_text() {
  std::ostringstream text;
  text << "scorefem " << base::version() << " (" << base::git_hash() << ")";
  for (const auto& libraries :
       {solver::library_versions(), diffusion::library_versions(), pipeline_libraries()}) {
    for (const auto& [name, version] : libraries) text << "\n  " << name << ' ' << version;
  }
  return text.str();
}

std::string bash_completion(const CLI::App& app) {
  std::vector<std::string> commands;
  for (const CommandEntry& entry : command_table()) commands.emplace_back(entry.name);
  std::ostringstream out;
  out << "# bash completion of scorefem; made by `scorefem --completion bash`.\n"
         "_scorefem() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= words= i\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
         "    case ${COMP_WORDS[i]} in -*) ;; *) command=${COMP_WORDS[i]}; break ;; esac\n"
         "  done\n"
         "  case $command:$before in\n";
  for (const auto& [place, choices] : values())
    out << "    " << place << ") COMPREPLY=($(compgen -W '" << base::joined(choices, " ")
        << "' -- \"$word\")); return ;;\n";
  out << "    :--completion) COMPREPLY=($(compgen -W bash -- \"$word\")); return ;;\n"
         "  esac\n"
         "  case $command in\n"
         "    '') COMPREPLY=($(compgen -W '"
      << base::joined(commands, " ") << ' ' << base::joined(option_names(app), " ")
      << "' -- \"$word\")); return ;;\n";
  for (const std::string& command : commands)
    out << "    " << command << ") words='" << base::joined(option_names(*app.get_subcommand(command)), " ")
        << "' ;;\n";
  out << "  esac\n"
         "  if [[ $word == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "  else\n"
         "    compopt -o filenames 2>/dev/null\n"
         "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -F _scorefem scorefem\n";
  return out.str();
}

}  // namespace scorefem::commands
