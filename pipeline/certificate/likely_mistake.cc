#include "pipeline/certificate/likely_mistake.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>
#include <vector>

namespace scorefem::certificate {
namespace {

using posterior::TrainingMeasurements;
using solver::Vector;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
/// A change explains a measurement that is then as near as one of a hundred.
constexpr double kExplained = 0.01;

double likeness(TrainingMeasurements& training, const Vector& measurement) {
  if ((measurement.array() == measurement.array()).count() == 0) return 0;
  const posterior::TrainingDistance distance = training.distance(measurement);
  return std::min(distance.p_value, distance.noise_p_value);
}

std::string text(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

bool is_mark(double value) {
  constexpr std::array<double, 8> kMarks = {99, 999, 9999, 99999, 99.99, 999.9, 999.99, 9999.9};
  return std::abs(value) > 1e15 ||
         std::any_of(kMarks.begin(), kMarks.end(), [&](double mark) { return std::abs(value) == mark; });
}

std::string without_marks(TrainingMeasurements& training, const Vector& measurement,
                          const problem::Layout& observations) {
  Vector rest = measurement;
  Eigen::Index n = 0, last = 0;
  for (Eigen::Index j = 0; j < rest.size(); ++j) {
    if (!is_mark(rest(j))) continue;
    rest(j) = kMissing;
    last = j;
    ++n;
  }
  if (n == 0 || likeness(training, rest) < kExplained) return "";
  return "without " + (n == 1 ? observations[last].name : std::to_string(n) + " observations") + " = " +
         text(measurement(last)) + " it would not be: a mark for a missing value?";
}

std::string without_one(TrainingMeasurements& training, const Vector& measurement,
                        const problem::Layout& observations) {
  double best = 0;
  Eigen::Index at = 0;
  for (Eigen::Index j = 0; j < measurement.size(); ++j) {
    if (measurement(j) != measurement(j)) continue;
    Vector rest = measurement;
    rest(j) = kMissing;
    const double p = likeness(training, rest);
    if (p > best) {
      best = p;
      at = j;
    }
  }
  if (best < kExplained) return "";
  return "without " + observations[at].name + " = " + text(measurement(at)) +
         " it would not be: is that observation wrong?";
}

/// @param way to shift, 1 or -1
Vector shifted(const Vector& measurement, Eigen::Index way) {
  const Eigen::Index m = measurement.size();
  Vector result = Vector::Constant(m, kMissing);
  if (way > 0)
    result.tail(m - 1) = measurement.head(m - 1);
  else
    result.head(m - 1) = measurement.tail(m - 1);
  return result;
}

Vector reversed_groups(const Vector& measurement, const problem::Layout& observations) {
  Vector result = measurement;
  for (const problem::Layout::Group& group : observations.groups()) {
    const std::size_t n = group.members.size();
    for (std::size_t i = 0; i < n; ++i) result(group.members[i]) = measurement(group.members[n - 1 - i]);
  }
  return result;
}

/// A change to all observations, and what it would mean.
struct Change {
  Vector measurement;
  std::string sentence;
};

/// The sentence of the change that makes the measurement most like those of training; empty if none does.
std::string best_of(TrainingMeasurements& training, const std::vector<Change>& changes) {
  double best = kExplained;
  std::string sentence;
  for (const Change& change : changes) {
    const double p = likeness(training, change.measurement);
    if (p <= best) continue;
    best = p;
    sentence = change.sentence;
  }
  return sentence;
}

std::string in_another_order(TrainingMeasurements& training, const Vector& y,
                             const problem::Layout& observations) {
  const std::string question = "it would not be: are the observations in another order?";
  const std::string beginning =
      "shifted by one observation it would not be: do the columns begin at the wrong one?";
  return best_of(training,
                 {{y.reverse(), "in reverse order " + question},
                  {reversed_groups(y, observations), "in reverse order within their groups " + question},
                  {shifted(y, 1), beginning},
                  {shifted(y, -1), beginning}});
}

std::string in_another_unit(TrainingMeasurements& training, const Vector& y) {
  std::vector<Change> changes;
  for (const double factor : {10.0, 100.0, 1e3, 1e4, 1e6, 1e9, 60.0, 3600.0}) {
    for (const double by : {factor, 1 / factor})
      changes.push_back({by * y, "multiplied by " + text(by) + " it would not be: another unit?"});
  }
  changes.push_back({-y, "with the other sign it would not be: another direction?"});
  for (const double offset : {273.15, -273.15}) {
    changes.push_back(
        {y.array() + offset, "with " + text(offset) + " added it would not be: degrees Celsius, or kelvin?"});
  }
  return best_of(training, changes);
}

}  // namespace

std::string likely_mistake(TrainingMeasurements& training, const Vector& measurement,
                           const problem::Layout& observations) {
  if (measurement.size() != observations.size()) return "";  // encoded
  std::string clause = without_marks(training, measurement, observations);
  if (clause.empty()) clause = in_another_order(training, measurement, observations);
  if (clause.empty()) clause = without_one(training, measurement, observations);
  // Last: what is far from the mean is nearer after a division.
  if (clause.empty()) clause = in_another_unit(training, measurement);
  return clause;
}

}  // namespace scorefem::certificate
