#include <omp.h>
#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/commands/command_line.h"
#include "pipeline/commands/convergence.h"
#include "pipeline/commands/densities.h"
#include "pipeline/commands/evaluate.h"
#include "pipeline/commands/generate.h"
#include "pipeline/commands/infer.h"
#include "pipeline/commands/merge.h"
#include "pipeline/commands/observe.h"
#include "pipeline/commands/reference.h"
#include "pipeline/commands/run.h"
#include "pipeline/commands/sample.h"
#include "pipeline/commands/train.h"
#include "pipeline/configuration/model_section.h"
#include "pipeline/study/load_study.h"
#include "solver/runtime.h"

namespace {

using namespace scorefem;

/// The cores that this process may run on, which on a cluster are fewer than the machine has.
int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/// Whether the forward model is needed. The linear problem's is in the data set.
bool solves(commands::Command command, const study::Study& study) {
  return command == commands::Command::run || command == commands::Command::generate ||
         command == commands::Command::merge || command == commands::Command::observe ||
         command == commands::Command::convergence || command == commands::Command::reference ||
         ((command == commands::Command::evaluate || command == commands::Command::infer) &&
          !study.forward->is_linear());
}

/// Whether a network is trained.
bool trains(commands::Command command) {
  return command == commands::Command::run || command == commands::Command::train;
}

/// Whether a network is evaluated, on the device of the configuration.
bool uses_network(commands::Command command) {
  return trains(command) || command == commands::Command::sample || command == commands::Command::infer;
}

void set_threads(study::Study& study, int n) {
  study.threads = n;
  study.training.threads = n;
  study.sampling.sampler.threads = n;
}

study::Study load(const commands::CommandLine& command_line) {
  study::Study study = study::load_study(command_line.config, command_line.overrides);
  if (trains(command_line.command)) study::require_full_batch(study, command_line.config);
  const bool output_is_folder =
      command_line.command != commands::Command::observe && command_line.command != commands::Command::infer;
  if (output_is_folder && !command_line.output.empty()) study.output = command_line.output;
  if (!command_line.run_folder.empty()) study.output = command_line.run_folder;
  if (command_line.threads > 0) study.threads = command_line.threads;
  set_threads(study, study.threads);
  return study;
}

/// Several processes share the work of few commands; in the others they would do it several times over.
void require_suitable_launch(const commands::CommandLine& command_line, const study::Study& study) {
  const bool one_mesh = study.forward->needs().one_mesh;
  const bool shared = (command_line.command == commands::Command::generate && !command_line.shard) ||
                      (command_line.command == commands::Command::observe && one_mesh);
  if (base::launch().count == 1 || shared) return;
  throw base::InputError(
      "this command runs in one process, but " + std::to_string(base::launch().count) +
      " were started; under mpirun use `scorefem generate CONFIG` without --shard, then run the others "
      "without mpirun");
}

void judge(const commands::CommandLine& command_line, const study::StageContext& context, bool calibrated) {
  std::printf("report: %s\n", context.paths.report.c_str());
  if (command_line.strict && !calibrated) {
    throw base::NotCalibrated("the posterior is not shown to be calibrated: a gate did not pass (--strict)");
  }
}

/// What only one process does.
void run_alone(const commands::CommandLine& command_line, const study::StageContext& context) {
  switch (command_line.command) {
    case commands::Command::run:
      judge(command_line, context, commands::run_stages(context, command_line.config));
      break;
    case commands::Command::merge:
      commands::merge(context, command_line.copy ? commands::Storage::copy : commands::Storage::view);
      break;
    case commands::Command::train:
      commands::train(context);
      break;
    case commands::Command::sample:
      commands::sample(context);
      break;
    case commands::Command::reference:
      commands::reference(context);
      break;
    case commands::Command::evaluate:
      judge(command_line, context, commands::evaluate(context));
      break;
    case commands::Command::convergence:
      commands::convergence(context);
      break;
    case commands::Command::observe:
      commands::observe(context.study, command_line.input, command_line.output, base::launch().rank == 0);
      break;
    case commands::Command::infer:
      commands::infer(context, command_line.infer);
      break;
    case commands::Command::densities:  // these have runs of their own
    case commands::Command::reproduce:
      break;
    case commands::Command::generate:
      if (command_line.shard) commands::generate_shard(context, *command_line.shard);
      break;
  }
}

int report(const std::exception& error, int status) {
  // A signal stops all ranks: one of them says so.
  if (status != base::kInterrupted || base::launch().rank == 0)
    std::fprintf(stderr, "scorefem: %s\n", error.what());
  return status;
}

/// Runs work and reports what it throws: the exit status.
template <class Work>
int guarded(const Work& work) {
  try {
    work();
    return base::kSuccess;
  } catch (const base::InputError& error) {
    return report(error, base::kBadInput);
  } catch (const base::Interrupted& error) {
    return report(error, base::kInterrupted);
  } catch (const base::NotCalibrated& error) {
    return report(error, base::kNotCalibrated);
  } catch (const std::exception& error) {
    return report(error, base::kFailure);
  }
}

void run(const commands::CommandLine& command_line, study::Study& study, const base::Ranks* ranks) {
  omp_set_num_threads(study.threads);  // after MPI_Init, which may leave one
  const commands::Command command = command_line.command;
  if (uses_network(command)) configuration::require_device(study.training.device);
  // The commands that start a run make its folder; the others need what is in it.
  if (command == commands::Command::run || command == commands::Command::generate ||
      command == commands::Command::convergence)
    base::require_writable_directory(study.output);
  const bool has_folder = command != commands::Command::infer && command != commands::Command::observe;
  base::RunLog log(has_folder ? study.output : "", ranks != nullptr && !ranks->is_first());
  const study::StageContext context{study, study::OutputPaths(study.output), log, command_line.force};
  const bool shared =
      command == commands::Command::run || (command == commands::Command::generate && !command_line.shard);
  if (shared) commands::generate(context, *ranks);
  run_alone(command_line, context);
}

/// After a disk was full HDF5 holds a file that it cannot write; on its way out it would try again, and
/// crash.
[[noreturn]] void end_at_once(int status) {
  std::fflush(nullptr);
  std::_Exit(status);
}

/// A command with MPI. Whatever one rank cannot do ends all; a signal stops them together.
int run_with_mpi(const commands::CommandLine& command_line, study::Study& study, int argc, char** argv) {
  const solver::Runtime runtime(argc, argv);
  const base::Ranks ranks;
  base::catch_interrupts();  // PETSc has put back the default reactions to signals
  if (study.threads == 0) set_threads(study, ranks.fair_threads());
  const int status = guarded([&] { run(command_line, study, &ranks); });
  if (status != base::kSuccess && status != base::kInterrupted && ranks.count() > 1) ranks.abort(status);
  if (status == base::kFailure) end_at_once(status);
  return status;
}

/// The command whose configuration is not that of a forward problem.
void run_densities(const commands::CommandLine& command_line) {
  densities::DensityStudy study = densities::load_density_study(command_line.config, command_line.overrides);
  if (!command_line.output.empty()) study.output = command_line.output;
  if (command_line.threads > 0) study.threads = command_line.threads;
  if (command_line.dry_run) {
    std::fputs(densities::resolved_configuration(study).c_str(), stdout);
    return;
  }
  study.set_threads(study.threads > 0 ? study.threads : available_cores());
  base::catch_interrupts();
  configuration::require_device(study.training.device);
  base::require_writable_directory(study.output);
  base::RunLog log(study.output);
  commands::densities({study, log, command_line.force});
  std::printf("table: %s/table2.md\n", study.output.c_str());
}

/// The command that has no configuration: it starts this program again for every piece of work.
void run_reproduce(const commands::CommandLine& command_line) {
  if (command_line.list) return commands::list_reproducible();
  commands::ReproduceOptions options = command_line.reproduction;
  if (options.names.empty()) {
    throw base::InputError(
        "reproduce: no names; expected e.g. fig09, or all; `scorefem reproduce --list` names them");
  }
  options.overrides = command_line.overrides;
  options.output = command_line.output;
  options.program = std::filesystem::read_symlink("/proc/self/exe").string();
  options.threads = command_line.threads;
  options.dry_run = command_line.dry_run;
  if (options.cores == 0) options.cores = available_cores();
  commands::reproduce(options);
}

}  // namespace

int main(int argc, char** argv) {
  commands::CommandLine command_line;
  study::Study study;
  const int status = guarded([&] {
    command_line = commands::parse_command_line(argc, argv);
    if (command_line.command == commands::Command::densities ||
        command_line.command == commands::Command::reproduce)
      return;
    study = load(command_line);
    require_suitable_launch(command_line, study);
  });
  if (status != base::kSuccess) return status;
  if (command_line.command == commands::Command::densities)
    return guarded([&] { run_densities(command_line); });
  if (command_line.command == commands::Command::reproduce)
    return guarded([&] { run_reproduce(command_line); });
  if (command_line.dry_run) {
    if (base::launch().rank == 0) std::fputs(study::resolved_configuration(study).c_str(), stdout);
    return base::kSuccess;
  }
  if (solves(command_line.command, study) || command_line.infer.solves()) {
    int result = base::kSuccess;
    const int start = guarded([&] { result = run_with_mpi(command_line, study, argc, argv); });
    return start != base::kSuccess ? start : result;
  }
  base::catch_interrupts();
  if (study.threads == 0) set_threads(study, available_cores());
  const int outcome = guarded([&] { run(command_line, study, nullptr); });
  if (outcome == base::kFailure) end_at_once(outcome);
  return outcome;
}
