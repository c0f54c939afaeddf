#pragma once

#include "pipeline/problem/prior.h"

namespace scorefem::problem {

/// Gaussian process over the unknowns' positions with kernel v exp(-|a - b|^2 / (2 l^2)), clipped at 0 or not
/// (paper, Sec. 6.2).
class GaussianProcessSetup : public PriorSetup {
 public:
  std::unique_ptr<PriorSetup> clone() const override { return std::make_unique<GaussianProcessSetup>(*this); }
  void describe(configuration::Section& s) override;
  /// @throws base::InputError if the unknowns have no positions
  std::shared_ptr<const Prior> make(const Layout& unknowns) const override;
  bool clips() const override { return clip_; }

 private:
  double mean_ = 2.0;          // in the unknowns' unit
  double variance_ = 1.0;      // v, the unit squared, > 0
  double length_scale_ = 2.0;  // l, > 0
  bool couple_groups_ = true;  // false: groups are independent of each other
  bool clip_ = true;           // at 0
};

}  // namespace scorefem::problem
