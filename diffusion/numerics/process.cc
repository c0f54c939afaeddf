#include "diffusion/numerics/process.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "diffusion/numerics/require.h"

namespace scorefem::diffusion {

namespace {

double clamp_time(double t) {
  return std::clamp(t, 0.0, 1.0);
}

// Formulas that are needed of a number and of a tensor are templates: the functions that they call are found
// for either.
using std::exp;
using std::expm1;
using std::log1p;
using std::pow;
using std::sqrt;

double ones_like(double) {
  return 1.0;
}

/// m and s by a family's mean_at() and stddev_at(), for numbers and tensors. On the CPU a tensor's numbers
/// are exactly those of its elements.
template <class Family>
class WithKernel : public Process {
 public:
  double mean(double t) const override { return of().mean_at(t); }
  double stddev(double t) const override { return of().stddev_at(t); }
  at::Tensor mean(const at::Tensor& t) const override {
    return t.device().is_cpu() ? each(t, [this](double one) { return mean(one); }) : of().mean_at(t);
  }
  at::Tensor stddev(const at::Tensor& t) const override {
    return t.device().is_cpu() ? each(t, [this](double one) { return stddev(one); }) : of().stddev_at(t);
  }

 private:
  const Family& of() const { return static_cast<const Family&>(*this); }
  template <class Function>
  static at::Tensor each(const at::Tensor& t, const Function& function) {
    at::Tensor values = at::empty_like(t, at::MemoryFormat::Contiguous);
    const at::Tensor from = t.contiguous();
    std::transform(from.data_ptr<double>(), from.data_ptr<double>() + t.numel(), values.data_ptr<double>(),
                   function);
    return values;
  }
};

/// Base of the variance-exploding members: m = 1, b = 0.
template <class Family>
class VarianceExploding : public WithKernel<Family> {
 public:
  template <class Number>
  Number mean_at(const Number& t) const {
    return ones_like(t);
  }
  double drift(double) const override { return 0.0; }
};

class VeGeometric : public VarianceExploding<VeGeometric> {
 public:
  explicit VeGeometric(const ProcessOptions& o) : two_log_a_(2.0 * std::log(o.amplitude)) {}
  template <class Number>
  Number stddev_at(const Number& t) const {
    return sqrt(expm1(two_log_a_ * t) / two_log_a_);
  }
  double diffusion_squared(double t) const override { return std::exp(two_log_a_ * t); }
  double time_of_ratio(double ratio) const override {
    return clamp_time(std::log1p(two_log_a_ * ratio * ratio) / two_log_a_);
  }

 private:
  double two_log_a_;
};

class VeLinear : public VarianceExploding<VeLinear> {
 public:
  explicit VeLinear(const ProcessOptions& o) : s_min_(o.s_min), slope_(o.s_max - o.s_min) {}
  template <class Number>
  Number stddev_at(const Number& t) const {
    return s_min_ + slope_ * t;
  }
  double diffusion_squared(double t) const override { return 2.0 * stddev_at(t) * slope_; }
  double time_of_ratio(double ratio) const override { return clamp_time((ratio - s_min_) / slope_); }

 private:
  double s_min_;
  double slope_;
};

/// Members of exponent k: with B = int_0^t b, m = exp(-B/2), s = (1 - m^k)^(1/k), g^2 = b (1 -
/// m^k)^((2-k)/k). A family has integrated_drift(t), B, and its inverse.
template <class Family>
class VariancePreserving : public WithKernel<Family> {
 public:
  explicit VariancePreserving(double k) : k_(k) {}
  template <class Number>
  Number mean_at(const Number& t) const {
    return exp(-0.5 * of().integrated_drift(t));
  }
  template <class Number>
  Number stddev_at(const Number& t) const {
    return pow(one_minus_mean_to_k(t), 1.0 / k_);
  }
  double diffusion_squared(double t) const override {
    return this->drift(t) * std::pow(one_minus_mean_to_k(t), (2.0 - k_) / k_);
  }
  double time_of_ratio(double ratio) const override {
    // (1 + ratio^k)^(-1/k) = m = exp(-B/2); log1p(exp(.)) would overflow for a huge ratio, hence the branch.
    const double power = std::pow(ratio, k_);
    const double log_term = std::isinf(power) ? k_ * std::log(ratio) : std::log1p(power);
    return clamp_time(of().time_of_integrated_drift(2.0 / k_ * log_term));
  }

 private:
  const Family& of() const { return static_cast<const Family&>(*this); }
  template <class Number>
  Number one_minus_mean_to_k(const Number& t) const {
    return -expm1(-0.5 * k_ * of().integrated_drift(t));
  }
  double k_;
};

class VpLinearDrift : public VariancePreserving<VpLinearDrift> {
 public:
  explicit VpLinearDrift(const ProcessOptions& o)
      : VariancePreserving(o.k), b_min_(o.b_min), slope_(o.b_max - o.b_min) {}
  double drift(double t) const override { return b_min_ + slope_ * t; }
  template <class Number>
  Number integrated_drift(const Number& t) const {
    return t * (b_min_ + 0.5 * slope_ * t);
  }
  double time_of_integrated_drift(double value) const {
    if (value == 0.0) return 0.0;  // with b_min = 0 the quotient would be 0 / 0
    // The positive root in the form that does not cancel.
    return 2.0 * value / (b_min_ + std::sqrt(b_min_ * b_min_ + 2.0 * slope_ * value));
  }

 private:
  double b_min_;
  double slope_;
};

class VpStraight : public VariancePreserving<VpStraight> {
 public:
  explicit VpStraight(const ProcessOptions& o) : VariancePreserving(o.k) {}
  double drift(double t) const override { return 2.0 / (1.0 - t); }
  double start_time() const override { return 1.0 - 1e-3; }
  template <class Number>
  Number integrated_drift(const Number& t) const {
    return -2.0 * log1p(-t);
  }
  double time_of_integrated_drift(double value) const { return -std::expm1(-0.5 * value); }
};

}  // namespace

void ProcessOptions::validate() const {
  const auto finite = [](double value) { return std::isfinite(value); };
  switch (family) {
    case ProcessFamily::ve_geometric:
      require(finite(amplitude) && amplitude > 1.0, "process: amplitude", amplitude, "> 1");
      break;
    case ProcessFamily::ve_linear:
      require(finite(s_min) && s_min >= 0.0, "process: s_min", s_min, ">= 0");
      require(finite(s_max) && s_max > s_min, "process: s_max", s_max, "> s_min");
      break;
    case ProcessFamily::vp:
      require(finite(b_min) && b_min >= 0.0, "process: b_min", b_min, ">= 0");
      require(finite(b_max) && b_max > b_min, "process: b_max", b_max, "> b_min");
      require(finite(k) && k > 0.0, "process: k", k, "> 0");
      break;
    case ProcessFamily::vp_straight:
      require(finite(k) && k > 0.0, "process: k", k, "> 0");
      break;
  }
}

std::unique_ptr<Process> make_process(const ProcessOptions& options) {
  options.validate();
  switch (options.family) {
    case ProcessFamily::ve_geometric:
      return std::make_unique<VeGeometric>(options);
    case ProcessFamily::ve_linear:
      return std::make_unique<VeLinear>(options);
    case ProcessFamily::vp:
      return std::make_unique<VpLinearDrift>(options);
    case ProcessFamily::vp_straight:
      return std::make_unique<VpStraight>(options);
  }
  throw std::invalid_argument("process: unknown family");
}

}  // namespace scorefem::diffusion
