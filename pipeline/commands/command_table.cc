#include "pipeline/commands/command_table.h"

#include <cstdio>
#include <filesystem>

#include "pipeline/base/cores.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/commands/check.h"
#include "pipeline/commands/command_options.h"
#include "pipeline/commands/convergence.h"
#include "pipeline/commands/densities.h"
#include "pipeline/commands/evaluate.h"
#include "pipeline/commands/export_posterior.h"
#include "pipeline/commands/generate.h"
#include "pipeline/commands/import_pairs.h"
#include "pipeline/commands/infer.h"
#include "pipeline/commands/merge.h"
#include "pipeline/commands/observe.h"
#include "pipeline/commands/output_folder.h"
#include "pipeline/commands/reference.h"
#include "pipeline/commands/run.h"
#include "pipeline/commands/sample.h"
#include "pipeline/commands/serve.h"
#include "pipeline/commands/train.h"
#include "pipeline/configuration/model_section.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/own_output.h"

namespace scorefem::commands {
namespace {

// What is done.

void judge(const Call& call, bool calibrated) {
  std::printf("report: %s\n", call.context.paths.report.c_str());
  if (call.command_line.strict && !calibrated) {
    throw base::NotCalibrated(
        "the posterior is not calibrated, or not shown to be: a gate did not pass (--strict)");
  }
}

void evaluate_and_judge(const Call& call) {
  judge(call, evaluate(call.context));
}

void run_all(const Call& call) {
  if (call.context.study.forward->simulates()) generate(call.context, *call.ranks);
  if (std::filesystem::exists(call.context.paths.dataset)) base::note_saved_work();
  judge(call, run_stages(call.context, call.command_line.config, call.command_line.overrides));
}

void run_generate(const Call& call) {
  if (call.command_line.shard) return generate_shard(call.context, *call.command_line.shard);
  generate(call.context, *call.ranks);
}

void run_import(const Call& call) {
  import_pairs(call.context, call.command_line.pairs, call.command_line.test_pairs);
}

void run_merge(const Call& call) {
  merge(call.context, call.command_line.copy ? dataset::Storage::copy : dataset::Storage::view);
}

void run_observe(const Call& call) {
  const CommandLine& line = call.command_line;
  study::require_own_output(line.output, {line.config, line.input});
  observe(call.context.study, line.input, line.output, base::launch().rank == 0);
}

void run_infer(const Call& call) {
  const InferOptions& options = call.command_line.infer;
  study::require_own_output(options.output, {call.command_line.config, options.measurement, options.density});
  infer(call.context, options);
}

void run_check(const Call& call) {
  study::require_trainable(call.context.study, call.command_line.config, call.command_line.overrides);
  check(call.context.study);
}

void run_serve(const Call& call) {
  serve(call.context, call.command_line.serving);
}

/// The command whose configuration is not that of a forward problem.
void run_densities(const CommandLine& command_line) {
  densities::DensityStudy study = densities::load_density_study(command_line.config, command_line.overrides);
  if (!command_line.output.empty()) study.output = command_line.output;
  if (command_line.threads > 0) study.threads = command_line.threads;
  if (command_line.dry_run) {
    std::fputs(densities::resolved_configuration(study).c_str(), stdout);
    return;
  }
  study.set_threads(study.threads > 0 ? study.threads : base::available_cores());
  base::catch_interrupts(base::OnSignal::save);
  write_folder({study.output, "densities", command_line.force, /*make=*/true},
               [&](base::RunLog& log, study::Redo& redo) {
                 configuration::require_device(study.training.device);
                 densities({study, log, redo});
               });
  std::printf("table: %s/table2.md\n", study.output.c_str());
}

/// The command that has no configuration: it starts this program again for every piece of work.
void run_reproduce(const CommandLine& command_line) {
  base::catch_interrupts(base::OnSignal::end);
  if (command_line.list) return list_reproducible();
  ReproduceOptions options = command_line.reproduction;
  if (options.names.empty()) {
    throw base::InputError(
        "reproduce: no names; expected e.g. fig09, or all; `scorefem reproduce --list` names them");
  }
  options.overrides = command_line.overrides;
  options.output = command_line.output;
  options.program = std::filesystem::read_symlink("/proc/self/exe").string();
  options.threads = command_line.threads;
  options.dry_run = command_line.dry_run;
  if (!options.from.empty()) return draw_stored(options);
  if (options.cores == 0) options.cores = base::available_cores();
  reproduce(options);
}

void run_export(const CommandLine& command_line) {
  base::catch_interrupts(base::OnSignal::end);
  export_posterior(command_line.input, command_line.formats, command_line.output);
}

template <void (*command)(const study::StageContext&)>
void run_stage(const Call& call) {
  command(call.context);
}

using Solver = Needs::Solver;
using Network = Needs::Network;
using Folder = Needs::Folder;
using Processes = Needs::Processes;

}  // namespace

const std::vector<CommandEntry>& command_table() {
  static const std::vector<CommandEntry> table = {
      {"run",
       "All stages in order: generate, train, sample, evaluate; what is up to date is skipped",
       "scorefem run inputs/quickstart.yaml --set training.epochs=200",
       add_judging_options,
       {Solver::with_ranks, Network::trained, Folder::made},
       run_all,
       nullptr},
      {"check",
       "Everything that can be wrong before hours of work: folder, disk, memory, devices, server, times",
       "scorefem check inputs/quickstart.yaml",
       add_check_options,
       {Solver::always, Network::none, Folder::none, Processes::one, /*saves_work=*/false},
       run_check,
       nullptr},
      {"generate",
       "Draw unknowns from the prior, solve the forward problem, write dataset.h5",
       "scorefem generate inputs/quickstart.yaml --output runs/mine",
       add_generate_options,
       {Solver::with_ranks, Network::none, Folder::made, Processes::ranks, /*saves_work=*/true,
        Needs::Pairs::simulated},
       run_generate,
       nullptr},
      {"import",
       "Make dataset.h5 of pairs that another program made: HDF5, NumPy (.npz, or a folder of .npy), CSV",
       "scorefem import mine.yaml --pairs train.npz --test test.npz --output runs/mine",
       add_import_options,
       {Solver::never, Network::none, Folder::made, Processes::one, /*saves_work=*/false,
        Needs::Pairs::imported},
       run_import,
       nullptr},
      {"merge",
       "Join the shards that `generate --shard` made into dataset.h5",
       "scorefem merge inputs/quickstart.yaml",
       add_merge_options,
       {Solver::always, Network::none, Folder::existing},
       run_merge,
       nullptr},
      {"train",
       "Train the network on dataset.h5, write model.pt; goes on where it was stopped",
       "scorefem train inputs/quickstart.yaml --threads 2",
       add_stage_options,
       {Solver::never, Network::trained, Folder::existing},
       run_stage<train>,
       nullptr},
      {"sample",
       "Draw posterior samples for the test measurements, write posterior.h5",
       "scorefem sample inputs/quickstart.yaml --set sampling.samples=500",
       add_stage_options,
       {Solver::never, Network::evaluated, Folder::existing},
       run_stage<sample>,
       nullptr},
      {"reference",
       "Draw from the exact posteriors of the test measurements (Markov chain Monte Carlo), write "
       "reference.h5",
       "scorefem reference inputs/quickstart.yaml --set reference.measurements=100",
       add_stage_options,
       {Solver::always, Network::none, Folder::existing},
       run_stage<reference>,
       nullptr},
      {"evaluate",
       "Compare with the truth, the exact posterior and the plain Gaussian answer, test the calibration; "
       "metrics, "
       "figures, report.html",
       "scorefem evaluate inputs/quickstart.yaml --strict",
       add_judging_options,
       {Solver::unless_linear, Network::none, Folder::existing, Processes::one, /*saves_work=*/false},
       evaluate_and_judge,
       nullptr},
      {"convergence",
       "Error and cost of a list of discretisations: a table, convergence.csv and a figure",
       "scorefem convergence inputs/convergence.yaml",
       add_stage_options,
       {Solver::always, Network::none, Folder::made, Processes::one, /*saves_work=*/false},
       run_stage<convergence>,
       nullptr},
      {"densities",
       "One-dimensional conditional densities: train, sample and compare with references; a table and "
       "figures",
       "scorefem densities inputs/densities.yaml",
       add_stage_options,
       {},
       nullptr,
       run_densities},
      {"observe",
       "Solve the forward problem for your own unknowns",
       "scorefem observe inputs/quickstart.yaml --unknowns flux.csv --output concentration.csv",
       add_observe_options,
       {Solver::always, Network::none, Folder::none, Processes::ranks_of_a_mesh, /*saves_work=*/false},
       run_observe,
       nullptr},
      {"infer",
       "Draw posterior samples for your own measurements with a trained model",
       "scorefem infer inputs/quickstart.yaml --measurement measured.csv --output posterior.h5",
       add_infer_options,
       {Solver::unless_linear, Network::evaluated, Folder::none, Processes::one, /*saves_work=*/false,
        Needs::Pairs::any, [](const CommandLine& line) { return line.infer.solves(); }},
       run_infer,
       nullptr},
      {"export",
       "A posterior of `sample` or `infer` for other programs: NetCDF (ArviZ), CSV, a report with figures",
       "scorefem export posterior.h5 --format netcdf",
       add_export_options,
       {},
       nullptr,
       run_export},
      {"serve",
       "Offer forward model, log-posterior and learnt sampler to other programs (UM-Bridge, HTTP)",
       "scorefem serve inputs/quickstart.yaml --measurement measured.csv --port 4242",
       add_serving_options,
       {Solver::always, Network::evaluated, Folder::none, Processes::one, /*saves_work=*/false},
       run_serve,
       nullptr},
      {"reproduce",
       "Figures and tables of the paper by name; computes what they share once, and only what is missing",
       "scorefem reproduce fig07 fig09 --budget quick",
       add_reproduce_options,
       {},
       nullptr,
       run_reproduce},
  };
  return table;
}

}  // namespace scorefem::commands
