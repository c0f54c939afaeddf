#include "pipeline/gates.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace scorefem {
namespace {

Gate make_gate(const std::string& name, const std::string& meaning, double statistic, double low,
               double high) {
  return {name, meaning, statistic, low, high, statistic >= low && statistic <= high};
}

Gate coverage_gate(const ExpectedCoverage& coverage, int n_sd) {
  const Eigen::Index at = coverage.at_standard_deviations(n_sd);
  char meaning[80];
  std::snprintf(meaning, sizeof meaning, "share of truths in the central %.1f %% intervals",
                100 * coverage.level(at));
  return make_gate("coverage_" + std::to_string(n_sd) + "sd", meaning, coverage.share(at), coverage.low(at),
                   coverage.high(at));
}

Gate rank_gate(const std::string& name, const UniformityTest& test, const std::string& what) {
  return make_gate(name, "p-value of uniform ranks of " + what, test.p_value, kGateLevel, 1);
}

}  // namespace

std::vector<Gate> gates(const Calibration& calibration, Eigen::Index segments_per_wall) {
  const int worst = calibration.segments.worst;
  const std::string segment = std::string(worst < segments_per_wall ? "lower" : "upper") + " wall, segment " +
                              std::to_string(worst % segments_per_wall + 1);
  std::vector<Gate> all{
      coverage_gate(calibration.coverage, 1), coverage_gate(calibration.coverage, 2),
      rank_gate("sbc", calibration.segments, "the truth in each segment (least uniform: " + segment + ")"),
      rank_gate("tarp", calibration.tarp, "the distance to a random point")};
  if (calibration.predictive) {
    all.push_back(
        rank_gate("predictive", *calibration.predictive, "the likelihood, through the forward model"));
  }
  return all;
}

nlohmann::json to_json(const std::vector<Gate>& gates) {
  nlohmann::json list = nlohmann::json::array();
  for (const Gate& gate : gates) {
    list.push_back({{"name", gate.name},
                    {"meaning", gate.meaning},
                    {"statistic", gate.statistic},
                    {"band", {gate.low, gate.high}},
                    {"level", kGateLevel},
                    {"pass", gate.pass}});
  }
  return list;
}

void print_gates(const nlohmann::json& gates) {
  std::printf("calibration of the learnt posterior (each gate fails by chance in %g %% of cases)\n",
              100 * kGateLevel);
  for (const nlohmann::json& gate : gates) {
    std::printf("  %s  %-12s  %6.4f in [%.4f, %.4f]  %s\n", gate.at("pass").get<bool>() ? "PASS" : "FAIL",
                gate.at("name").get<std::string>().c_str(), gate.at("statistic").get<double>(),
                gate.at("band").at(0).get<double>(), gate.at("band").at(1).get<double>(),
                gate.at("meaning").get<std::string>().c_str());
  }
  std::printf("\n");
  std::fflush(stdout);
}

bool all_pass(const nlohmann::json& gates) {
  return std::all_of(gates.begin(), gates.end(),
                     [](const nlohmann::json& gate) { return gate.at("pass").get<bool>(); });
}

}  // namespace scorefem
