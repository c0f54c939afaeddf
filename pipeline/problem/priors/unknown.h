#pragma once

#include "pipeline/problem/prior.h"

namespace scorefem::problem {

/// `prior: {model: none}`: what the pairs were drawn from is not known, as for pairs made elsewhere.
class UnknownPriorSetup : public PriorSetup {
 public:
  std::unique_ptr<PriorSetup> clone() const override { return std::make_unique<UnknownPriorSetup>(*this); }
  void describe(configuration::Section& /*s*/) override {}
  std::shared_ptr<const Prior> make(const Layout& /*unknowns*/) const override { return nullptr; }
};

}  // namespace scorefem::problem
