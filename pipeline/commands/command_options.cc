#include "pipeline/commands/command_options.h"

#include <CLI/CLI.hpp>
#include <string>

#include "pipeline/commands/export_posterior.h"

namespace scorefem::commands {
namespace {

void add_common_options(CLI::App& app, CommandLine& parsed) {
  app.add_option("--set", parsed.overrides,
                 "override a configuration key, e.g. training.epochs=10; may be repeated")
      ->type_name("a.b.c=value")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--threads", parsed.threads, "CPU threads; default: all that the process may use")
      ->check(CLI::Range(1, 4096));
}

void add_configured_options(CLI::App& app, CommandLine& parsed) {
  app.add_option("CONFIG", parsed.config, "configuration file (YAML)")->required();
  add_common_options(app, parsed);
  app.add_flag("--dry-run", parsed.dry_run, "print the resolved configuration and stop; writes nothing");
}

}  // namespace

void add_stage_options(CLI::App& app, CommandLine& parsed) {
  add_configured_options(app, parsed);
  app.add_option("--output", parsed.output, "folder of all results; default: runs/STUDY")->type_name("DIR");
  app.add_flag(
      "--force", parsed.force,
      "redo what is up to date, and remove unfinished work of another configuration; a command that was "
      "stopped goes on with it");
}

void add_judging_options(CLI::App& app, CommandLine& parsed) {
  add_stage_options(app, parsed);
  app.add_flag("--strict", parsed.strict, "exit status 3 if a calibration gate fails; the report is written");
}

void add_generate_options(CLI::App& app, CommandLine& parsed) {
  add_stage_options(app, parsed);
  app.add_option_function<std::string>(
         "--shard", [&parsed](const std::string& text) { parsed.shard = dataset::parse_shard(text); },
         "only part i of n, as a file of its own for `scorefem merge`; auto: the place in a Slurm array")
      ->type_name("i/n");
}

void add_import_options(CLI::App& app, CommandLine& parsed) {
  add_stage_options(app, parsed);
  app.add_option("--pairs", parsed.pairs, "files of pairs, read as one")->required()->type_name("FILE");
  app.add_option("--test", parsed.test_pairs, "files of the test part; default: drawn from --pairs")
      ->type_name("FILE");
}

void add_merge_options(CLI::App& app, CommandLine& parsed) {
  add_stage_options(app, parsed);
  app.add_flag("--copy", parsed.copy, "copy the samples; default: dataset.h5 is a view of the shards' files");
}

void add_observe_options(CLI::App& app, CommandLine& parsed) {
  add_configured_options(app, parsed);
  app.add_option("--unknowns,--flux", parsed.input,
                 "CSV, one vector of unknowns a row, perhaps below their names; '#' lines are comments")
      ->required();
  app.add_option("--output", parsed.output, "CSV to write")->required();
}

void add_infer_options(CLI::App& app, CommandLine& parsed) {
  add_configured_options(app, parsed);
  InferOptions& options = parsed.infer;
  app.add_option("--measurement", options.measurement,
                 "CSV, one measurement a row, perhaps below the observations' names; empty or nan: missing")
      ->required();
  app.add_option("--output", options.output, "HDF5 file to write")->required();
  app.add_flag("--reference", options.reference,
               "draw the exact posteriors too, by Markov chains through the forward model");
  app.add_flag("--correct", options.correct,
               "weight the learnt posteriors by likelihood x prior / learnt density, with a certificate");
  app.add_option(
      "--density", options.density,
      "CSV, one vector of unknowns a row, perhaps below their names: the logarithm of its learnt posterior "
      "density");
  app.add_flag("--repeated", options.repeated,
               "the rows are independent measurements of the same unknowns: one posterior of all");
  app.add_flag(
      "--strict", options.strict,
      "exit status 3 if a measurement is unlike those of training; all is written, unless the values are "
      "such that no samples can be drawn");
  app.add_option("--run", parsed.run_folder,
                 "folder of the run that holds model.pt; default: the configuration's");
}

void add_check_options(CLI::App& app, CommandLine& parsed) {
  app.add_option("CONFIG", parsed.config, "configuration file (YAML)")->required();
  add_common_options(app, parsed);
  app.add_option("--output", parsed.run_folder, "folder of all results; default: runs/STUDY")
      ->type_name("DIR");
}

void add_export_options(CLI::App& app, CommandLine& parsed) {
  app.add_option("POSTERIOR", parsed.input, "posterior.h5 of `sample`, or what `infer` wrote")->required();
  app.add_option("--format", parsed.formats,
                 "netcdf: ArviZ's InferenceData, STEM.nc; csv: all samples and their summary, STEM.csv and "
                 "STEM_summary.csv; report: STEM_report.html with figures; may be repeated, default: all")
      ->check(CLI::IsMember(export_formats()))
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--output", parsed.output, "what names begin with; default: POSTERIOR without its ending")
      ->type_name("STEM");
}

void add_serving_options(CLI::App& app, CommandLine& parsed) {
  add_configured_options(app, parsed);
  app.add_option("--run", parsed.run_folder, "folder of the run; default: the configuration's");
  ServeOptions& options = parsed.serving;
  app.add_option("--measurement", options.measurement,
                 "CSV with one measurement, of the log-posterior; default: each request names its own");
  app.add_option("--bind", options.http.bind, "address to listen at; others than this machine's own: 0.0.0.0")
      ->capture_default_str();
  app.add_option("--port", options.http.port, "0: any that is free, which is printed")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--connections", options.http.connections, "answered at the same time; others wait")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--patience", options.patience, "s that a request waits for its turn")
      ->check(CLI::Range(1e-3, 1e6))
      ->capture_default_str();
}

void add_reproduce_options(CLI::App& app, CommandLine& parsed) {
  ReproduceOptions& options = parsed.reproduction;
  app.add_option("NAME", options.names, "fig01 to fig20, table2, claims, zero_noise; all");
  app.add_flag("--list", parsed.list, "print name, cost, needs and what it shows, and stop");
  app.add_option("--budget", options.budget, "quick, or full: the paper's sizes and epochs")
      ->capture_default_str();
  CLI::Option* epochs =
      app.add_option("--epochs", options.epochs, "of every training, instead of the budget's")
          ->check(CLI::Range(1, 100000000));
  app.add_option("--from", options.from,
                 "draw in seconds what is stored in this folder, and run nothing, e.g. runs/paper/quick")
      ->type_name("DIR")
      ->excludes(epochs);
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

}  // namespace scorefem::commands
