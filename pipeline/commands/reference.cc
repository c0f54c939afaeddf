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
#include "pipeline/truth/reference_parts.h"
#include "pipeline/truth/reference_sampler.h"

namespace scorefem::commands {
namespace {

namespace fs = std::filesystem;
using solver::Matrix;

/// Ends the work after a signal, without the measurements under way.
void stop_if_asked() {
  base::stop_if_interrupted("the finished measurements are kept, the same command goes on from there");
}

truth::InvertedMeasurements read_measurements(const study::Study& study, const dataset::Dataset& dataset) {
  Eigen::Index n = study.reference.measurements;
  const dataset::SampleBlock solved =
      dataset.read(dataset::Split::test, 0, dataset.shape().rows[dataset::Split::test]).finite();
  n = std::min(n, solved.unknowns.rows());  // the others have no solution
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
                   const truth::InvertedMeasurements& measurements, std::function<void(long)> tick)
      : study_(study),
        measurements_(measurements),
        linear_(dataset.has_response()),
        tick_(std::move(tick)),
        posterior_(study::make_prior(study), study.reference.clip, forward_map(dataset), measurements.noise) {
    use_derivatives();
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

  /// Those of the model where it has some, as a server may.
  void use_derivatives() {
    if (!model_) return;
    const problem::ForwardModel::Derivatives offered = model_->derivatives();
    if (!offered.gradient && !offered.jacobian) return;
    posterior_.use([this](const Matrix& unknowns) {
      stop_if_asked();
      return problem::jacobians(*model_, unknowns, measurements_.measurement.cols());
    });
  }

  const study::Study& study_;
  const truth::InvertedMeasurements& measurements_;
  bool linear_;
  std::function<void(long)> tick_;
  std::unique_ptr<problem::ForwardModel> model_;
  long n_solves_ = 0;
  truth::LatentPosterior posterior_;
};

study::Origin reference_origin(const study::Study& study) {
  return {study::reference_inputs(study), study::ResultVersion::kReference, {}};
}

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
  const truth::InvertedMeasurements measurements = read_measurements(study, dataset);
  const bool again =
      context.redo.state("reference", study::reference_inputs(study)) != study::Redo::State::not_asked;
  truth::ReferenceParts parts(
      context, measurements,
      {base::provenance(study::resolved_configuration(study)), static_cast<std::int64_t>(study.seed),
       study.reference.chains, measurements.noise->level(), 0},
      reference_origin(study));
  const std::string& path = context.paths.reference;
  if (fs::exists(path)) {
    const study::Origin origin = reference_origin(study);
    const study::Origin made = again ? origin : truth::Reference(path).origin();
    const bool to_be_added_to = study::difference(made, origin).empty() && !again && !parts.complete();
    if (!to_be_added_to && study::up_to_date(context, "reference", path, made, origin, again)) return;
  }
  const std::vector<Eigen::Index> missing = parts.missing();
  const Eigen::Index n = measurements.measurement.rows();
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
  context.redo.done("reference");
  report(context, stopwatch.seconds(), effort);
}

}  // namespace scorefem::commands
