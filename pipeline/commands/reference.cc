#include "pipeline/commands/reference.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"
#include "pipeline/dataset/open_dataset.h"
#include "pipeline/dataset/resolved_noise.h"
#include "pipeline/dataset/tensor_copy.h"
#include "pipeline/study/load_study.h"
#include "pipeline/truth/reference_sampler.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;
using solver::Matrix;

/// Ends the work after a signal, without the measurements under way.
void stop_if_asked() {
  base::stop_if_interrupted("the finished measurements are kept, the same command goes on from there");
}

/// What is inverted.
struct Measurements {
  Matrix measurement;  // [n, n_observations]
  Matrix truth;        // [n, n_unknowns]
  std::shared_ptr<const problem::Noise> noise;
};

Measurements read_measurements(const study::Study& study, const dataset::Dataset& dataset) {
  const int n = study.reference.measurements;
  const dataset::SampleBlock solved =
      dataset.read(dataset::Split::test, 0, dataset.shape().rows[dataset::Split::test]).finite();
  if (solved.unknowns.rows() < n) {
    throw base::InputError("reference.measurements = " + std::to_string(n) + "; expected at most " +
                           std::to_string(solved.unknowns.rows()) +
                           ", the test samples that have a solution");
  }
  const std::shared_ptr<const problem::Noise> noise = dataset::resolve_noise(study, dataset).noise;
  if (noise->is_unknown()) {
    throw base::InputError(
        "noise.model = none: the simulator's own randomness has no likelihood to draw from; expected a noise "
        "model for reference posteriors");
  }
  if (!noise->has_likelihood()) {
    throw base::InputError(
        "noise = 0: the posterior of a noise-free measurement has no density to draw from; "
        "expected noise > 0 for reference posteriors");
  }
  return {dataset::measurements(solved, *noise).topRows(n), solved.unknowns.topRows(n), noise};
}

/// Draws the posteriors of the study's measurements.
class PosteriorSampler {
 public:
  /// @param tick called now and then, with the number of forward solves so far
  PosteriorSampler(const study::Study& study, const dataset::Dataset& dataset,
                   const Measurements& measurements, std::function<void(long)> tick)
      : study_(study),
        measurements_(measurements),
        linear_(dataset.has_response()),
        tick_(std::move(tick)),
        posterior_(study::make_prior(study), study.reference.clip, forward_map(dataset), measurements.noise) {
  }

  /// @throws Interrupted after a signal
  void sample(const std::vector<Eigen::Index>& rows, const truth::TakePosterior& take) const {
    if (linear_) {
      sample_each(rows, take);
    } else {
      sample_together(rows, take);
    }
  }
  /// "1.2e+06 forward solves, ..."; empty if nothing was solved.
  std::string effort() const { return model_ ? model_->effort() : ""; }

