#include "pipeline/commands/reproduce.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/build_info.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/external_program.h"
#include "pipeline/base/folder_lock.h"
#include "pipeline/base/joined.h"
#include "pipeline/base/program_tree.h"
#include "pipeline/configuration/nearest_match.h"
#include "pipeline/study/load_study.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;

constexpr int kJobThreads = 4;

/// What can be asked for, from inputs/paper/ and scripts/program/paper/catalogue.yaml.
struct Catalogue {
  std::vector<std::string> names;    // figures first
  YAML::Node budgets;                // name -> sizes
  std::vector<std::string> studies;  // of the inverse problem, files of inputs/paper
};

std::vector<std::string> keys(const YAML::Node& map) {
  std::vector<std::string> result;
  for (const auto& entry : map) result.push_back(entry.first.as<std::string>());
  return result;
}

/// The file of a study, a figure or a table.
std::string input_file(const std::string& name) {
  return base::scripts_folder() + "/../../inputs/paper/" + name + ".yaml";
}

/// The figures and tables, files of inputs/paper: fig01, fig02, ..., table2.
std::vector<std::string> figures_and_tables() {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(fs::path(input_file("any")).parent_path())) {
    const std::string name = file.path().stem().string();
    if (name.rfind("fig", 0) == 0 || name.rfind("table", 0) == 0) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Catalogue read_catalogue() {
  std::string path = base::scripts_folder() + "/paper/catalogue.yaml";
  try {
    const YAML::Node root = YAML::LoadFile(path);
    Catalogue catalogue{figures_and_tables(), root["budgets"], {}};
    for (const std::string& name : catalogue.names) {
      path = input_file(name);
      const YAML::Node entry = YAML::LoadFile(path);
      if (entry["study"]) catalogue.studies.push_back(entry["study"].as<std::string>());
      for (const auto& study : entry["beside"]) catalogue.studies.push_back(study.as<std::string>());
    }
    for (const std::string& name : keys(root["others"])) catalogue.names.push_back(name);
    catalogue.names.emplace_back("all");
    std::sort(catalogue.studies.begin(), catalogue.studies.end());
    catalogue.studies.erase(std::unique(catalogue.studies.begin(), catalogue.studies.end()),
                            catalogue.studies.end());
    return catalogue;
  } catch (const YAML::Exception& error) {
    throw std::runtime_error(path + ": " + error.what());
  }
}

void require_known(const std::string& what, const std::string& word, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return;
  const std::string nearest = configuration::nearest_match(word, known);
  throw base::InputError("reproduce: " + what + " = " + word + "; expected one of " + base::joined(known) +
                         (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

Catalogue catalogue_of(const ReproduceOptions& options) {
  Catalogue catalogue = read_catalogue();
  for (const std::string& name : options.names) require_known("name", name, catalogue.names);
  require_known("--budget", options.budget, keys(catalogue.budgets));
  return catalogue;
}

/// What the budget sets for a study, as overrides; the study's name without its process names the problem.
std::vector<std::string> budget_settings(const YAML::Node& budget, const std::string& study) {
  std::vector<std::string> settings;
  for (const std::string& section : {std::string("every"), study.substr(0, study.rfind('_'))}) {
    for (const auto& entry : budget[section]) {
      settings.push_back(entry.first.as<std::string>() + "=" + entry.second.as<std::string>());
    }
  }
  return settings;
}

/// Every study must accept the overrides: a mistake shows now, not in a job.
void require_valid_overrides(const ReproduceOptions& options, const Catalogue& catalogue) {
  for (const std::string& override_text : options.overrides) {
    if (override_text.rfind("noise", 0) == 0) {
      throw base::InputError("reproduce: --set " + override_text +
                             "; expected another key: the noise levels are the budget's");
    }
  }
  for (const std::string& study : catalogue.studies) {
    std::vector<std::string> settings = budget_settings(catalogue.budgets[options.budget], study);
    settings.insert(settings.end(), options.overrides.begin(), options.overrides.end());
    study::load_study(input_file(study), settings);
  }
}

std::string output_folder(const ReproduceOptions& options) {
  if (!options.output.empty()) return options.output;
  const std::string length = options.epochs > 0 ? "_" + std::to_string(options.epochs) + "_epochs" : "";
  return "runs/paper/" + options.budget + length;
}

std::vector<std::string> snakemake_command(const ReproduceOptions& options, const std::string& output) {
  std::vector<std::string> command{"snakemake",   "--snakefile", base::scripts_folder() + "/paper.smk",
                                   "--directory", output,        "--rerun-incomplete"};
  const auto add = [&command](const std::vector<std::string>& words) {
    command.insert(command.end(), words.begin(), words.end());
  };
  // Snakemake's own lock would outlast a kill; that of reproduce() does what it is for.
  if (!options.dry_run) add({"--nolock"});
  // Not when the code changed: a new commit would repeat every training.
  add({"--rerun-triggers", "mtime", "params", "input"});
  if (options.profile.empty()) {
    // A training uses all cores: no two at a time.
    add({"--cores", std::to_string(options.cores), "--resources", "training=1"});
  } else {
    add({"--profile", fs::absolute(options.profile).string()});
  }
  if (options.keep_going) add({"--keep-going"});
  if (options.dry_run) add({"--dry-run", "--quiet", "rules"});
  add({"--config", "program=" + options.program, std::string("python=") + kPlotPython,
       "names=" + base::joined(options.names, ","), "budget=" + options.budget});
  if (options.epochs > 0) add({"epochs=" + std::to_string(options.epochs)});
  // A cluster's jobs are as large as they ask for; here a stage may have all cores.
  const int threads = options.threads > 0 || options.profile.empty() ? options.threads : kJobThreads;
  if (threads > 0) add({"threads=" + std::to_string(threads)});
  if (!options.overrides.empty()) add({"set=" + nlohmann::json(options.overrides).dump()});
  return command;
}

}  // namespace

void list_reproducible() {
  base::run_script("paper_list.py", {});
}

void draw_stored(const ReproduceOptions& options) {
  catalogue_of(options);
  if (!fs::is_directory(options.from)) {
    throw base::InputError("reproduce: --from " + options.from + "; expected a folder of stored results");
  }
  if (!options.overrides.empty() || !options.profile.empty() || options.dry_run) {
    throw base::InputError(
        "reproduce: --set, --profile and --dry-run are a run's; --from draws what is stored");
  }
  std::vector<std::string> arguments{options.from,
                                     options.output.empty() ? "runs/paper/drawn" : options.output};
  arguments.insert(arguments.end(), options.names.begin(), options.names.end());
  arguments.insert(arguments.end(), {"--budget", options.budget});
  base::run_script("paper_from.py", arguments);
}

void reproduce(const ReproduceOptions& options) {
  const Catalogue catalogue = catalogue_of(options);
  require_valid_overrides(options, catalogue);
  if (!options.profile.empty() && !fs::exists(options.profile + "/config.yaml")) {
    throw base::InputError("reproduce: --profile " + options.profile +
                           "; expected a folder with a config.yaml");
  }
  const std::string output = output_folder(options);
  std::optional<base::FolderLock> lock;
  if (!options.dry_run) {
    base::require_writable_directory(output);
    lock.emplace(output + "/reproduce.lock", "scorefem reproduce");
  }
  const int status = base::run_program_tree(snakemake_command(options, output));
  if (status == 127) {
    throw std::runtime_error(
        "reproduce: `snakemake` was not found; install the Debian package snakemake "
        "(scripts/install_packages.sh paper)");
  }
  if (status != 0) {
    throw std::runtime_error("reproduce: `snakemake` ended with status " + std::to_string(status) +
                             "; its messages are above");
  }
}

}  // namespace scorefem::commands
