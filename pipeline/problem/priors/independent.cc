#include "pipeline/problem/priors/independent.h"

#include <limits>

#include "pipeline/base/errors.h"

namespace scorefem::problem {

using solver::Matrix;
using solver::Vector;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kLogNormal = 1, kUniform = 2, kTruncatedNormal = 3;  // in the order of the names below

}  // namespace

void IndependentSetup::Entry::describe(configuration::Section& s) {
  s.choice("distribution", distribution, {"normal", "log_normal", "uniform", "truncated_normal"}, "");
  if (distribution != kUniform) {
    s.number("mean", mean, {}, distribution == kLogNormal ? "of the logarithm" : "");
    s.number("sd", sd, configuration::positive(), distribution == kLogNormal ? "of the logarithm" : "");
  }
  if (distribution != 0) s.number("lower", lower, {}, "least value");
  if (distribution == kUniform || distribution == kTruncatedNormal) {
    s.number("upper", upper, {}, "greatest value");
    s.reject_if(!(lower < upper), "upper", "more than lower");
    const double reach = 30;  // standard deviations: beyond, no double is left between the bounds' shares
    s.reject_if(distribution == kTruncatedNormal && (lower > mean + reach * sd || upper < mean - reach * sd),
                "mean", "bounds within 30 sd of the mean");
  }
}

Marginal IndependentSetup::Entry::marginal() const {
  switch (distribution) {
    case kLogNormal:
      return {Marginal::Kind::log_normal, mean, sd, lower, kInfinity};
    case kUniform:
      return {Marginal::Kind::uniform, 0, 1, lower, upper};
    case kTruncatedNormal:
      return {Marginal::Kind::truncated_normal, mean, sd, lower, upper};
    default:
      return {Marginal::Kind::normal, mean, sd, -kInfinity, kInfinity};
  }
}

void IndependentSetup::describe(configuration::Section& s) {
  std::size_t n = components_.size();
  s.sections(
      "components", n,
      [&](configuration::Section& c, std::size_t i) {
        if (components_.size() <= i) components_.resize(i + 1);
        c.required().text("name", components_[i].name, "of the unknown");
        components_[i].describe(c);
      },
      "one for each unknown, in any order");
  components_.resize(n);
  if (components_.empty()) all_.describe(s);
}

std::shared_ptr<const Prior> IndependentSetup::make(const Layout& unknowns) const {
  std::vector<Marginal> marginals;
  if (!components_.empty() && static_cast<Eigen::Index>(components_.size()) != unknowns.size()) {
    throw base::InputError("prior.components = " + std::to_string(components_.size()) +
                           " entries; expected " + std::to_string(unknowns.size()) +
                           ", one for each unknown");
  }
  for (const std::string& name : unknowns.names()) {
    if (components_.empty()) {
      marginals.push_back(all_.marginal());
      continue;
    }
    const auto found = std::find_if(components_.begin(), components_.end(),
                                    [&](const Entry& entry) { return entry.name == name; });
    if (found == components_.end())
      throw base::InputError("prior.components: expected an entry for the unknown '" + name + "'");
    marginals.push_back(found->marginal());
  }
  const Eigen::Index d = unknowns.size();
  return std::make_shared<const Prior>(Vector::Zero(d), Matrix::Identity(d, d), std::move(marginals));
}

}  // namespace scorefem::problem
