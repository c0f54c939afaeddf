#include "pipeline/calibration/gates.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace scorefem::calibration {
namespace {

constexpr const char* kCannotTell = "not enough measurements to tell";

Gate make_gate(const std::string& name, const std::string& meaning, double statistic, double low, double high,
               const Detectable& detects) {
  const bool inside = statistic >= low && statistic <= high;
  return {name, meaning, statistic, low, high, detects, inside && detects.can_tell()};
}

Gate coverage_gate(const Calibration& calibration, int n_sd) {
  const ExpectedCoverage& coverage = calibration.coverage;
  const Eigen::Index at = coverage.at_standard_deviations(n_sd);
  char meaning[80];
  std::snprintf(meaning, sizeof meaning, "share of truths in the central %.1f %% intervals",
                100 * coverage.level(at));
  return make_gate("coverage_" + std::to_string(n_sd) + "sd", meaning, coverage.share(at), coverage.low(at),
                   coverage.high(at), detectable(coverage, at, calibration.n_samples));
}

Gate rank_gate(const std::string& name, const UniformityTest& test, const Calibration& calibration,
               const std::string& what) {
  return make_gate(name, "p-value of uniform ranks of " + what, test.p_value, kGateLevel, 1,
                   detectable(test, calibration.n_samples));
}

nlohmann::json to_json(const Gate& gate) {
  return {{"statistic", gate.statistic},
          {"band", {gate.low, gate.high}},
          {"detects", gate.detects.text()},
          {"verdict", gate.verdict()},
          {"pass", gate.pass}};
}

}  // namespace

std::string Gate::verdict() const {
  if (statistic < low || statistic > high) return "FAIL";
  return pass ? "PASS" : kCannotTell;
}

std::vector<Gate> gates(const Calibration& calibration, const problem::Layout& unknowns) {
  const std::string& worst = unknowns[calibration.unknowns.worst].name;
  std::vector<Gate> all{coverage_gate(calibration, 1), coverage_gate(calibration, 2),
                        rank_gate("sbc", calibration.unknowns, calibration,
                                  "the truth in each unknown (least uniform: " + worst + ")"),
                        rank_gate("tarp", calibration.tarp, calibration, "the distance to a random point")};
  if (calibration.predictive) {
    all.push_back(rank_gate("predictive", *calibration.predictive, calibration,
                            "the likelihood, through the forward model"));
  }
  return all;
}

nlohmann::json to_json(const std::vector<Gate>& learnt, const std::vector<Gate>& exact) {
  nlohmann::json list = nlohmann::json::array();
  for (const Gate& gate : learnt) {
    nlohmann::json entry = to_json(gate);
    entry.update({{"name", gate.name}, {"meaning", gate.meaning}, {"level", kGateLevel}});
    entry["exact"] = nullptr;
    for (const Gate& beside : exact) {
      if (beside.name == gate.name) entry["exact"] = to_json(beside);
    }
    list.push_back(entry);
  }
  return list;
}

void print_gates(const nlohmann::json& gates) {
  const auto text = [](const nlohmann::json& verdict) {
    const auto word = verdict.at("verdict").get<std::string>();
    char line[96];
    std::snprintf(line, sizeof line, "%s %6.4f in [%.4f, %.4f]", word == kCannotTell ? "?   " : word.c_str(),
                  verdict.at("statistic").get<double>(), verdict.at("band").at(0).get<double>(),
                  verdict.at("band").at(1).get<double>());
    return std::string(line);
  };
  if (gates.empty()) {
    std::printf("%s\n\n", kNoGates);
    return;
  }
  std::printf("calibration (each gate fails by chance in %g %% of cases)\n  %-12s  %-31s  %s\n",
              100 * kGateLevel, "", "learnt", "exact");
  bool told = true;
  for (const nlohmann::json& gate : gates) {
    const nlohmann::json& exact = gate.at("exact");
    const auto name = gate.at("name").get<std::string>();
    std::printf("  %-12s  %-31s  %-31s  %s\n", name.c_str(), text(gate).c_str(),
                exact.is_null() ? "-" : text(exact).c_str(), gate.at("meaning").get<std::string>().c_str());
    std::printf("  %-12s  notices: %s\n", "", gate.at("detects").get<std::string>().c_str());
    told = told && gate.at("verdict").get<std::string>() != kCannotTell;
  }
  if (!told) std::printf("  ? %s: no PASS\n", kCannotTell);
  std::printf("\n");
  std::fflush(stdout);
}

bool all_pass(const nlohmann::json& gates) {
  return std::all_of(gates.begin(), gates.end(),
                     [](const nlohmann::json& gate) { return gate.at("pass").get<bool>(); });
}

bool any_fails(const nlohmann::json& gates) {
  return std::any_of(gates.begin(), gates.end(), [](const nlohmann::json& gate) {
    return gate.at("verdict").get<std::string>() == "FAIL";
  });
}

}  // namespace scorefem::calibration
