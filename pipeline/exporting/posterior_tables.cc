#include "pipeline/exporting/posterior_tables.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <vector>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/csv.h"
#include "pipeline/base/order_statistics.h"

namespace scorefem::exporting {
namespace {

std::string text_of(double value, int digits) {
  if (value != value) return "";  // as in the program's other tables: nothing is known
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

/// mean, sd, 5 %, 50 %, 95 %.
std::vector<double> summary(const Eigen::VectorXd& samples) {
  const double mean = samples.mean();
  const double sd =
      std::sqrt((samples.array() - mean).square().sum() / static_cast<double>(samples.size() - 1));
  const std::vector<double> values(samples.begin(), samples.end());
  return {mean, sd, base::quantile(values, 0.05), base::quantile(values, 0.5), base::quantile(values, 0.95)};
}

}  // namespace

void write_samples_csv(const posterior::Posterior& posterior, const std::string& path) {
  base::AtomicFile output(path);
  std::ofstream file(output.temporary_path());
  file << "measurement,sample";
  for (const std::string& name : posterior.unknowns().names()) file << ',' << base::csv_text(name);
  file << '\n';
  if (!file) base::fail_on_file("write", path, errno);
  for (Eigen::Index i = 0; i < posterior.n_measurements(); ++i) {
    const solver::Matrix samples = posterior.samples(i);
    for (Eigen::Index k = 0; k < samples.rows(); ++k) {
      file << i + 1 << ',' << k + 1;
      for (Eigen::Index j = 0; j < samples.cols(); ++j) file << ',' << text_of(samples(k, j), 9);
      file << '\n';
    }
    if (!file) base::fail_on_file("write", path, errno);  // before anything else can fail
  }
  file.close();
  if (!file) base::fail_on_file("write", path, errno);
  output.commit();
}

void write_summary_csv(const posterior::Posterior& posterior, const std::string& path) {
  const problem::Layout unknowns = posterior.unknowns();
  std::ostringstream out;
  out << "measurement,unknown,group,unit,mean,sd,5%,50%,95%";
  std::vector<std::string> beside;  // moments that `infer` was asked for
  for (const std::string group : {"reference", "corrected"}) {
    if (!posterior.has("/" + group + "/mean")) continue;
    out << ',' << group << "_mean," << group << "_sd";
    for (const char* moment : {"/mean", "/standard_deviation"}) beside.push_back("/" + group + moment);
  }
  out << '\n';
  for (Eigen::Index i = 0; i < posterior.n_measurements(); ++i) {
    const solver::Matrix samples = posterior.samples(i);
    std::vector<solver::Matrix> moments;
    for (const std::string& array : beside) moments.push_back(posterior.of_measurement(array, i));
    for (Eigen::Index j = 0; j < unknowns.size(); ++j) {
      const problem::Component& unknown = unknowns[j];
      out << i + 1 << ',' << base::csv_text(unknown.name) << ',' << base::csv_text(unknown.group) << ','
          << base::csv_text(unknown.unit);
      for (const double value : summary(samples.col(j))) out << ',' << text_of(value, 7);
      for (const solver::Matrix& moment : moments) out << ',' << text_of(moment(0, j), 7);
      out << '\n';
    }
  }
  base::write_text_file(path, out.str());
}

}  // namespace scorefem::exporting
