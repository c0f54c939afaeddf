#include "pipeline/reference.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "pipeline/atomic_file.h"
#include "pipeline/errors.h"
#include "pipeline/interrupt.h"
#include "pipeline/noise_level.h"
#include "pipeline/provenance.h"
#include "pipeline/reference_sampler.h"
#include "pipeline/tensor_view.h"
#include "pipeline/train.h"

namespace scorefem {
namespace {

namespace fs = std::filesystem;
using solver::Matrix;

/// Ends the work after a signal, without the block in hand.
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

/// Draws the posteriors of blocks of measurements.
class BlockSampler {
 public:
  BlockSampler(const Study& study, const Dataset& dataset, const Measurements& measurements)
      : study_(study),
        measurements_(measurements),
        prior_(study.prior, study.forward.channel),
        linear_(dataset.has_response()),
        posterior_(prior_.mean(), prior_.covariance(), study.reference.clip, forward_map(dataset),
                   measurements.noise_std) {}

  /// Measurements in a block: enough chains for the solver's batches, and less than a minute or so of work.
  Eigen::Index block_rows() const { return linear_ ? 20 : 8; }

  /// @throws Interrupted after a signal
  ReferenceBlock sample(RowRange rows) const {
    ReferenceBlock block{measurements_.measurement.middleRows(rows.begin, rows.size()),
                         measurements_.truth.middleRows(rows.begin, rows.size()),
                         {}};
    block.posteriors = linear_ ? sample_each(rows) : sample_together(rows);
    stop_if_asked();
    return block;
  }

 private:
  /// For the solver, which has threads of its own and wants large batches.
  std::vector<ReferencePosterior> sample_together(RowRange rows) const {
    return sample_references(posterior_, measurements_.measurement.middleRows(rows.begin, rows.size()),
                             static_cast<std::uint64_t>(rows.begin), study_.reference, study_.seed);
  }
  /// For the matrix product, which has and wants neither. After a signal the rest is left out.
  std::vector<ReferencePosterior> sample_each(RowRange rows) const {
    std::vector<ReferencePosterior> posteriors(static_cast<std::size_t>(rows.size()));
#pragma omp parallel for schedule(dynamic) num_threads(study_.threads)
    for (Eigen::Index i = 0; i < rows.size(); ++i) {
      if (interrupt_requested()) continue;
      posteriors[i] = sample_together({rows.begin + i, rows.begin + i + 1})[0];
    }
    return posteriors;
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
      return model_->observe(flux).concentration;
    };
  }

  const Study& study_;
  const Measurements& measurements_;
  FluxPrior prior_;
  bool linear_;
  std::unique_ptr<solver::ForwardModel> model_;
  LatentPosterior posterior_;
};

/// The work in blocks, each a file of its own until all are done.
class Parts {
 public:
  Parts(const StageContext& context, const ReferenceShape& shape, Eigen::Index block_rows)
      : context_(context), shape_(shape), inputs_(reference_inputs(context.study)), block_rows_(block_rows) {}

  Eigen::Index count() const { return (shape_.n_measurements + block_rows_ - 1) / block_rows_; }
  RowRange rows(Eigen::Index part) const {
    return {part * block_rows_, std::min((part + 1) * block_rows_, shape_.n_measurements)};
  }
  std::string path(Eigen::Index part) const {
    char name[32];
    std::snprintf(name, sizeof name, "/part-%05d.h5", static_cast<int>(part + 1));
    return context_.paths.reference_parts + name;
  }
  /// Whether an earlier run has finished it.
  bool done(Eigen::Index part) const {
    if (context_.force || !fs::exists(path(part))) return false;
    try {
      const Reference file(path(part));
      return file.inputs() == inputs_ && file.n_measurements() == rows(part).size();
    } catch (const InputError&) {
      return false;  // nothing to be saved from it
    }
  }
  void write(Eigen::Index part, const ReferenceBlock& block, ReferenceAttributes attributes) const {
    ReferenceShape shape = shape_;
    shape.n_measurements = rows(part).size();
    AtomicFile output(path(part));
    ReferenceWriter writer(output.temporary_path(), shape);
    writer.write(0, block);
    attributes.texts["inputs"] = inputs_;
    writer.finish(attributes);
    output.commit();
  }
  /// Puts them together and removes them.
  void join(ReferenceAttributes attributes) const {
    AtomicFile output(context_.paths.reference);
    ReferenceWriter writer(output.temporary_path(), shape_);
    attributes.seconds = 0;
    for (Eigen::Index part = 0; part < count(); ++part) {
      const Reference file(path(part));
      writer.write(rows(part).begin, file.read());
      attributes.seconds += file.attribute("seconds");
    }
    attributes.texts["inputs"] = inputs_;
    writer.finish(attributes);
    output.commit();
    fs::remove_all(context_.paths.reference_parts);
  }

 private:
  const StageContext& context_;
  ReferenceShape shape_;
  std::string inputs_;
  Eigen::Index block_rows_;
};

void report(const StageContext& context, double seconds) {
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
  context.log.info(
      "reference_done",
      "reference: " + context.paths.reference + " written in " + duration_text(seconds) + ": " + text,
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
  const std::string& path = context.paths.reference;
  if (fs::exists(path)) {
    const std::string made_from = context.force ? "" : Reference(path).inputs();
    if (up_to_date(context, "reference", path, made_from, reference_inputs(study))) return;
  }
  const Measurements measurements = read_measurements(study, dataset);
  const BlockSampler sampler(study, dataset, measurements);
  const Parts parts(context,
                    {study.reference.measurements, study.reference.samples, dataset.shape().n_segments,
                     dataset.shape().n_sensors},
                    sampler.block_rows());
  std::vector<Eigen::Index> missing;
  Eigen::Index n_done = 0;
  for (Eigen::Index part = 0; part < parts.count(); ++part) {
    if (parts.done(part)) {
      n_done += parts.rows(part).size();
    } else {
      missing.push_back(part);
    }
  }
  context.log.info("reference", "reference: " + std::to_string(study.reference.measurements) +
                                    " measurements, " + std::to_string(study.reference.chains) +
                                    " chains each" +
                                    (n_done > 0 ? ", of which " + std::to_string(n_done) + " are done" : ""));
  const Stopwatch stopwatch;
  ReferenceAttributes attributes{provenance(resolved_configuration(study)),
                                 static_cast<std::int64_t>(study.seed), study.reference.chains,
                                 measurements.noise_std, 0};
  {
    Progress progress(context.log, "reference", "measurements", n_done);
    for (const Eigen::Index part : missing) {
      stop_if_asked();
      const Stopwatch block_time;
      const ReferenceBlock block = sampler.sample(parts.rows(part));
      attributes.seconds = block_time.seconds();
      parts.write(part, block, attributes);
      n_done += parts.rows(part).size();
      progress.update(n_done, study.reference.measurements);
    }
  }
  parts.join(attributes);
  report(context, stopwatch.seconds());
}

}  // namespace scorefem
