#include "pipeline/certificate/exact_posteriors.h"

#include <numeric>

#include "pipeline/base/hdf5_file.h"
#include "pipeline/certificate/answer_summary.h"
#include "pipeline/certificate/result_array.h"

namespace scorefem::certificate {

using solver::Matrix;
using truth::ReferencePosterior;

std::vector<ReferencePosterior> exact_posteriors(const truth::StudyPosterior& posterior,
                                                 const Matrix& measurement,
                                                 const std::function<void(Eigen::Index)>& done) {
  std::vector<ReferencePosterior> result(static_cast<std::size_t>(measurement.rows()));
  std::vector<Eigen::Index> rows(result.size());
  std::iota(rows.begin(), rows.end(), 0);
  Eigen::Index n_done = 0;
  posterior.sample(measurement, rows, [&](Eigen::Index row, const ReferencePosterior& drawn) {
    result[static_cast<std::size_t>(row)] = drawn;
    done(++n_done);
  });
  return result;
}

void write_exact(const std::string& path, const std::vector<ReferencePosterior>& exact) {
  const auto n = static_cast<Eigen::Index>(exact.size());
  const Eigen::Index d = exact.front().mean.size(), n_samples = exact.front().samples.rows();
  const posterior::Posterior learnt(path);
  const auto matrix = [&](const auto& of) {
    Matrix values(n, d);
    for (Eigen::Index i = 0; i < n; ++i) values.row(i) = of(exact[static_cast<std::size_t>(i)], i);
    return values;
  };
  const auto far = [&](const ReferencePosterior& p, Eigen::Index i) {
    return distance(AnswerSummary::of(learnt.samples(i)), {p.mean, p.standard_deviation, p.mean, p.mean});
  };
  const Matrix off = matrix([&](const auto& p, Eigen::Index i) { return far(p, i).mean.transpose().eval(); });
  const Matrix ratio =
      matrix([&](const auto& p, Eigen::Index i) { return far(p, i).ratio.transpose().eval(); });
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
  write_result(file, "/reference/distance", off, "exact standard deviations", "measurement, unknown");
  write_result(file, "/reference/sd_ratio", ratio, "1", "measurement, unknown");
  write_result(file, "/reference/converged", converged, "1", "measurement");
  write_result(file, "/reference/evaluations", evaluations, "1", "measurement");
  file.close();
}

}  // namespace scorefem::certificate
