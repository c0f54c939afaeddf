#include "pipeline/report/local_summary.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "pipeline/report/comparison.h"

namespace scorefem::report {

using Json = nlohmann::json;

Json local_summary(const calibration::LocalCalibration& local) {
  constexpr std::size_t kWorst = 5;
  std::vector<Eigen::Index> order;
  for (Eigen::Index i = 0; i < local.p_value.size(); ++i)
    if (local.p_value(i) == local.p_value(i)) order.push_back(i);
  // Many have the least p-value that there is: among these the largest statistic.
  std::stable_sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) {
    if (local.p_value(a) != local.p_value(b)) return local.p_value(a) < local.p_value(b);
    return local.statistic(a) > local.statistic(b);
  });
  Json worst = Json::array();
  for (std::size_t k = 0; k < std::min(kWorst, order.size()); ++k)
    worst.push_back({{"measurement", order[k] + 1},
                     {"p_value", local.p_value(order[k])},
                     {"statistic", local.statistic(order[k])}});
  const auto below = static_cast<double>((local.p_value.array() < 0.05).count());
  return {{"measurements", order.size()},
          {"permutations", calibration::kPermutations},
          {"share_below_0.05", json_number(below / static_cast<double>(order.size()))},
          {"worst", worst}};
}

std::string local_text(const Json& local) {
  if (local.is_null() || !local.contains("worst") || local.at("worst").empty()) return "";
  char line[160];
  std::snprintf(line, sizeof line,
                "local calibration: %.1f %% of %ld measurements have a p-value below 0.05; 5 %% expected\n",
                100 * local.at("share_below_0.05").get<double>(), local.at("measurements").get<long>());
  std::string text = line;
  text += "  least, in measurement:";
  const char* separator = " ";
  for (const Json& one : local.at("worst")) {
    std::snprintf(line, sizeof line, "%s%ld (%.3f)", separator, one.at("measurement").get<long>(),
                  one.at("p_value").get<double>());
    text += line;
    separator = ", ";
  }
  return text +
         "\n  from one classifier: the p-values are small, or not, together; all in "
         "local_calibration.csv\n\n";
}

}  // namespace scorefem::report
