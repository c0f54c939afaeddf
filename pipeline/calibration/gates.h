#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pipeline/calibration/answer_measures.h"
#include "pipeline/calibration/detectable.h"
#include "pipeline/problem/layout.h"

namespace scorefem::calibration {

/// The probability with which a calibrated posterior fails a gate. It holds for the gate as a whole, with all
/// its unknowns; of the five gates together at most 5 in 100 calibrated posteriors fail one.
constexpr double kGateLevel = 0.01;

/// Why there are no gates without noise.
constexpr const char* kNoGates =
    "no gates without noise: where the observations determine the unknowns, the posterior is a point";

/// A test of calibration that a posterior passes or fails, without any reference; or that says that there are
/// not enough measurements to tell.
struct Gate {
  std::string name;     //!< coverage_1sd, coverage_2sd, sbc, tarp, predictive
  std::string meaning;  //!< of the statistic, for a person
  double statistic;
  double low, high;    //!< band: it passes from low to high, both included
  Detectable detects;  //!< the least miscalibration that it notices at these sizes
  bool pass;           //!< within the band, and able to tell

  /// "PASS", "FAIL", or why it is neither.
  std::string verdict() const;
};

/// @param unknowns to name the one that deviates most
std::vector<Gate> gates(const Calibration& calibration, const problem::Layout& unknowns);

/// @param learnt,exact gates of the same kinds; exact is empty if there is no exact answer. The exact
/// answer's statistic, band and verdict are the entry "exact" of each gate: it fails by chance, or if it is
/// not exact.
nlohmann::json to_json(const std::vector<Gate>& learnt, const std::vector<Gate>& exact);
/// A line for each on standard output, with PASS or FAIL, and the exact answer's verdict; kNoGates if there
/// is none.
/// @param gates as to_json() made them
void print_gates(const nlohmann::json& gates);
/// Whether every gate passed: one that cannot tell did not.
bool all_pass(const nlohmann::json& gates);
/// Whether a gate failed, which one that cannot tell did not either.
bool any_fails(const nlohmann::json& gates);

}  // namespace scorefem::calibration
