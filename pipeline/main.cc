#include <omp.h>
#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>

#include "pipeline/atomic_file.h"
#include "pipeline/command_line.h"
#include "pipeline/convergence.h"
#include "pipeline/densities.h"
#include "pipeline/errors.h"
#include "pipeline/evaluate.h"
#include "pipeline/generate.h"
#include "pipeline/infer.h"
#include "pipeline/interrupt.h"
#include "pipeline/merge.h"
#include "pipeline/model_section.h"
#include "pipeline/observe.h"
#include "pipeline/reference.h"
#include "pipeline/sample.h"
#include "pipeline/train.h"
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
bool solves(Command command, const Study& study) {
  return command == Command::run || command == Command::generate || command == Command::merge ||
         command == Command::observe || command == Command::convergence || command == Command::reference ||
         ((command == Command::evaluate || command == Command::infer) &&
          study.forward.problem != solver::Problem::linear);
}

/// Whether a network is trained.
bool trains(Command command) {
  return command == Command::run || command == Command::train;
}

/// Whether a network is evaluated, on the device of the configuration.
bool uses_network(Command command) {
  return trains(command) || command == Command::sample || command == Command::infer;
}

void set_threads(Study& study, int n) {
  study.threads = n;
  study.training.threads = n;
  study.sampling.sampler.threads = n;
}

Study load(const CommandLine& command_line) {
  Study study = load_study(command_line.config, command_line.overrides);
  if (trains(command_line.command)) require_full_batch(study, command_line.config);
  const bool output_is_folder =
      command_line.command != Command::observe && command_line.command != Command::infer;
  if (output_is_folder && !command_line.output.empty()) study.output = command_line.output;
  if (!command_line.run_folder.empty()) study.output = command_line.run_folder;
  if (command_line.threads > 0) study.threads = command_line.threads;
  set_threads(study, study.threads);
  return study;
}

/// Several processes share the work of few commands; in the others they would do it several times over.
void require_suitable_launch(const CommandLine& command_line, const Study& study) {
  const bool one_mesh = study.forward.parallel == solver::Parallel::domain;
  const bool shared = (command_line.command == Command::generate && !command_line.shard) ||
                      (command_line.command == Command::observe && one_mesh);
  if (launch().count == 1 || shared) return;
  throw InputError(
      "this command runs in one process, but " + std::to_string(launch().count) +
      " were started; under mpirun use `scorefem generate CONFIG` without --shard, then run the others "
      "without mpirun");
}

void evaluate_and_judge(const CommandLine& command_line, const StageContext& context) {
  const bool calibrated = evaluate(context);
  std::printf("report: %s\n", context.paths.report.c_str());
  if (command_line.strict && !calibrated) {
    throw NotCalibrated("the posterior is not calibrated: a gate failed (--strict)");
  }
}

/// What only one process does.
void run_alone(const CommandLine& command_line, const StageContext& context) {
  switch (command_line.command) {
    case Command::run:
      train(context);
      sample(context);
      evaluate_and_judge(command_line, context);
      break;
    case Command::merge:
      merge(context, command_line.copy ? Storage::copy : Storage::view);
      break;
    case Command::train:
      train(context);
      break;
    case Command::sample:
      sample(context);
      break;
    case Command::reference:
      reference(context);
      break;
    case Command::evaluate:
      evaluate_and_judge(command_line, context);
      break;
    case Command::convergence:
      convergence(context);
      break;
    case Command::observe:
      observe(context.study, command_line.input, command_line.output, launch().rank == 0);
      break;
    case Command::infer:
      infer(context, command_line.input, command_line.output);
      break;
    case Command::densities:  // these have runs of their own
    case Command::reproduce:
      break;
    case Command::generate:
      if (command_line.shard) generate_shard(context, *command_line.shard);
      break;
  }
}

int report(const std::exception& error, int status) {
  // A signal stops all ranks: one of them says so.
  if (status != kInterrupted || launch().rank == 0) std::fprintf(stderr, "scorefem: %s\n", error.what());
  return status;
}

/// Runs work and reports what it throws: the exit status.
template <class Work>
int guarded(const Work& work) {
  try {
    work();
    return kSuccess;
  } catch (const InputError& error) {
    return report(error, kBadInput);
  } catch (const Interrupted& error) {
    return report(error, kInterrupted);
  } catch (const NotCalibrated& error) {
    return report(error, kNotCalibrated);
  } catch (const std::exception& error) {
    return report(error, kFailure);
  }
}