 private:
  /// For the solver, which has threads of its own and wants large batches.
  void sample_together(const std::vector<Eigen::Index>& rows, const truth::TakePosterior& take) const {
    truth::sample_references(posterior_, measurements_.measurement, rows, study_.reference, study_.seed,
                             take);
  }
  /// For the matrix product, which has and wants neither: some measurements at a time.
  void sample_each(const std::vector<Eigen::Index>& rows, const truth::TakePosterior& take) const {
    constexpr std::size_t kAtATime = 20;
    for (std::size_t begin = 0; begin < rows.size(); begin += kAtATime) {
      std::vector<std::optional<truth::ReferencePosterior>> posteriors(
          std::min(kAtATime, rows.size() - begin));
#pragma omp parallel for schedule(dynamic) num_threads(study_.threads)
      for (std::size_t i = 0; i < posteriors.size(); ++i) {
        if (base::interrupt_requested()) continue;
        sample_together({rows[begin + i]}, [&](Eigen::Index, const truth::ReferencePosterior& posterior) {
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

  truth::ForwardMap forward_map(const dataset::Dataset& dataset) {
    if (linear_) {
      return [response = dataset.response()](const Matrix& unknowns) -> Matrix {
        return unknowns * response.transpose();
      };
    }
    model_ = study::make_forward_model(study_);
    return [this](const Matrix& unknowns) {
      stop_if_asked();
      n_solves_ += unknowns.rows();
      tick_(n_solves_);
      return model_->observe(unknowns).values;
    };
  }

  const study::Study& study_;
  const Measurements& measurements_;
  bool linear_;
  std::function<void(long)> tick_;
  std::unique_ptr<problem::ForwardModel> model_;
  long n_solves_ = 0;
  truth::LatentPosterior posterior_;
};

/// What is finished, each measurement a file of its own until all are; and a reference.h5 that lacks some.
class Parts {
 public:
  Parts(const study::StageContext& context, const Measurements& measurements,
        truth::ReferenceAttributes attributes)
      : context_(context),
        measurements_(measurements),
        attributes_(std::move(attributes)),
        inputs_(study::reference_inputs(context.study)) {
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
  void write(Eigen::Index row, const truth::ReferencePosterior& posterior) {
    base::AtomicFile output(path(row));
    truth::ReferenceWriter writer(output.temporary_path(), shape(1));
    writer.write(0, {measurements_.measurement.row(row), measurements_.truth.row(row), posterior});
    attributes_.seconds = since_last_.seconds();  // of a pool of measurements: only the sum has a meaning
    since_last_ = study::Stopwatch();
    writer.finish(attributes_);
    output.commit();
  }
  /// Puts them together and removes them.
  void join() {
    base::AtomicFile output(context_.paths.reference);
    truth::ReferenceWriter writer(output.temporary_path(), shape(count()));
    attributes_.seconds = earlier_ ? earlier_->attribute("seconds") : 0;
    for (Eigen::Index row = 0; row < count(); ++row) {
      if (holds(earlier_.get(), row, row)) {
        writer.write(row, earlier_->read(row));
      } else {
        const truth::Reference part(path(row));
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
  truth::ReferenceShape shape(Eigen::Index n_measurements) const {
    return {n_measurements, context_.study.reference.samples, measurements_.truth.cols(),
            measurements_.measurement.cols()};
  }
  std::string path(Eigen::Index row) const {
    char name[32];
    std::snprintf(name, sizeof name, "/part-%05d.h5", static_cast<int>(row + 1));
    return context_.paths.reference_parts + name;
  }
  /// A file of posteriors made from the same inputs, or null.
  std::unique_ptr<const truth::Reference> open(const std::string& path) const {
    if (!fs::exists(path)) return nullptr;
    try {
      auto file = std::make_unique<const truth::Reference>(path);
      if (file->inputs() == inputs_) return file;
    } catch (const base::InputError&) {  // nothing to be saved from it
    }
    return nullptr;
  }
  /// Whether a file's measurement is this one, as the data have it now, and is finished.
  bool holds(const truth::Reference* file, Eigen::Index in_file, Eigen::Index row) const {
    if (!file || in_file >= file->n_measurements()) return false;
    const truth::ReferenceRow found = file->read(in_file);
    return truth::same_measurements(found.measurement.transpose(), measurements_.measurement.row(row)) &&
           truth::is_final(found.posterior, context_.study.reference);
  }

  const study::StageContext& context_;
  const Measurements& measurements_;
  truth::ReferenceAttributes attributes_;
  std::string inputs_;
  std::unique_ptr<const truth::Reference> earlier_;  // null if there is none, or to be made again
  study::Stopwatch since_last_;
};

void report(const study::StageContext& context, double seconds, const std::string& effort) {
  const truth::Reference file(context.paths.reference);
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
                   "reference: " + context.paths.reference + " written in " + base::duration_text(seconds) +
                       ": " + text + (effort.empty() ? "" : "; this time " + effort),
                   {{"seconds", seconds},
                    {"converged", n_converged},
                    {"measurements", file.n_measurements()},
                    {"rhat", rhat},
                    {"ess_bulk", ess_bulk},
                    {"ess_tail", ess_tail},
                    {"evaluations", evaluations}});
}

}  // namespace

void reference(const study::StageContext& context) {
  const study::Study& study = context.study;
  const dataset::Dataset dataset = dataset::open_dataset(context);
  const Measurements measurements = read_measurements(study, dataset);
  Parts parts(context, measurements,
              {base::provenance(study::resolved_configuration(study)), static_cast<std::int64_t>(study.seed),
               study.reference.chains, measurements.noise->level(), 0});
  const std::string& path = context.paths.reference;
  if (fs::exists(path)) {
    const std::string wanted = study::reference_inputs(study);
    const std::string made_from = context.force ? "" : truth::Reference(path).inputs();
    if ((made_from != wanted || parts.complete()) &&
        study::up_to_date(context, "reference", path, made_from, wanted)) {
      return;
    }
  }
  const std::vector<Eigen::Index> missing = parts.missing();
  const Eigen::Index n = study.reference.measurements;
  Eigen::Index n_done = n - static_cast<Eigen::Index>(missing.size());
  context.log.info("reference", "reference: " + std::to_string(n) + " measurements, " +
                                    std::to_string(study.reference.chains) + " chains each" +
                                    (n_done > 0 ? ", of which " + std::to_string(n_done) + " are done" : ""));
  const study::Stopwatch stopwatch;
  std::string effort;
  if (!missing.empty()) {
    base::Progress progress(context.log, "reference", "measurements", n_done);
    const PosteriorSampler sampler(study, dataset, measurements, [&](long n_solves) {
      char detail[64];
      std::snprintf(detail, sizeof detail, "%.3g forward solves", static_cast<double>(n_solves));
      progress.update(n_done, n, n_solves > 0 ? detail : "");
    });
    sampler.sample(missing, [&](Eigen::Index row, const truth::ReferencePosterior& posterior) {
      parts.write(row, posterior);
      ++n_done;
    });
    effort = sampler.effort();
  }
  parts.join();
  report(context, stopwatch.seconds(), effort);
}

}  // namespace scorefem::commands
