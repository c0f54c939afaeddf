#include "pipeline/certificate/exact_posteriors.h"

#include <cstdio>
#include <numeric>
#include <utility>

#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/certificate/answer_summary.h"
#include "pipeline/certificate/result_array.h"
#include "pipeline/study/load_study.h"
#include "pipeline/truth/study_posterior.h"

namespace scorefem::certificate {

using solver::Matrix;
using truth::ReferencePosterior;

void require_likelihood(const study::Study& study, const problem::Noise& noise) {
  const std::string expected =
      "; expected a prior and a noise with a likelihood, which --reference and --correct need";
  if (!study::make_prior(study)) throw base::InputError("the prior is not known" + expected);
  if (!study.forward->simulates()) throw base::InputError("there is no forward model" + expected);
  if (!noise.has_likelihood()) throw base::InputError("the noise is unknown, or 0" + expected);
}

std::vector<ReferencePosterior> exact_posteriors(const study::Study& study, std::optional<Matrix> response,
                                                 const Inverted& inverted, std::uint64_t seed,
                                                 base::RunLog& log) {
  require_likelihood(study, *inverted.noise);
  const Eigen::Index n = inverted.measured.rows();
  Eigen::Index n_done = 0;
  base::Progress progress(log, "reference", "measurements");
  const auto tick = [&](long n_solves) {
    base::stop_if_interrupted("nothing is kept of measurements under way");
    char detail[64];
    std::snprintf(detail, sizeof detail, "%.3g forward solves", static_cast<double>(n_solves));
    progress.update(n_done, n, n_solves > 0 ? detail : "");
  };
  const truth::StudyPosterior posterior(study, std::move(response), inverted.noise, tick);
  std::vector<ReferencePosterior> result(static_cast<std::size_t>(n));
  std::vector<Eigen::Index> rows(result.size());
  std::iota(rows.begin(), rows.end(), 0);
  posterior.sample(inverted.measured, rows, seed, [&](Eigen::Index row, const ReferencePosterior& drawn) {
    result[static_cast<std::size_t>(row)] = drawn;
    ++n_done;
  });
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i].converged) continue;
    log.warn("not_converged", "infer: the chains of measurement " + std::to_string(i + 1) +
                                  " did not converge: do not compare with them; more "
                                  "reference.max_iterations may help");
  }
  return result;
}

std::string diagnostics(const ReferencePosterior& exact) {
  char text[160];
  std::snprintf(text, sizeof text,
                "exact, by Markov chains: R-hat %.4f, at least %.0f effective draws in bulk, %.0f in tail%s",
                exact.rhat.maxCoeff(), exact.ess_bulk.minCoeff(), exact.ess_tail.minCoeff(),
                exact.converged ? "" : "; NOT CONVERGED");
  return text;
}

void write_exact(const std::string& path, const std::vector<ReferencePosterior>& exact) {
  const auto n = static_cast<Eigen::Index>(exact.size());
  const Eigen::Index d = exact.front().mean.size(), n_samples = exact.front().samples.rows();
  std::vector<AnswerDistance> distances;
  {
    const posterior::Posterior learnt(path);  // closed before the file is opened for writing
    for (Eigen::Index i = 0; i < n; ++i) {
      const ReferencePosterior& p = exact[static_cast<std::size_t>(i)];
      distances.push_back(
          distance(AnswerSummary::of(learnt.samples(i)), {p.mean, p.standard_deviation, p.mean, p.mean}));
    }
  }
  const auto matrix = [&](const auto& of) {
    Matrix values(n, d);
    for (Eigen::Index i = 0; i < n; ++i) values.row(i) = of(exact[static_cast<std::size_t>(i)], i);
    return values;
  };
  const auto of_distance = [&](solver::Vector AnswerDistance::*member) {
    return matrix([&](const auto&, Eigen::Index i) {
      return (distances[static_cast<std::size_t>(i)].*member).transpose().eval();
    });
  };
  Matrix converged(n, 1), evaluations(n, 1);
  for (Eigen::Index i = 0; i < n; ++i) {
    converged(i, 0) = exact[static_cast<std::size_t>(i)].converged ? 1 : 0;
    evaluations(i, 0) = static_cast<double>(exact[static_cast<std::size_t>(i)].evaluations);
  }

  base::Hdf5File file = base::Hdf5File::open(path, base::Hdf5File::Access::write);
  file.create_group("/reference");
  file.create_array("/reference/samples",
                    {static_cast<hsize_t>(n), static_cast<hsize_t>(n_samples), static_cast<hsize_t>(d)});
  for (Eigen::Index i = 0; i < n; ++i)
    file.write_rows("/reference/samples", static_cast<hsize_t>(i), 1,
                    exact[static_cast<std::size_t>(i)].samples.data());
  file.set_attribute("/reference/samples", "unit", std::string("of each unknown, see /unknowns/unit"));
  file.set_attribute("/reference/samples", "axes", std::string("measurement, sample, unknown"));
  const auto write = [&](const char* name, const char* unit, solver::Vector ReferencePosterior::*member) {
    write_result(file, std::string("/reference/") + name,
                 matrix([&](const auto& p, Eigen::Index) { return (p.*member).transpose().eval(); }), unit,
                 "measurement, unknown");
  };
  write("mean", "of each unknown, see /unknowns/unit", &ReferencePosterior::mean);
  write("standard_deviation", "of each unknown, see /unknowns/unit", &ReferencePosterior::standard_deviation);
  write("rhat", "1", &ReferencePosterior::rhat);
  write("ess_bulk", "1", &ReferencePosterior::ess_bulk);
  write("ess_tail", "1", &ReferencePosterior::ess_tail);
  write_result(file, "/reference/distance", of_distance(&AnswerDistance::mean), "exact standard deviations",
               "measurement, unknown");
  write_result(file, "/reference/sd_ratio", of_distance(&AnswerDistance::ratio), "1", "measurement, unknown");
  write_result(file, "/reference/converged", converged, "1", "measurement");
  write_result(file, "/reference/evaluations", evaluations, "1", "measurement");
  file.close();
}

}  // namespace scorefem::certificate
