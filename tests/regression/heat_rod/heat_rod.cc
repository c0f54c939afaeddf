// An inverse problem of one's own, whole: which heat sources along a rod explain a few thermometers?
// Stationary heat conduction, -conductivity u'' = q on (0, 1), u(0) = u(1) = 0, with q constant on each of n
// equal pieces.
#include <string>

#include "pipeline/problem/forward_model.h"
#include "pipeline/problem/registry.h"

namespace {

using namespace scorefem;
using solver::Matrix;
using solver::Vector;

/// Temperatures are linear in the sources: G from Green's function (1 - max(x, s)) min(x, s) / conductivity.
class Rod : public problem::ForwardModel {
 public:
  explicit Rod(Matrix response) : response_(std::move(response)) {}
  problem::Observations observe(const Matrix& sources) override {
    return {sources * response_.transpose(), {}};
  }
  std::optional<Matrix> response() override { return response_; }

 private:
  Matrix response_;  // [thermometers, pieces]
};

class RodSetup : public problem::ForwardSetup {
 public:
  std::unique_ptr<problem::ForwardSetup> clone() const override { return std::make_unique<RodSetup>(*this); }
  /// The keys of `forward` after `problem`.
  void describe(configuration::Section& s) override {
    s.number("conductivity", conductivity_, configuration::positive(), "");
    s.integer("pieces", pieces_, configuration::between(1, 1000), "of constant source");
    s.numbers("thermometers", thermometers_, configuration::between(0, 1), "positions along the rod");
    s.reject_if(thermometers_.empty(), "thermometers", "at least one");
  }
  /// Names, groups, positions and units for tables and figures; the prior correlates neighbours by position.
  problem::Layout unknowns() const override {
    std::vector<problem::Component> sources;
    for (int i = 0; i < pieces_; ++i)
      sources.push_back({"source " + std::to_string(i + 1), "rod", {(i + 0.5) / pieces_}, "W/m"});
    return problem::Layout(std::move(sources));
  }
  problem::Layout observations() const override {
    std::vector<problem::Component> temperatures;
    for (const double x : thermometers_)
      temperatures.push_back({"T" + std::to_string(temperatures.size() + 1), "", {x}, "K"});
    return problem::Layout(std::move(temperatures));
  }
  bool is_linear() const override { return true; }
  std::unique_ptr<problem::ForwardModel> make(const Vector& /*prior_mean*/) const override {
    Matrix response(static_cast<Eigen::Index>(thermometers_.size()), pieces_);
    for (Eigen::Index i = 0; i < response.rows(); ++i) {
      for (int j = 0; j < pieces_; ++j) {
        const double x = thermometers_[static_cast<std::size_t>(i)];
        const auto integral = [&](double s) {  // of Green's function from 0 to s
          return s <= x ? (1 - x) * s * s / 2 : (1 - x) * x * x / 2 + x * ((s - x) - (s * s - x * x) / 2);
        };
        response(i, j) = (integral((j + 1.0) / pieces_) - integral(double(j) / pieces_)) / conductivity_;
      }
    }
    return std::make_unique<Rod>(response);
  }

 private:
  double conductivity_ = 1;
  int pieces_ = 8;
  std::vector<double> thermometers_ = {0.1, 0.3, 0.5, 0.7, 0.9};
};

const problem::Registered<problem::ForwardSetup, RodSetup> kRod{"heat_rod"};

}  // namespace
