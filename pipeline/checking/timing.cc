#include "pipeline/checking/timing.h"

#include <torch/types.h>
#include <torch/utils.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "diffusion/options/device.h"
#include "diffusion/sampling/posterior_sampler.h"
#include "diffusion/training/training.h"
#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/run_log.h"
#include "pipeline/base/stopwatch.h"
#include "pipeline/dataset/pair_sequence.h"
#include "pipeline/study/load_study.h"
#include "pipeline/training/diffusion_errors.h"

namespace scorefem::checking {
namespace {

namespace fs = std::filesystem;

/// A folder that is gone at the end.
class ShortFolder {
 public:
  ShortFolder() {
    std::string name = (fs::temp_directory_path() / "scorefem-check-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw base::InputError(name + ": cannot make a folder (" + std::strerror(errno) +
                             "); expected TMPDIR to name one where files can be written");
    path_ = name;
    base::remember_temporary_file(path_.string());
  }
  ~ShortFolder() {
    std::error_code error;
    base::forget_temporary_file(path_.string());
    fs::remove_all(path_, error);
  }
  ShortFolder(const ShortFolder&) = delete;
  ShortFolder& operator=(const ShortFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string short_time(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, seconds < 1 ? "%.2g s" : "%.3g s", seconds);
  return seconds < 60 ? text : base::duration_text(seconds);
}

/// Pairs of the study's sizes, correlated normal numbers: what takes time does not depend on their values.
diffusion::Pairs random_pairs(const study::Study& study, std::int64_t n) {
  const std::int64_t d = study.forward->unknowns().size(), m = study.forward->observations().size();
  torch::manual_seed(1);  // of nothing but this check
  const torch::Tensor inferred = torch::randn({n, d}, torch::kFloat64);
  const torch::Tensor map = torch::randn({d, m}, torch::kFloat64) / std::sqrt(static_cast<double>(d));
  return {inferred, inferred.matmul(map) + 0.1 * torch::randn({n, m}, torch::kFloat64),
          torch::randn({n, m}, torch::kFloat64), torch::ones({n, m}, torch::kFloat64)};
}

struct Measured {
  double step = 0;  // s
  std::shared_ptr<const diffusion::Model> model;
};

Measured measure_training(const study::Study& study, const ShortFolder& folder) {
  constexpr double kSeconds = 3;
  constexpr std::int64_t kSteps = 3;
  diffusion::TrainingOptions options = study.training;
  options.window = 0;
  options.patience = 0;
  options.epochs = 1000000;
  options.checkpoint_interval = 1e9;
  options.validation_interval = 1000000;
  options.noise =
      study.training_noise_range.empty() ? diffusion::NoiseRange{0.1, 0.1} : diffusion::NoiseRange{0.05, 0.1};
  const auto n = static_cast<std::int64_t>(
      std::ceil((options.batch_size + 2) / (1 - options.validation_fraction) * 1.5) + 8);
  Measured measured;
  std::int64_t step = 0;
  const base::Stopwatch stopwatch;
  diffusion::TrainingCallbacks callbacks;
  callbacks.progress = [&](const diffusion::TrainingProgress& progress) {
    step = progress.step;
    measured.step = 1 / progress.steps_per_second;
  };
  callbacks.stop = [&] { return step >= kSteps && stopwatch.seconds() > kSeconds; };
  measured.model = diffusion::train(random_pairs(study, n), study.process, study.model, options,
                                    folder.file("model.pt"), {}, callbacks)
                       .model;
  return measured;
}

/// Seconds for a sample.
double measure_sampling(const study::Study& study, const diffusion::Model& model) {
  constexpr std::int64_t kMeasurements = 2;
  const std::int64_t n = std::min<std::int64_t>(study.sampling.samples, 200);
  const diffusion::Pairs pairs = random_pairs(study, kMeasurements);
  const diffusion::Measurements measurements{
      pairs.measured, pairs.mask, torch::full({kMeasurements}, model.noise().maximum, torch::kFloat64)};
  const base::Stopwatch stopwatch;
  diffusion::sample_posterior(model, measurements, n, study.sampling.sampler, 1, 0,
                              [](std::int64_t, std::int64_t, const torch::Tensor&) {});
  return stopwatch.seconds() / static_cast<double>(kMeasurements * n);
}

}  // namespace

void check_forward_model(const study::Study& study, const Missing& missing, Findings& findings,
                         Estimate& estimate) {
  constexpr double kPatience = 30;  // s, for a model behind a server
  if (!study.forward->simulates()) return;
  findings.look_at("forward model", [&] {
    study::Study trial = study;
    trial.forward->limit_patience(kPatience, kPatience);
    dataset::PairSequence pairs(trial);
    const std::string away = pairs.model().unavailable();
    if (!away.empty() && !missing.dataset)
      return findings.note("forward model", away + "; what compares predictions will be left out");
    if (!away.empty()) return findings.wrong("forward model", away);
    // One sample to warm up, a batch to measure, but for a model that has shown how slow it is.
    Eigen::Index n = 1;
    base::Stopwatch stopwatch;
    dataset::SolvedBlock block = pairs.solve(dataset::Split::train, {0, n});
    double seconds = stopwatch.seconds();
    if (seconds < 0.1 * kPatience) {
      n = std::min<Eigen::Index>(std::max<Eigen::Index>(pairs.model().least_batch(), 4), study.data.train);
      stopwatch = base::Stopwatch();
      block = pairs.solve(dataset::Split::train, {0, n});
      seconds = stopwatch.seconds();
    }
    for (Eigen::Index j = 0; n > 1 && j < block.samples.observations.cols(); ++j) {
      const auto column = block.samples.observations.col(j).array();
      if (column.isNaN().any() || column.maxCoeff() > column.minCoeff()) continue;
      findings.note("observation", study.forward->observations()[j].name + " is " +
                                       std::to_string(column(0)) + " in each of " + std::to_string(n) +
                                       " samples: training refuses one that never varies; leave it out");
    }
    const double each = seconds / static_cast<double>(n);
    const auto n_failed = static_cast<Eigen::Index>(block.failures.size());
    std::string text = short_time(each) + " a sample";
    if (missing.dataset) {
      const double all = each * static_cast<double>(study.data.train + study.data.test);
      estimate.seconds += all;
      text += ", the data set takes about " + short_time(all);
    }
    if (n_failed == n) {
      return findings.wrong("forward model", "no solution for any of " + std::to_string(n) +
                                                 " samples: " + block.failures.front().reason);
    }
    if (n_failed > 0) {
      return findings.note("forward model", text + "; no solution for " + std::to_string(n_failed) + " of " +
                                                std::to_string(n) + ": " + block.failures.front().reason);
    }
    findings.good("forward model", text);
  });
}

void check_network(const study::Study& study, const Missing& missing, Findings& findings,
                   Estimate& estimate) {
  try {
    const torch::Device device = diffusion::resolve_device(study.training.device);
    findings.good("device", device.str() + ", " + std::to_string(study.threads) + " thread(s)");
  } catch (const std::invalid_argument& error) {
    return findings.wrong("device", std::string("resources.") + error.what());
  }
  if (!missing.model && !missing.posterior) return;
  std::optional<ShortFolder> folder;
  Measured measured;
  findings.look_at("training", [&] {
    folder.emplace();
    measured = training::with_input_errors("check", [&] { return measure_training(study, *folder); });
    if (!missing.model) return;
    const std::int64_t part = study.training.training_part(study.data.train);
    const auto steps =
        static_cast<double>(study.training.epochs) * static_cast<double>(part / study.training.batch_size);
    const double seconds = steps * measured.step;
    estimate.seconds += seconds;
    findings.good("training", short_time(measured.step) + " a step, " + std::to_string(std::llround(steps)) +
                                  " steps" + (study.training.patience > 0 ? " at most" : "") + ": about " +
                                  short_time(seconds));
  });
  if (measured.model == nullptr || !missing.posterior || study.data.test == 0) return;
  findings.look_at("sampling", [&] {
    const double n =
        static_cast<double>(study.sampling.measurements) * static_cast<double>(study.sampling.samples);
    const double seconds =
        n * training::with_input_errors("check", [&] { return measure_sampling(study, *measured.model); });
    estimate.seconds += seconds;
    findings.good("sampling", std::to_string(std::llround(n)) + " samples: about " + short_time(seconds));
  });
}

}  // namespace scorefem::checking
