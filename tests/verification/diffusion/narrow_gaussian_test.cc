// Every method on every process, on Gaussians from the unit's width down to a thousandth of it, without a
// statistical error: methods are linear in start and increments, so the variance of what comes out is the sum
// of squared responses to unit ones.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <string>

#include "diffusion/sampling/angle_flow.h"
#include "diffusion/sampling/reverse_integration.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone

namespace {

/// N(0, stddev^2) as a model that knows its score, of a raw network's kind.
class ExactGaussian : public ConditionedModel {
 public:
  ExactGaussian(const Process& process, double stddev) : process_(process), stddev_(stddev) {}

  torch::Tensor score(const torch::Tensor& x, double t) override {
    const double spread = std::hypot(process_.mean(t) * stddev_, process_.stddev(t));
    return -x / (spread * spread);
  }
  torch::Tensor flow(const torch::Tensor& w, double theta) override {
    return angle_flow(process_, [this](const torch::Tensor& x, double t) { return score(x, t); })(w, theta);
  }
  double initial_stddev(double t) const override { return process_.stddev(t); }
  double initial_angle() const override { return std::atan(process_.ratio(process_.start_time())); }
  double smallest_angle() const override { return std::atan(std::max(kSmallestRatio, process_.ratio(0.0))); }
  torch::Tensor near_gaussian() const override { return torch::zeros({n_rows}, torch::kBool); }
  std::unique_ptr<ConditionedModel> select(const torch::Tensor& rows) const override {
    auto selected = std::make_unique<ExactGaussian>(process_, stddev_);
    selected->n_rows = rows.size(0);
    return selected;
  }
  torch::Tensor to_physical(const torch::Tensor& state) const override { return state; }

  std::int64_t n_rows = 1;

 private:
  const Process& process_;
  double stddev_;
};

/// Standard deviation that a method gives to N(0, stddev^2), over stddev.
double width_ratio(const Process& process, double stddev, const SamplerOptions& sampler) {
  const bool stochastic =
      sampler.method == Method::euler_maruyama || sampler.method == Method::stochastic_heun;
  ExactGaussian model(process, stddev);
  model.n_rows = stochastic ? sampler.steps + 1 : 1;
  torch::Tensor start = torch::zeros({model.n_rows, 1}, torch::kFloat64);
  // The samplers start from the kernel alone; what is tested is the way from the right width.
  const double begin = process.start_time();
  start[0][0] = std::hypot(process.mean(begin) * stddev, process.stddev(begin)) / process.stddev(begin);
  const Increments unit = [&](int step) {
    torch::Tensor z = torch::zeros_like(start);
    z[step + 1][0] = 1.0;
    return z;
  };
  SamplerStatistics statistics;
  const torch::Tensor end =
      integrate_reverse(model, process, start, sampler.resolved_for(process, Network::mlp), unit, statistics);
  return end.square().sum().sqrt().item<double>() / stddev;
}

struct Member {
  std::string name;
  ProcessOptions options;

  friend std::ostream& operator<<(std::ostream& out, const Member& member) { return out << member.name; }
};

std::vector<Member> members() {
  std::vector<Member> all(3);
  all[0].name = "ve_geometric";
  all[1].name = "ve_linear";
  all[1].options.s_min = 1e-5;
  all[2].name = "ve_linear_from_0";
  all[2].options.s_min = 0.0;
  for (Member* member : {&all[1], &all[2]}) member->options.family = ProcessFamily::ve_linear;
  for (const auto& [name, k] : {std::pair{"0_5", 0.5}, std::pair{"1", 1.0}, std::pair{"2", 2.0},
                                std::pair{"3", 3.0}, std::pair{"8", 8.0}}) {
    for (const ProcessFamily family : {ProcessFamily::vp, ProcessFamily::vp_straight}) {
      Member member{(family == ProcessFamily::vp ? "vp_k" : "vp_straight_k") + std::string(name), {}};
      member.options.family = family;
      member.options.k = k;
      all.push_back(member);
      if (family != ProcessFamily::vp) continue;
      member.name += "_from_0";
      member.options.b_min = 0.0;
      all.push_back(member);
    }
  }
  return all;
}

class NarrowGaussian : public testing::TestWithParam<Member> {};
INSTANTIATE_TEST_SUITE_P(Family, NarrowGaussian, testing::ValuesIn(members()),
                         [](const auto& instance) { return instance.param.name; });

/// What is left of the width's error with `steps` steps: kSmallestRatio leaves half a percent at 1e-3, a step
/// of length h in log(s / m) costs a method of first order up to (1 + alpha) h / 2.
TEST_P(NarrowGaussian, HasItsWidthByEveryMethod) {
  const auto process = make_process(GetParam().options);
  const double range = std::log(process->ratio(process->start_time()) / kSmallestRatio);
  for (int method = 0; method <= static_cast<int>(Method::stochastic_heun); ++method) {
    SamplerOptions sampler;
    sampler.method = static_cast<Method>(method);
    sampler.steps = 400;
    sampler.rtol = sampler.atol = 1e-7;  // the defaults, 1e-5, leave up to 6 % of a width of 1e-3
    const double h = range / sampler.steps;
    const bool first_order = sampler.method == Method::euler || sampler.method == Method::angle_euler ||
                             sampler.method == Method::euler_maruyama;
    const double tolerance = 0.01 + (first_order ? h : 2.0 * h * h);
    for (const double stddev : {1.0, 0.1, 0.01, 1e-3})
      EXPECT_NEAR(width_ratio(*process, stddev, sampler), 1.0, tolerance)
          << "method " << method << ", standard deviation " << stddev;
  }
}

}  // namespace
