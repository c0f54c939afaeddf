#include "pipeline/commands/program.h"

#include <omp.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/cores.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/commands/command_table.h"
#include "pipeline/commands/output_folder.h"
#include "pipeline/commands/parse_command_line.h"
#include "pipeline/configuration/model_section.h"
#include "pipeline/study/load_study.h"
#include "solver/runtime.h"

namespace scorefem::commands {
namespace {

/// Whether MPI and PETSc are needed. A linear model is in the data set.
bool needs_runtime(const CommandLine& command_line, const study::Study& study) {
  const Needs& needs = command_line.command->needs;
  if (needs.solver == Needs::Solver::with_ranks) return true;
  const bool solves = needs.solver == Needs::Solver::always ||
                      (needs.solver == Needs::Solver::unless_linear && !study.forward->is_linear()) ||
                      (needs.solver_asked_for != nullptr && needs.solver_asked_for(command_line));
  return solves && study.forward->needs().runtime;
}

void set_threads(study::Study& study, int n) {
  study.threads = n;
  study.training.threads = n;
  study.sampling.sampler.threads = n;
}

study::Study load(const CommandLine& command_line) {
  const Needs& needs = command_line.command->needs;
  const bool has_folder = needs.folder != Needs::Folder::none;
  const std::string folder =
      has_folder && !command_line.output.empty() ? command_line.output : command_line.run_folder;
  const bool imports = needs.pairs == Needs::Pairs::imported;
  const auto load_it = imports ? study::load_study_for_import : study::load_study;
  study::Study study = load_it(command_line.config, command_line.overrides, folder);
  if (!imports) study::require_imported(study);
  if (needs.pairs == Needs::Pairs::simulated && !study.forward->simulates())
    throw base::InputError(command_line.config + ": forward.problem = " + study.forward.name() +
                           ": its pairs come from `scorefem import`");
  if (needs.network == Needs::Network::trained)
    study::require_trainable(study, command_line.config, command_line.overrides);
  if (command_line.threads > 0) study.threads = command_line.threads;
  set_threads(study, study.threads);
  return study;
}

std::string started(const base::Launch& launch) {
  return std::to_string(launch.count) + " were started (" + launch.variable + ")";
}

void require_one_process(const base::Launch& launch) {
  if (launch.count == 1) return;
  throw base::InputError("this command runs in one process, but " + started(launch) +
                         "; under mpirun use `scorefem generate CONFIG` without --shard, then run the others "
                         "without mpirun");
}

/// Several processes share the work of few commands; in the others they would do it several times over.
void require_suitable_launch(const CommandLine& command_line, const study::Study& study) {
  const base::Launch launch = base::launch();
  const bool one_mesh = study.forward->needs().one_mesh;
  const Needs::Processes processes = command_line.command->needs.processes;
  const bool shared = (processes == Needs::Processes::ranks && !command_line.shard) ||
                      (processes == Needs::Processes::ranks_of_a_mesh && one_mesh);
  if (!shared) require_one_process(launch);
  if (launch.count > 1 && !launch.has_mpi) {
    throw base::InputError(
        "the processes cannot find each other: " + started(launch) +
        ", but not with what MPI needs; expected `srun --mpi=pmix`, or mpirun within the job");
  }
}

/// A launcher of another MPI starts processes that do not know each other: each would do all the work.
void require_all_ranks(const base::Ranks& ranks) {
  const base::Launch launch = base::launch();
  if (ranks.count() == launch.count) return;
  throw base::InputError(
      "MPI has " + std::to_string(ranks.count()) + " process(es), but " + std::to_string(launch.count) +
      " were started (" + launch.variable +
      "): the launcher is not that of this program's MPI, Open MPI; expected its mpirun, or "
      "`srun --mpi=pmix`");
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

void run(const CommandLine& command_line, study::Study& study, const base::Ranks* ranks) {
  omp_set_num_threads(study.threads);  // after MPI_Init, which may leave one
  const CommandEntry& command = *command_line.command;
  OutputFolder folder{study.output,       command.name,
                      command_line.force, command.needs.folder == Needs::Folder::made,
                      command_line.shard, ranks == nullptr || ranks->is_first()};
  if (command.needs.folder == Needs::Folder::none) folder.path.clear();
  write_folder(folder, [&](base::RunLog& log, study::Redo& redo) {
    if (command.needs.network != Needs::Network::none) configuration::require_device(study.training.device);
    command.run({command_line, {study, study::OutputPaths(study.output), log, redo}, ranks});
  });
}

/// After a disk was full HDF5 holds a file that it cannot write; on its way out, which with MPI is MPI's own
/// end, it would try again, and crash.
[[noreturn]] void end_at_once(int status) {
  std::fflush(nullptr);
  base::remove_temporary_files();
  std::_Exit(status);
}

/// Options in PETSC_OPTIONS that nothing asked for: a prefix is missing, or misspelt.
void report_unused_options(const solver::Runtime& runtime) {
  const std::vector<std::string> unused = runtime.unused_options();
  if (unused.empty() || runtime.rank() != 0) return;
  std::string names;
  for (const std::string& name : unused) names += " " + name;
  std::fprintf(
      stderr,
      "warning: PETSC_OPTIONS: nothing used%s; the solvers' prefixes are transport_ (forward.parallel: "
      "domain) and reaction_ (Newton's method)\n",
      names.c_str());
}

base::OnSignal reaction_to_signals(const CommandLine& command_line) {
  if (!command_line.command->needs.saves_work) return base::OnSignal::end;
  return base::launch().count > 1 ? base::OnSignal::save_together : base::OnSignal::save;
}

/// A command with MPI. Whatever one rank cannot do ends all; a signal stops them together.
int run_with_mpi(const CommandLine& command_line, study::Study& study, int argc, char** argv) {
  base::allow_start_without_launcher();
  const solver::Runtime runtime(argc, argv);
  const base::Ranks ranks;
  base::catch_interrupts(reaction_to_signals(command_line));  // PETSc has put back the default reactions
  if (study.threads == 0) set_threads(study, ranks.fair_threads());
  const int status = guarded([&] {
    require_all_ranks(ranks);
    run(command_line, study, &ranks);
  });
  if (status != base::kSuccess && status != base::kInterrupted && ranks.count() > 1) ranks.abort(status);
  if (status == base::kFailure) end_at_once(status);
  report_unused_options(runtime);
  return status;
}

int run_on_study(const CommandLine& command_line, int argc, char** argv) {
  study::Study study;
  const int loaded = guarded([&] {
    study = load(command_line);
    require_suitable_launch(command_line, study);
  });
  if (loaded != base::kSuccess) return loaded;
  if (command_line.dry_run) {
    if (base::launch().rank == 0) std::fputs(study::resolved_configuration(study).c_str(), stdout);
    return base::kSuccess;
  }
  base::catch_interrupts(reaction_to_signals(command_line));
  if (needs_runtime(command_line, study)) {
    int result = base::kSuccess;
    const int start = guarded([&] { result = run_with_mpi(command_line, study, argc, argv); });
    return start != base::kSuccess ? start : result;
  }
  if (study.threads == 0) set_threads(study, base::available_cores());
  return guarded([&] { run(command_line, study, nullptr); });
}

}  // namespace

int run_program(int argc, char** argv) {
  CommandLine command_line;
  int status = guarded([&] { command_line = parse_command_line(argc, argv); });
  if (status != base::kSuccess) return status;
  if (command_line.command->run != nullptr) {
    status = run_on_study(command_line, argc, argv);
  } else {
    status = guarded([&] {
      require_one_process(base::launch());
      command_line.command->run_own(command_line);
    });
  }
  base::ignore_interrupts();
  if (status == base::kFailure) end_at_once(status);
  // A work that was stopped and has nothing to go on from ends as if the signal had not been caught.
  if (status == base::kInterrupted && !base::has_saved_work() && base::launch().count == 1)
    base::end_by_signal();
  return status;
}

}  // namespace scorefem::commands
