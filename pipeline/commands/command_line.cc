#include "pipeline/commands/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "pipeline/base/errors.h"
#include "pipeline/base/provenance.h"

namespace scorefem::commands {
namespace {

struct CommandHelp {
  Command command;
  const char* name;
  const char* description;
  const char* example;
};

constexpr CommandHelp kCommands[] = {
    {Command::run, "run",
     "All stages in order: generate, train, sample, evaluate; what is up to date is skipped",
     "scorefem run inputs/quickstart.yaml --set training.epochs=200"},
    {Command::generate, "generate", "Draw fluxes, solve the forward problem, write dataset.h5",
     "scorefem generate inputs/quickstart.yaml --output runs/mine"},
    {Command::merge, "merge", "Join the shards that `generate --shard` made into dataset.h5",
     "scorefem merge inputs/quickstart.yaml"},
    {Command::train, "train", "Train the network on dataset.h5, write model.pt; goes on where it was stopped",
     "scorefem train inputs/quickstart.yaml --threads 2"},
    {Command::sample, "sample", "Draw posterior samples for the test measurements, write posterior.h5",
     "scorefem sample inputs/quickstart.yaml --set sampling.samples=500"},
    {Command::reference, "reference",
     "Draw from the exact posteriors of the test measurements (Markov chain Monte Carlo), write reference.h5",
     "scorefem reference inputs/quickstart.yaml --set reference.measurements=100"},
    {Command::evaluate, "evaluate",
     "Compare with the truth, the exact posterior and the plain Gaussian answer, test the calibration; "
     "metrics, "
     "figures, report.html",
     "scorefem evaluate inputs/quickstart.yaml --strict"},
    {Command::convergence, "convergence",
     "Error and cost of a list of discretisations: a table, convergence.csv and a figure",
     "scorefem convergence inputs/convergence.yaml"},
    {Command::densities, "densities",
     "One-dimensional conditional densities: train, sample and compare with references; a table and figures",
     "scorefem densities inputs/densities.yaml"},
    {Command::observe, "observe", "Solve the forward problem for your own fluxes",
     "scorefem observe inputs/quickstart.yaml --flux flux.csv --output concentration.csv"},
    {Command::infer, "infer", "Draw posterior samples for your own measurements with a trained model",
     "scorefem infer inputs/quickstart.yaml --measurement measured.csv --output posterior.h5"},
    {Command::reproduce, "reproduce",
     "Figures and tables of the paper by name; computes what they share once, and only what is missing",
     "scorefem reproduce fig07 fig09 --budget quick"},
};

void add_common_options(CLI::App& app, CommandLine& parsed) {
  app.add_option("--set", parsed.overrides,
                 "override a configuration key, e.g. noise.relative=0.1; may be repeated")
      ->type_name("a.b.c=value")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--threads", parsed.threads, "CPU threads; default: all that the process may use")
      ->check(CLI::Range(1, 4096));
}

void add_reproduce_options(CLI::App& app, CommandLine& parsed) {
  ReproduceOptions& options = parsed.reproduction;
  app.add_option("NAME", options.names, "fig01 to fig20, table2, claims, zero_noise; all");
  app.add_flag("--list", parsed.list, "print name, cost, needs and what it shows, and stop");
  app.add_option("--budget", options.budget, "quick, or full: the paper's sizes and epochs")
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "of every training, instead of the budget's")
      ->check(CLI::Range(1, 100000000));
  add_common_options(app, parsed);
  app.add_option("--output", parsed.output, "folder of all results; default: runs/paper/BUDGET")
      ->type_name("DIR");
  app.add_option("--cores", options.cores, "of all jobs together; default: all that the process may use")
      ->check(CLI::Range(1, 4096));
  app.add_flag("--keep-going", options.keep_going, "after a failed job, do what does not depend on it");
  app.add_option("--profile", options.profile,
                 "folder of a Snakemake profile, e.g. scripts/slurm/profile; default: run here")
      ->type_name("DIR");
  app.add_flag("--dry-run", parsed.dry_run, "print the jobs that are missing and stop");
}

void add_infer_options(CLI::App& app, InferOptions& options) {
  app.add_option("--measurement", options.measurement,
                 "CSV, one measurement a row; empty or nan: the sensor is missing")
      ->required();
  app.add_option("--output", options.output, "HDF5 file to write")->required();
  app.add_flag("--reference", options.reference,
               "draw the exact posteriors too, by Markov chains through the forward model");
  app.add_flag("--correct", options.correct,
               "weight the learnt posteriors by likelihood x prior / learnt density, with a certificate");
  app.add_option("--density", options.density,
                 "CSV, one vector of unknowns a row: the logarithm of its learnt posterior density");
  app.add_flag("--strict", options.strict,
               "exit status 3 if a measurement is unlike those of training; all is written");
}

void add_options(CLI::App& app, Command command, CommandLine& parsed) {
  app.add_option("CONFIG", parsed.config, "configuration file (YAML)")->required();
  add_common_options(app, parsed);
  app.add_flag("--dry-run", parsed.dry_run, "print the resolved configuration and stop; writes nothing");
  if (command == Command::observe) {
    app.add_option("--flux", parsed.input, "CSV, one flux vector a row, '#' lines are comments")->required();
    app.add_option("--output", parsed.output, "CSV to write")->required();
  } else if (command == Command::infer) {
    add_infer_options(app, parsed.infer);
    app.add_option("--run", parsed.run_folder,
                   "folder of the run that holds model.pt; default: the configuration's");
  } else {
    app.add_option("--output", parsed.output, "folder of all results; default: runs/STUDY")->type_name("DIR");
    app.add_flag("--force", parsed.force, "redo what is up to date");
    if (command == Command::run || command == Command::evaluate) {
      app.add_flag("--strict", parsed.strict,
                   "exit status 3 if a calibration gate fails; the report is written");
    }
    if (command == Command::generate) {
      app.add_option_function<std::string>(
             "--shard", [&parsed](const std::string& text) { parsed.shard = dataset::parse_shard(text); },
             "only part i of n, as a file of its own for `scorefem merge`; auto: the place in a Slurm array")
          ->type_name("i/n");
    }
    if (command == Command::merge) {
      app.add_flag("--copy", parsed.copy,
                   "copy the samples; default: dataset.h5 is a view of the shards' files");
    }
  }
}

}  // namespace

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
      "75 stopped by a signal with the work saved: the same command goes on from there.");
  for (const CommandHelp& help : kCommands) {
    CLI::App* command = app.add_subcommand(help.name, help.description);
    command->footer(std::string("Example:\n  ") + help.example);
    if (help.command == Command::reproduce) {
      add_reproduce_options(*command, parsed);
    } else {
      add_options(*command, help.command, parsed);
    }
    command->callback([&parsed, which = help.command] { parsed.command = which; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? base::kSuccess : base::kBadInput);
  }
  return parsed;
}

}  // namespace scorefem::commands
