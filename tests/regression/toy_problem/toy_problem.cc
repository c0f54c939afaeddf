// A forward model, a prior and a noise model that the program knows nothing of: all that it takes to bring an
// inverse problem of one's own is in this file. Two unknowns without positions, three observations.
#include <cmath>
#include <memory>

#include "pipeline/problem/forward_model.h"
#include "pipeline/problem/noise.h"
#include "pipeline/problem/prior.h"
#include "pipeline/problem/registry.h"

namespace {

using namespace scorefem;
using configuration::Section;
using solver::Matrix;
using solver::Vector;

/// rate > 0 and a share in (0, 1): (rate, rate share, share^power).
class ToyModel : public problem::ForwardModel {
 public:
  explicit ToyModel(double power) : power_(power) {}
  problem::Observations observe(const Matrix& unknowns) override {
    problem::Observations observed{Matrix(unknowns.rows(), 3), {}};
    observed.values.col(0) = unknowns.col(0);
    observed.values.col(1) = unknowns.col(0).cwiseProduct(unknowns.col(1));
    observed.values.col(2) = unknowns.col(1).array().pow(power_);
    return observed;
  }

 private:
  double power_;
};

class ToySetup : public problem::ForwardSetup {
 public:
  std::unique_ptr<problem::ForwardSetup> clone() const override { return std::make_unique<ToySetup>(*this); }
  void describe(Section& s) override {
    s.number("power", power_, configuration::positive(), "of the third observation");
  }
  problem::Layout unknowns() const override {
    return problem::Layout({{"rate", "", {}, "1/s", 0}, {"share", "", {}, "", 0, 1}});
  }
  problem::Layout observations() const override {
    return problem::Layout({{"total", "", {}, "1/s"}, {"part", "", {}, "1/s"}, {"level", "", {}, ""}});
  }
  std::unique_ptr<problem::ForwardModel> make(const Vector& /*prior_mean*/) const override {
    return std::make_unique<ToyModel>(power_);
  }

 private:
  double power_ = 2;
};

/// A log-normal rate and a uniform share whose normal scores are correlated.
class ToyPriorSetup : public problem::PriorSetup {
 public:
  std::unique_ptr<problem::PriorSetup> clone() const override {
    return std::make_unique<ToyPriorSetup>(*this);
  }
  void describe(Section& s) override {
    s.number("correlation", correlation_, configuration::between(-0.99, 0.99), "of the normal scores");
  }
  std::shared_ptr<const problem::Prior> make(const problem::Layout& /*unknowns*/) const override {
    Matrix covariance(2, 2);
    covariance << 1, correlation_, correlation_, 1;
    return std::make_shared<const problem::Prior>(
        Vector::Zero(2), covariance,
        std::vector<problem::Marginal>{{problem::Marginal::Kind::log_normal, 0.5, 0.4, 0, INFINITY},
                                       {problem::Marginal::Kind::uniform, 0, 1, 0, 1}});
  }

 private:
  double correlation_ = 0;
};

/// Independent Gaussian noise, three times as much on the first observation as on the others.
class ToyNoise : public problem::Noise {
 public:
  explicit ToyNoise(double sd) : sd_(Vector::Constant(3, sd)) { sd_(0) *= 3; }
  Matrix measure(const Matrix& clean, const Matrix& normal) const override {
    return clean + normal * sd_.asDiagonal();
  }
  Matrix standardise(const Matrix& values) const override { return values * sd_.cwiseInverse().asDiagonal(); }
  double level() const override { return 1; }

 private:
  Vector sd_;
};

class ToyNoiseSetup : public problem::NoiseSetup {
 public:
  std::unique_ptr<problem::NoiseSetup> clone() const override {
    return std::make_unique<ToyNoiseSetup>(*this);
  }
  void describe(Section& s) override { s.number("sd", sd_, configuration::positive(), ""); }
  std::shared_ptr<const problem::Noise> make(const problem::Layout& /*observations*/,
                                             double /*unit*/) const override {
    return std::make_shared<ToyNoise>(sd_);
  }

 private:
  double sd_ = 0.1;
};

const problem::Registered<problem::ForwardSetup, ToySetup> kModel{"toy"};
const problem::Registered<problem::PriorSetup, ToyPriorSetup> kPrior{"toy"};
const problem::Registered<problem::NoiseSetup, ToyNoiseSetup> kNoise{"toy"};

}  // namespace