void run(const CommandLine& command_line, Study& study, const Ranks* ranks) {
  omp_set_num_threads(study.threads);  // after MPI_Init, which may leave one
  const Command command = command_line.command;
  if (uses_network(command)) require_device(study.training.device);
  // The commands that start a run make its folder; the others need what is in it.
  if (command == Command::run || command == Command::generate || command == Command::convergence)
    require_writable_directory(study.output);
  const bool has_folder = command != Command::infer && command != Command::observe;
  RunLog log(has_folder ? study.output : "", ranks != nullptr && !ranks->is_first());
  const StageContext context{study, OutputPaths(study.output), log, command_line.force};
  const bool shared = command == Command::run || (command == Command::generate && !command_line.shard);
  if (shared) generate(context, *ranks);
  run_alone(command_line, context);
}

/// After a disk was full HDF5 holds a file that it cannot write; on its way out it would try again, and
/// crash.
[[noreturn]] void end_at_once(int status) {
  std::fflush(nullptr);
  std::_Exit(status);
}

/// A command with MPI. Whatever one rank cannot do ends all; a signal stops them together.
int run_with_mpi(const CommandLine& command_line, Study& study, int argc, char** argv) {
  const solver::Runtime runtime(argc, argv);
  const Ranks ranks;
  catch_interrupts();  // PETSc has put back the default reactions to signals
  if (study.threads == 0) set_threads(study, ranks.fair_threads());
  const int status = guarded([&] { run(command_line, study, &ranks); });
  if (status != kSuccess && status != kInterrupted && ranks.count() > 1) ranks.abort(status);
  if (status == kFailure) end_at_once(status);
  return status;
}

/// The command whose configuration is not that of a forward problem.
void run_densities(const CommandLine& command_line) {
  DensityStudy study = load_density_study(command_line.config, command_line.overrides);
  if (!command_line.output.empty()) study.output = command_line.output;
  if (command_line.threads > 0) study.threads = command_line.threads;
  if (command_line.dry_run) {
    std::fputs(resolved_configuration(study).c_str(), stdout);
    return;
  }
  study.set_threads(study.threads > 0 ? study.threads : available_cores());
  catch_interrupts();
  require_device(study.training.device);
  require_writable_directory(study.output);
  RunLog log(study.output);
  densities({study, log, command_line.force});
  std::printf("table: %s/table2.md\n", study.output.c_str());
}

/// The command that has no configuration: it starts this program again for every piece of work.
void run_reproduce(const CommandLine& command_line) {
  if (command_line.list) return list_reproducible();
  ReproduceOptions options = command_line.reproduction;
  if (options.names.empty()) {
    throw InputError(
        "reproduce: no names; expected e.g. fig09, or all; `scorefem reproduce --list` names them");
  }
  options.overrides = command_line.overrides;
  options.output = command_line.output;
  options.program = std::filesystem::read_symlink("/proc/self/exe").string();
  options.threads = command_line.threads;
  options.dry_run = command_line.dry_run;
  if (options.cores == 0) options.cores = available_cores();
  reproduce(options);
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine command_line;
  Study study;
  const int status = guarded([&] {
    command_line = parse_command_line(argc, argv);
    if (command_line.command == Command::densities || command_line.command == Command::reproduce) return;
    study = load(command_line);
    require_suitable_launch(command_line, study);
  });
  if (status != kSuccess) return status;
  if (command_line.command == Command::densities) return guarded([&] { run_densities(command_line); });
  if (command_line.command == Command::reproduce) return guarded([&] { run_reproduce(command_line); });
  if (command_line.dry_run) {
    if (launch().rank == 0) std::fputs(resolved_configuration(study).c_str(), stdout);
    return kSuccess;
  }
  if (solves(command_line.command, study)) {
    int result = kSuccess;
    const int start = guarded([&] { result = run_with_mpi(command_line, study, argc, argv); });
    return start != kSuccess ? start : result;
  }
  catch_interrupts();
  if (study.threads == 0) set_threads(study, available_cores());
  const int outcome = guarded([&] { run(command_line, study, nullptr); });
  if (outcome == kFailure) end_at_once(outcome);
  return outcome;
}
