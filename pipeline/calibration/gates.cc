#include "pipeline/calibration/gates.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace scorefem::calibration {
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

nlohmann::json verdict(const Gate& gate) {
  return {{"statistic", gate.statistic}, {"band", {gate.low, gate.high}}, {"pass", gate.pass}};
}

}  // namespace

std::vector<Gate> gates(const Calibration& calibration, const problem::Layout& unknowns) {
  const std::string& worst = unknowns[calibration.unknowns.worst].name;
  std::vector<Gate> all{
      coverage_gate(calibration.coverage, 1), coverage_gate(calibration.coverage, 2),
      rank_gate("sbc", calibration.unknowns, "the truth in each unknown (least uniform: " + worst + ")"),
      rank_gate("tarp", calibration.tarp, "the distance to a random point")};
  if (calibration.predictive) {
    all.push_back(
        rank_gate("predictive", *calibration.predictive, "the likelihood, through the forward model"));
  }
  return all;
}

nlohmann::json to_json(const std::vector<Gate>& learnt, const std::vector<Gate>& exact) {
  nlohmann::json list = nlohmann::json::array();
  for (const Gate& gate : learnt) {
    nlohmann::json entry = verdict(gate);
    entry.update({{"name", gate.name}, {"meaning", gate.meaning}, {"level", kGateLevel}});
    entry["exact"] = nullptr;
    for (const Gate& beside : exact) {
      if (beside.name == gate.name) entry["exact"] = verdict(beside);
    }
    list.push_back(entry);
  }
  return list;
}

void print_gates(const nlohmann::json& gates) {
  const auto text = [](const nlohmann::json& verdict) {
    char line[64];
    std::snprintf(line, sizeof line, "%s %6.4f in [%.4f, %.4f]",
                  verdict.at("pass").get<bool>() ? "PASS" : "FAIL", verdict.at("statistic").get<double>(),
                  verdict.at("band").at(0).get<double>(), verdict.at("band").at(1).get<double>());
    return std::string(line);
  };
  if (gates.empty()) {
    std::printf("%s\n", kNoGates);
  } else {
    std::printf("calibration (each gate fails by chance in %g %% of cases)\n  %-12s  %-31s  %s\n",
                100 * kGateLevel, "", "learnt", "exact");
  }
  for (const nlohmann::json& gate : gates) {
    const nlohmann::json& exact = gate.at("exact");
    std::printf("  %-12s  %-31s  %-31s  %s\n", gate.at("name").get<std::string>().c_str(), text(gate).c_str(),
                exact.is_null() ? "-" : text(exact).c_str(), gate.at("meaning").get<std::string>().c_str());
  }
  std::printf("\n");
  std::fflush(stdout);
}

bool all_pass(const nlohmann::json& gates) {
  return std::all_of(gates.begin(), gates.end(),
                     [](const nlohmann::json& gate) { return gate.at("pass").get<bool>(); });
}

}  // namespace scorefem::calibration
