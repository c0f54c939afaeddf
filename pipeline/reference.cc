#include "pipeline/reference.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "pipeline/atomic_file.h"
#include "pipeline/errors.h"
#include "pipeline/interrupt.h"
#include "pipeline/noise_level.h"
#include "pipeline/provenance.h"
#include "pipeline/reference_sampler.h"
#include "pipeline/tensor_view.h"
#include "pipeline/train.h"
#include "solver/reaction_model.h"

namespace scorefem {
namespace {

namespace fs = std::filesystem;
using solver::Matrix;

/// Ends the work after a signal, without the measurements under way.
void stop_if_asked() {
  stop_if_interrupted("the finished measurements are kept, the same command goes on from there");
}

/// What is inverted.
struct Measurements {
  Matrix measurement;  // [n, n_sensors]
  Matrix truth;        // [n, n_segments]
  double noise_std;
};

Measurements read_measurements(const Study& study, const Dataset& dataset) {
  const int n = study.reference.measurements;
  const SampleBlock solved = dataset.read(Split::test, 0, dataset.shape().rows[Split::test]).finite();
  if (solved.flux.rows() < n) {
    throw InputError("reference.measurements = " + std::to_string(n) + "; expected at most " +
                     std::to_string(solved.flux.rows()) + ", the test samples that have a solution");
  }
  const double noise_std = resolve_noise(study, dataset).measurement;
  if (!(noise_std > 0)) {
    throw InputError(
        "noise = 0: the posterior of a noise-free measurement has no density to draw from; "
        "expected noise > 0 for reference posteriors");
  }
  return {noisy_measurements(solved, noise_std).topRows(n), solved.flux.topRows(n), noise_std};
}

/// Draws the posteriors of the study's measurements.
class PosteriorSampler {
 public:
  /// @param tick called now and then, with the number of forward solves so far
  PosteriorSampler(const Study& study, const Dataset& dataset, const Measurements& measurements,
                   std::function<void(long)> tick)
      : study_(study),
        measurements_(measurements),
        prior_(study.prior, study.forward.channel),
        linear_(dataset.has_response()),
        tick_(std::move(tick)),
        posterior_(prior_.mean(), prior_.covariance(), study.reference.clip, forward_map(dataset),
                   measurements.noise_std) {}

  /// @throws Interrupted after a signal
  void sample(const std::vector<Eigen::Index>& rows, const TakePosterior& take) const {
    if (linear_) {
      sample_each(rows, take);
    } else {
      sample_together(rows, take);
    }
  }
  /// "1.2e+06 forward solves, 3 of them by Newton's method"; empty if nothing was solved.
  std::string effort() const {
    const auto* model = dynamic_cast<const solver::ReactionModel*>(model_.get());
    if (!model) return "";
    char text[128];
    std::snprintf(text, sizeof text, "%.3g forward solves, %ld of them by Newton's method",
                  static_cast<double>(model->effort().samples), model->effort().newton_samples);
    return text;
  }

 private:
  /// For the solver, which has threads of its own and wants large batches.
  void sample_together(const std::vector<Eigen::Index>& rows, const TakePosterior& take) const {
    sample_references(posterior_, measurements_.measurement, rows, study_.reference, study_.seed, take);
  }
  /// For the matrix product, which has and wants neither: some measurements at a time.
  void sample_each(const std::vector<Eigen::Index>& rows, const TakePosterior& take) const {
    constexpr std::size_t kAtATime = 20;
    for (std::size_t begin = 0; begin < rows.size(); begin += kAtATime) {
      std::vector<std::optional<ReferencePosterior>> posteriors(std::min(kAtATime, rows.size() - begin));
#pragma omp parallel for schedule(dynamic) num_threads(study_.threads)
      for (std::size_t i = 0; i < posteriors.size(); ++i) {
        if (interrupt_requested()) continue;
        sample_together({rows[begin + i]}, [&](Eigen::Index, const ReferencePosterior& posterior) {
          posteriors[i] = posterior;
        });
      }
      for (std::size_t i = 0; i < posteriors.size(); ++i) {
        if (posteriors[i]) take(rows[begin + i], *posteriors[i]);
      }
      tick_(0);
      stop_if_asked();
    }
  }

