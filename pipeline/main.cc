#include <omp.h>
#include <sched.h>

#include <cstdio>
#include <exception>
#include <memory>

#include "pipeline/atomic_file.h"
#include "pipeline/command_line.h"
#include "pipeline/errors.h"
#include "pipeline/evaluate.h"
#include "pipeline/generate.h"
#include "pipeline/infer.h"
#include "pipeline/interrupt.h"
#include "pipeline/observe.h"
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

Study load(const CommandLine& command_line) {
  Study study = load_study(command_line.config, command_line.overrides);
  const bool output_is_folder =
      command_line.command != Command::observe && command_line.command != Command::infer;
  if (output_is_folder && !command_line.output.empty()) study.output = command_line.output;
  if (!command_line.run_folder.empty()) study.output = command_line.run_folder;
  if (command_line.threads > 0) study.threads = command_line.threads;
  if (study.threads == 0) study.threads = available_cores();
  study.training.threads = study.threads;
  study.sampling.sampler.threads = study.threads;
  return study;
}

void run_stages(const CommandLine& command_line, const StageContext& context) {
  switch (command_line.command) {
    case Command::run:
      generate(context);
      train(context);
      sample(context);
      evaluate(context);
      std::printf("report: %s\n", context.paths.report.c_str());
      break;
    case Command::generate:
      generate(context);
      break;
    case Command::train:
      train(context);
      break;
    case Command::sample:
      sample(context);
      break;
    case Command::evaluate:
      evaluate(context);
      std::printf("report: %s\n", context.paths.report.c_str());
      break;
    case Command::infer:
      infer(context, command_line.input, command_line.output);
      break;
    case Command::observe:
      break;
  }
}

int run(int argc, char** argv) {
  const CommandLine command_line = parse_command_line(argc, argv);
  const Study study = load(command_line);
  if (command_line.dry_run) {
    std::fputs(resolved_configuration(study).c_str(), stdout);
    return kSuccess;
  }
  catch_interrupts();
  std::unique_ptr<solver::Runtime> runtime;
  const Command command = command_line.command;
  if (command == Command::run || command == Command::generate || command == Command::observe) {
    runtime = std::make_unique<solver::Runtime>(argc, argv);
  }
  omp_set_num_threads(study.threads);  // after MPI_Init, which may leave one
  if (command == Command::observe) {
    observe(study, command_line.input, command_line.output);
    return kSuccess;
  }
  // The two commands that start a run make its folder; the others need what is in it.
  if (command == Command::run || command == Command::generate) require_writable_directory(study.output);
  RunLog log(command == Command::infer ? "" : study.output);
  run_stages(command_line, {study, OutputPaths(study.output), log, command_line.force});
  return kSuccess;
}

int report(const std::exception& error, int status) {
  std::fprintf(stderr, "scorefem: %s\n", error.what());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const scorefem::InputError& error) {
    return report(error, kBadInput);
  } catch (const scorefem::Interrupted& error) {
    return report(error, kInterrupted);
  } catch (const std::exception& error) {
    return report(error, kFailure);
  }
}
