#pragma once

#include "pipeline/problem/prior.h"

namespace scorefem::problem {

/// N(mean, covariance) from CSV files.
class MultivariateNormalSetup : public PriorSetup {
 public:
  std::unique_ptr<PriorSetup> clone() const override {
    return std::make_unique<MultivariateNormalSetup>(*this);
  }
  void describe(configuration::Section& s) override;
  std::shared_ptr<const Prior> make(const Layout& unknowns) const override;
  std::string file_fingerprint() const override;

 private:
  configuration::InputFile mean_;        // one row; absent: 0
  configuration::InputFile covariance_;  // a row and a column for each unknown
};

}  // namespace scorefem::problem