  ForwardMap forward_map(const Dataset& dataset) {
    if (linear_) {
      return [response = dataset.response()](const Matrix& flux) -> Matrix {
        return flux * response.transpose();
      };
    }
    model_ = solver::make_forward_model(study_.forward, study_.sensors.resolved());
    return [this](const Matrix& flux) {
      stop_if_asked();
      n_solves_ += flux.rows();
      tick_(n_solves_);
      return model_->observe(flux).concentration;
    };
  }

  const Study& study_;
  const Measurements& measurements_;
  FluxPrior prior_;
  bool linear_;
  std::function<void(long)> tick_;
  std::unique_ptr<solver::ForwardModel> model_;
  long n_solves_ = 0;
  LatentPosterior posterior_;
};

/// What is finished, each measurement a file of its own until all are; and a reference.h5 that lacks some.
class Parts {
 public:
  Parts(const StageContext& context, const Measurements& measurements, ReferenceAttributes attributes)
      : context_(context),
        measurements_(measurements),
        attributes_(std::move(attributes)),
        inputs_(reference_inputs(context.study)) {
    attributes_.texts["inputs"] = inputs_;
    if (!context.force) earlier_ = open(context.paths.reference);
  }

  /// Whether the earlier reference.h5 has all.
  bool complete() const {
    for (Eigen::Index row = 0; row < count(); ++row) {
      if (!holds(earlier_.get(), row, row)) return false;
    }
    return true;
  }
  /// Measurements that are not finished, or not with these options.
  std::vector<Eigen::Index> missing() const {
    std::vector<Eigen::Index> rows;
    for (Eigen::Index row = 0; row < count(); ++row) {
      if (holds(earlier_.get(), row, row)) continue;
      if (context_.force || !holds(open(path(row)).get(), 0, row)) rows.push_back(row);
    }
    return rows;
  }
  void write(Eigen::Index row, const ReferencePosterior& posterior) {
    AtomicFile output(path(row));
    ReferenceWriter writer(output.temporary_path(), shape(1));
    writer.write(0, {measurements_.measurement.row(row), measurements_.truth.row(row), posterior});
    attributes_.seconds = since_last_.seconds();  // of a pool of measurements: only the sum has a meaning
    since_last_ = Stopwatch();
    writer.finish(attributes_);
    output.commit();
  }
  /// Puts them together and removes them.
  void join() {
    AtomicFile output(context_.paths.reference);
    ReferenceWriter writer(output.temporary_path(), shape(count()));
    attributes_.seconds = earlier_ ? earlier_->attribute("seconds") : 0;
    for (Eigen::Index row = 0; row < count(); ++row) {
      if (holds(earlier_.get(), row, row)) {
        writer.write(row, earlier_->read(row));
      } else {
        const Reference part(path(row));
        writer.write(row, part.read(0));
        attributes_.seconds += part.attribute("seconds");
      }
    }
    writer.finish(attributes_);
    output.commit();
    fs::remove_all(context_.paths.reference_parts);
  }

 private:
  Eigen::Index count() const { return measurements_.measurement.rows(); }
  ReferenceShape shape(Eigen::Index n_measurements) const {
    return {n_measurements, context_.study.reference.samples, measurements_.truth.cols(),
            measurements_.measurement.cols()};
  }
  std::string path(Eigen::Index row) const {
    char name[32];
    std::snprintf(name, sizeof name, "/part-%05d.h5", static_cast<int>(row + 1));
    return context_.paths.reference_parts + name;
  }
  /// A file of posteriors made from the same inputs, or null.
  std::unique_ptr<const Reference> open(const std::string& path) const {
    if (!fs::exists(path)) return nullptr;
    try {
      auto file = std::make_unique<const Reference>(path);
      if (file->inputs() == inputs_) return file;
    } catch (const InputError&) {  // nothing to be saved from it
    }
    return nullptr;
  }
  /// Whether a file's measurement is this one, as the data have it now, and is finished.
  bool holds(const Reference* file, Eigen::Index in_file, Eigen::Index row) const {
    if (!file || in_file >= file->n_measurements()) return false;
    const ReferenceRow found = file->read(in_file);
    return same_measurements(found.measurement.transpose(), measurements_.measurement.row(row)) &&
           is_final(found.posterior, context_.study.reference);
  }

