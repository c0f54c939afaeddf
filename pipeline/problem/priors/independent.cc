#include "pipeline/problem/priors/independent.h"

#include <limits>

#include "pipeline/base/errors.h"

namespace scorefem::problem {

using solver::Matrix;
using solver::Vector;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
using Kind = Marginal::Kind;

}  // namespace

void IndependentSetup::Entry::describe(configuration::Section& s) {
  s.choice("distribution", distribution,
           {{Kind::normal, "normal"},
            {Kind::log_normal, "log_normal"},
            {Kind::uniform, "uniform"},
            {Kind::truncated_normal, "truncated_normal"}},
           "");
  if (distribution != Kind::uniform) {
    s.number("mean", mean, {}, distribution == Kind::log_normal ? "of the logarithm" : "");
    s.number("sd", sd, configuration::positive(), distribution == Kind::log_normal ? "of the logarithm" : "");
  }
  if (distribution == Kind::log_normal) {
    double above = lower.value_or(0);
    s.number("lower", above, {}, "least value");
    lower = above;
  }
  if (distribution == Kind::uniform || distribution == Kind::truncated_normal) {
    s.optional_number("lower", lower, {}, "least value");
    s.optional_number("upper", upper, {}, "greatest value");
    s.reject_if(distribution == Kind::uniform && !(lower && upper), "distribution",
                "both lower and upper for uniform");
    s.reject_if(!lower && !upper, "distribution",
                "lower, upper or both for truncated_normal; normal is the one without bounds");
    s.reject_if(!(least() < greatest()), "upper", "more than lower");
    const double reach = 30;  // standard deviations: beyond, no double is left between the bounds' shares
    s.reject_if(distribution == Kind::truncated_normal &&
                    (least() > mean + reach * sd || greatest() < mean - reach * sd),
                "mean", "bounds within 30 sd of the mean");
  }
}

Marginal IndependentSetup::Entry::marginal() const {
  switch (distribution) {
    case Kind::log_normal:
      return {Kind::log_normal, mean, sd, lower.value_or(0), kInfinity};
    case Kind::uniform:
      return {Kind::uniform, 0, 1, least(), greatest()};
    case Kind::truncated_normal:
      return {Kind::truncated_normal, mean, sd, least(), greatest()};
    default:
      return {Kind::normal, mean, sd, -kInfinity, kInfinity};
  }
}

double IndependentSetup::Entry::least() const {
  return lower.value_or(-kInfinity);
}

double IndependentSetup::Entry::greatest() const {
  return upper.value_or(kInfinity);
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
    throw base::KeyError("prior.components", " = " + std::to_string(components_.size()) +
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
      throw base::KeyError("prior.components", ": expected an entry for the unknown '" + name + "'");
    marginals.push_back(found->marginal());
  }
  const Eigen::Index d = unknowns.size();
  return std::make_shared<const Prior>(Vector::Zero(d), Matrix::Identity(d, d), std::move(marginals));
}

}  // namespace scorefem::problem
