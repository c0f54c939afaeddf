#include "diffusion/numerics/process.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone

namespace {

struct Member {
  const char* name;
  ProcessOptions options;
};

ProcessOptions with(ProcessFamily family, double k = 2.0, double b_min = 0.001) {
  ProcessOptions options;
  options.b_min = b_min;
  options.family = family;
  options.k = k;
  return options;
}

const std::vector<Member>& members() {
  static const std::vector<Member> all = {{"ve_geometric", with(ProcessFamily::ve_geometric)},
                                          {"ve_linear", with(ProcessFamily::ve_linear)},
                                          {"vp_k_half", with(ProcessFamily::vp, 0.5)},
                                          {"vp_k1", with(ProcessFamily::vp, 1.0)},
                                          {"vp_k2", with(ProcessFamily::vp, 2.0)},
                                          {"vp_k3", with(ProcessFamily::vp, 3.0)},
                                          {"vp_k8", with(ProcessFamily::vp, 8.0)},
                                          {"vp_k2_from_0", with(ProcessFamily::vp, 2.0, 0.0)},
                                          {"vp_k8_from_0", with(ProcessFamily::vp, 8.0, 0.0)},
                                          {"straight_k1", with(ProcessFamily::vp_straight, 1.0)},
                                          {"straight_k2", with(ProcessFamily::vp_straight, 2.0)}};
  return all;
}

class EveryProcess : public testing::TestWithParam<Member> {};

INSTANTIATE_TEST_SUITE_P(Family, EveryProcess, testing::ValuesIn(members()),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST_P(EveryProcess, VarianceAndMeanObeyTheirDifferentialEquations) {
  const auto process = make_process(GetParam().options);
  const double h = 1e-5;
  for (double t = 0.05; t < 0.96; t += 0.05) {
    const auto variance = [&](double u) { return process->stddev(u) * process->stddev(u); };
    const double variance_slope = (variance(t + h) - variance(t - h)) / (2.0 * h);
    const double mean_slope = (process->mean(t + h) - process->mean(t - h)) / (2.0 * h);
    const double b = process->drift(t);
    const double g2 = process->diffusion_squared(t);
    EXPECT_NEAR(variance_slope, -b * variance(t) + g2, 1e-6 * (std::abs(g2) + b + 1e-3)) << "t = " << t;
    EXPECT_NEAR(mean_slope, -0.5 * b * process->mean(t), 1e-6 * (b + 1e-3)) << "t = " << t;
  }
}

TEST_P(EveryProcess, StartsWithTheDataAndGrowsNoisier) {
  const auto process = make_process(GetParam().options);
  EXPECT_DOUBLE_EQ(process->mean(0.0), 1.0);
  const double s0 = GetParam().options.family == ProcessFamily::ve_linear ? GetParam().options.s_min : 0.0;
  EXPECT_DOUBLE_EQ(process->stddev(0.0), s0);
  double last = -1.0;
  for (double t = 0.0; t < 1.0; t += 0.01) {
    const double ratio = process->stddev(t) / process->mean(t);
    EXPECT_GT(ratio, last) << "t = " << t;
    last = ratio;
  }
}

TEST_P(EveryProcess, TimeOfRatioInvertsTheRatio) {
  const auto process = make_process(GetParam().options);
  for (double t = 0.01; t < 0.999; t += 0.0123) {
    const double ratio = process->stddev(t) / process->mean(t);
    EXPECT_NEAR(process->time_of_ratio(ratio), t, 1e-9) << "ratio = " << ratio;
  }
  EXPECT_DOUBLE_EQ(process->time_of_ratio(0.0), 0.0);
  EXPECT_DOUBLE_EQ(process->time_of_ratio(1e300), 1.0);
}

TEST(Process, LimitsAtTheEnd) {
  const auto geometric = make_process(with(ProcessFamily::ve_geometric));
  EXPECT_NEAR(geometric->stddev(1.0), std::sqrt(24.0 / (2.0 * std::log(5.0))), 1e-14);
  EXPECT_DOUBLE_EQ(geometric->diffusion_squared(0.0), 1.0);
  EXPECT_DOUBLE_EQ(make_process(with(ProcessFamily::ve_linear))->stddev(1.0), 5.0);
  for (double k : {0.5, 1.0, 2.0, 4.0}) {
    const auto vp = make_process(with(ProcessFamily::vp, k));
    const double m = std::exp(-0.25 * 15.001);
    EXPECT_NEAR(vp->mean(1.0), m, 1e-15);
    EXPECT_NEAR(vp->stddev(1.0), std::pow(1.0 - std::pow(m, k), 1.0 / k), 1e-14);
    const auto straight = make_process(with(ProcessFamily::vp_straight, k));
    EXPECT_DOUBLE_EQ(straight->mean(1.0), 0.0);
    EXPECT_DOUBLE_EQ(straight->stddev(1.0), 1.0);
  }
}

TEST(Process, KnownMembers) {
  const auto preserving = make_process(with(ProcessFamily::vp, 2.0));
  const auto straight = make_process(with(ProcessFamily::vp_straight, 1.0));
  for (double t : {0.1, 0.4, 0.9}) {
    EXPECT_NEAR(std::hypot(preserving->mean(t), preserving->stddev(t)), 1.0, 1e-14);
    EXPECT_NEAR(preserving->diffusion_squared(t), preserving->drift(t), 1e-12);
    EXPECT_NEAR(straight->mean(t), 1.0 - t, 1e-14);
    EXPECT_NEAR(straight->stddev(t), t, 1e-14);
  }
  // g^2 vanishes at t = 0 for k < 2 and is singular there for k > 2.
  EXPECT_EQ(make_process(with(ProcessFamily::vp, 1.0))->diffusion_squared(0.0), 0.0);
  EXPECT_TRUE(std::isinf(make_process(with(ProcessFamily::vp, 3.0))->diffusion_squared(0.0)));
}

TEST(Process, RefusesBadOptionsByName) {
  const auto message = [](ProcessOptions options) -> std::string {
    try {
      make_process(options);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message(with(ProcessFamily::vp, 0.0)), "process: k = 0, allowed: > 0");
  EXPECT_EQ(message(with(ProcessFamily::vp_straight, -1.0)), "process: k = -1, allowed: > 0");
  ProcessOptions options = with(ProcessFamily::ve_linear);
  options.s_min = options.s_max;
  EXPECT_EQ(message(options), "process: s_max = 5, allowed: > s_min");
  options = with(ProcessFamily::ve_geometric);
  options.amplitude = 1.0;
  EXPECT_EQ(message(options), "process: amplitude = 1, allowed: > 1");
  options = with(ProcessFamily::vp);
  options.b_min = 20.0;
  EXPECT_EQ(message(options), "process: b_max = 15, allowed: > b_min");
  options.b_min = std::nan("");
  EXPECT_NE(message(options).find("b_min"), std::string::npos);
}

}  // namespace