  const StageContext& context_;
  const Measurements& measurements_;
  ReferenceAttributes attributes_;
  std::string inputs_;
  std::unique_ptr<const Reference> earlier_;  // null if there is none, or to be made again
  Stopwatch since_last_;
};

void report(const StageContext& context, double seconds, const std::string& effort) {
  const Reference file(context.paths.reference);
  const std::vector<bool> converged = file.converged();
  const auto n_converged = std::count(converged.begin(), converged.end(), true);
  const double evaluations = file.attribute("evaluations");
  const auto median = [](solver::Vector values) {
    std::sort(values.begin(), values.end());
    return values(values.size() / 2);
  };
  const double rhat = file.rhat().maxCoeff();
  const double ess_bulk = median(file.ess_bulk().rowwise().minCoeff());
  const double ess_tail = median(file.ess_tail().rowwise().minCoeff());
  char text[256];
  std::snprintf(text, sizeof text,
                "%d of %d measurements converged; greatest R-hat %.4f; least effective sample size, median "
                "over measurements: %.0f bulk, %.0f tail; %.3g forward evaluations",
                static_cast<int>(n_converged), static_cast<int>(file.n_measurements()), rhat, ess_bulk,
                ess_tail, evaluations);
  context.log.info("reference_done",
                   "reference: " + context.paths.reference + " written in " + duration_text(seconds) + ": " +
                       text + (effort.empty() ? "" : "; this time " + effort),
                   {{"seconds", seconds},
                    {"converged", n_converged},
                    {"measurements", file.n_measurements()},
                    {"rhat", rhat},
                    {"ess_bulk", ess_bulk},
                    {"ess_tail", ess_tail},
                    {"evaluations", evaluations}});
}

}  // namespace

void reference(const StageContext& context) {
  const Study& study = context.study;
  const Dataset dataset = open_dataset(context);
  const Measurements measurements = read_measurements(study, dataset);
  Parts parts(context, measurements,
              {provenance(resolved_configuration(study)), static_cast<std::int64_t>(study.seed),
               study.reference.chains, measurements.noise_std, 0});
  const std::string& path = context.paths.reference;
  if (fs::exists(path)) {
    const std::string wanted = reference_inputs(study);
    const std::string made_from = context.force ? "" : Reference(path).inputs();
    if ((made_from != wanted || parts.complete()) &&
        up_to_date(context, "reference", path, made_from, wanted)) {
      return;
    }
  }
  const std::vector<Eigen::Index> missing = parts.missing();
  const Eigen::Index n = study.reference.measurements;
  Eigen::Index n_done = n - static_cast<Eigen::Index>(missing.size());
  context.log.info("reference", "reference: " + std::to_string(n) + " measurements, " +
                                    std::to_string(study.reference.chains) + " chains each" +
                                    (n_done > 0 ? ", of which " + std::to_string(n_done) + " are done" : ""));
  const Stopwatch stopwatch;
  std::string effort;
  if (!missing.empty()) {
    Progress progress(context.log, "reference", "measurements", n_done);
    const PosteriorSampler sampler(study, dataset, measurements, [&](long n_solves) {
      char detail[64];
      std::snprintf(detail, sizeof detail, "%.3g forward solves", static_cast<double>(n_solves));
      progress.update(n_done, n, n_solves > 0 ? detail : "");
    });
    sampler.sample(missing, [&](Eigen::Index row, const ReferencePosterior& posterior) {
      parts.write(row, posterior);
      ++n_done;
    });
    effort = sampler.effort();
  }
  parts.join();
  report(context, stopwatch.seconds(), effort);
}

}  // namespace scorefem
