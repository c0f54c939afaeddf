#include "pipeline/certificate/likely_mistake.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <utility>
#include <vector>

namespace scorefem::certificate {
namespace {

using posterior::TrainingMeasurements;
using problem::Measurements;
using solver::Matrix;

/// A change explains a measurement that is then as near as one of a hundred.
constexpr double kExplained = 0.01;

/// What measurements are compared with: changes are made to the user's values, likeness is that of what
/// training saw of them.
struct Training {
  const TrainingMeasurements& measurements;
  const Seen& seen;
};

/// Of each measurement; 0 where nothing is there.
std::vector<double> likeness(const Training& training, const Measurements& measurements) {
  std::vector<double> result;
  for (const posterior::TrainingDistance& distance :
       training.measurements.distances(training.seen(measurements))) {
    const bool there = measurements.n_there(static_cast<Eigen::Index>(result.size())) > 0;
    result.push_back(there ? std::min(distance.p_value, distance.noise_p_value) : 0);
  }
  return result;
}

std::string text(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

/// @param spread of the observations in training: a fill value may also be one that no sensor can give
bool is_mark(double value, double spread) {
  constexpr std::array<double, 8> kMarks = {99, 999, 9999, 99999, 99.99, 999.9, 999.99, 9999.9};
  return std::abs(value) > 1e12 * spread ||
         std::any_of(kMarks.begin(), kMarks.end(), [&](double mark) { return std::abs(value) == mark; });
}

/// @param y one measurement
std::string without_marks(const Training& training, const Measurements& y,
                          const problem::Layout& observations) {
  problem::Mask there = y.there();
  Eigen::Index n = 0, last = 0;
  for (Eigen::Index j = 0; j < y.columns(); ++j) {
    if (!is_mark(y.values()(0, j), training.measurements.spread())) continue;
    there(0, j) = false;
    last = j;
    ++n;
  }
  if (n == 0 || likeness(training, {y.values(), there})[0] < kExplained) return "";
  return "without " + (n == 1 ? observations[last].name : std::to_string(n) + " observations") + " = " +
         text(y.values()(0, last)) + " it would not be: a mark for a missing value?";
}

/// Of all measurements, which are cheap together.
std::vector<std::string> without_one(const Training& training, const Measurements& measurements,
                                     const problem::Layout& observations) {
  const Matrix p = training.measurements.p_values_without_one(training.seen(measurements));
  std::vector<std::string> clauses(static_cast<std::size_t>(p.rows()));
  for (Eigen::Index i = 0; i < p.rows(); ++i) {
    Eigen::Index j = 0;
    if (p.row(i).maxCoeff(&j) < kExplained) continue;
    clauses[static_cast<std::size_t>(i)] = "without " + observations[j].name + " = " +
                                           text(measurements.values()(i, j)) +
                                           " it would not be: is that observation wrong?";
  }
  return clauses;
}

/// The sentence of the change that makes a measurement most like those of training; empty if none does.
/// @param changed the measurement after each change
/// @param sentences what the change would mean
std::string best_of(const Training& training, const Measurements& changed,
                    const std::vector<std::string>& sentences) {
  const std::vector<double> p = likeness(training, changed);
  double best = kExplained;
  std::string sentence;
  for (std::size_t k = 0; k < p.size(); ++k) {
    if (p[k] <= best) continue;
    best = p[k];
    sentence = sentences[k];
  }
  return sentence;
}

/// @param y one measurement
std::string in_another_order(const Training& training, const Measurements& y,
                             const problem::Layout& observations) {
  const std::string question = "it would not be: are the observations in another order?";
  const std::string beginning =
      "shifted by one observation it would not be: do the columns begin at the wrong one?";
  const Eigen::Index m = y.columns();
  // Each in reverse order, all and within their groups, shifted to either side.
  Matrix values = Matrix::Zero(4, m);
  problem::Mask there = problem::Mask::Constant(4, m, false);
  const auto move = [&](Eigen::Index change, Eigen::Index from, Eigen::Index to) {
    values(change, to) = y.values()(0, from);
    there(change, to) = y.there()(0, from);
  };
  for (Eigen::Index j = 0; j < m; ++j) move(0, j, m - 1 - j);
  for (const problem::Layout::Group& group : observations.groups()) {
    const std::size_t n = group.members.size();
    for (std::size_t i = 0; i < n; ++i) move(1, group.members[n - 1 - i], group.members[i]);
  }
  for (Eigen::Index j = 0; j + 1 < m; ++j) {
    move(2, j, j + 1);
    move(3, j + 1, j);
  }
  return best_of(training, {std::move(values), std::move(there)},
                 {"in reverse order " + question, "in reverse order within their groups " + question,
                  beginning, beginning});
}

/// @param y one measurement
std::string in_another_unit(const Training& training, const Measurements& y) {
  std::vector<Matrix> changes;
  std::vector<std::string> sentences;
  const auto add = [&](const Matrix& values, const std::string& sentence) {
    changes.push_back(values);
    sentences.push_back(sentence);
  };
  for (const double factor : {10.0, 100.0, 1e3, 1e4, 1e6, 1e9, 60.0, 3600.0}) {
    for (const double by : {factor, 1 / factor})
      add(by * y.values(), "multiplied by " + text(by) + " it would not be: another unit?");
  }
  add(-y.values(), "with the other sign it would not be: another direction?");
  for (const double offset : {273.15, -273.15}) {
    add(y.values().array() + offset,
        "with " + text(offset) + " added it would not be: degrees Celsius, or kelvin?");
  }
  const auto n = static_cast<Eigen::Index>(changes.size());
  Matrix values(n, y.columns());
  for (Eigen::Index k = 0; k < n; ++k) values.row(k) = changes[static_cast<std::size_t>(k)];
  return best_of(training, {std::move(values), y.there().replicate(n, 1)}, sentences);
}

}  // namespace

std::vector<std::string> likely_mistakes(const TrainingMeasurements& of_training,
                                         const Measurements& measurements,
                                         const problem::Layout& observations, const Seen& seen) {
  std::vector<std::string> clauses(static_cast<std::size_t>(measurements.rows()));
  if (clauses.empty() || seen(measurements.row(0)).columns() != observations.size()) return clauses;
  const Training training{of_training, seen};
  std::vector<Eigen::Index> others;
  for (Eigen::Index i = 0; i < measurements.rows(); ++i) {
    const Measurements y = measurements.row(i);
    std::string& clause = clauses[static_cast<std::size_t>(i)];
    clause = without_marks(training, y, observations);
    if (clause.empty()) clause = in_another_order(training, y, observations);
    if (clause.empty()) others.push_back(i);
  }
  if (others.empty()) return clauses;
  const std::vector<std::string> without = without_one(training, measurements.rows(others), observations);
  for (std::size_t k = 0; k < others.size(); ++k) {
    std::string& clause = clauses[static_cast<std::size_t>(others[k])];
    clause = without[k];
    // Last: what is far from the mean is nearer after a division.
    if (clause.empty()) clause = in_another_unit(training, measurements.row(others[k]));
  }
  return clauses;
}

}  // namespace scorefem::certificate
