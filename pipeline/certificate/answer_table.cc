#include "pipeline/certificate/answer_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace scorefem::certificate {
namespace {

template <class... Values>
std::string text(const char* format, Values... values) {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

const NamedAnswer* exact_of(const std::vector<NamedAnswer>& answers) {
  const auto found =
      std::find_if(answers.begin(), answers.end(), [](const NamedAnswer& a) { return a.name == "exact"; });
  return found == answers.end() ? nullptr : &*found;
}

/// Significant digits of a value by which a thousandth of the standard deviation beside it shows, at least 4.
int digits_beside(double value, double sd) {
  constexpr int kFewest = 4, kMost = 12;
  if (!(std::abs(value) > sd) || !(sd > 0)) return kFewest;
  return std::clamp(4 + static_cast<int>(std::floor(std::log10(std::abs(value) / sd))), kFewest, kMost);
}

}  // namespace

std::string answer_table(const std::string& title, const problem::Layout& unknowns,
                         const std::vector<NamedAnswer>& answers) {
  int width = 7;
  for (const std::string& name : unknowns.names()) width = std::max(width, static_cast<int>(name.size()));
  const NamedAnswer* const exact = exact_of(answers);
  std::string table = title + "\n" + text("  %-*s", width, "unknown");
  for (const NamedAnswer& answer : answers)
    table += text(" | %-14s %10s %21s", answers.size() == 1 ? "mean" : (answer.name + " mean").c_str(), "sd",
                  "90 % interval");
  if (exact) {
    for (const NamedAnswer& answer : answers)
      if (&answer != exact) table += text(" | %9s %8s", (answer.name.substr(0, 9)).c_str(), "sd ratio");
  }
  table += "\n";
  for (Eigen::Index j = 0; j < unknowns.size(); ++j) {
    table += text("  %-*s", width, unknowns[j].name.c_str());
    for (const NamedAnswer& answer : answers) {
      const AnswerSummary& s = answer.summary;
      const double sd = s.standard_deviation(j);
      const int digits = digits_beside(s.mean(j), sd);
      table += text(" | %-14.*g %10.4g %10.*g,%10.*g", digits + 1, s.mean(j), sd, digits, s.lower(j), digits,
                    s.upper(j));
    }
    if (exact) {
      for (const NamedAnswer& answer : answers) {
        if (&answer == exact) continue;
        const AnswerDistance off = distance(answer.summary, exact->summary);
        table += text(" | %+9.3f %8.3f", off.mean(j), off.ratio(j));
      }
    }
    table += (unknowns[j].unit.empty() ? "" : " " + unknowns[j].unit) + "\n";
  }
  if (exact) table += "  last columns: mean less the exact one, in exact standard deviations\n";
  return table;
}

std::string answer_line(const std::string& title, const problem::Layout& unknowns,
                        const std::vector<NamedAnswer>& answers) {
  const NamedAnswer* const exact = exact_of(answers);
  std::string line = title + ":";
  for (const NamedAnswer& answer : answers) {
    const solver::Vector& sd = answer.summary.standard_deviation;
    line += text(" %s sd %.3g to %.3g;", answer.name.c_str(), sd.minCoeff(), sd.maxCoeff());
    if (!exact || &answer == exact) continue;
    const AnswerDistance off = distance(answer.summary, exact->summary);
    Eigen::Index most = 0;
    const double largest = off.mean.cwiseAbs().maxCoeff(&most);
    line += text(" means off by up to %.2f exact sds (%s), sds by %.2f to %.2f;", largest,
                 unknowns[most].name.c_str(), off.ratio.minCoeff(), off.ratio.maxCoeff());
  }
  line.back() = '\n';
  return line;
}

}  // namespace scorefem::certificate
