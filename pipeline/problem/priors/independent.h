#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/problem/prior.h"

namespace scorefem::problem {

/// Independent unknowns, each normal, log-normal, uniform or truncated normal: keys for all alike, or a list
/// `components` with one entry for each unknown.
class IndependentSetup : public PriorSetup {
 public:
  std::unique_ptr<PriorSetup> clone() const override { return std::make_unique<IndependentSetup>(*this); }
  void describe(configuration::Section& s) override;
  /// @throws base::InputError if the components are not those of the unknowns
  std::shared_ptr<const Prior> make(const Layout& unknowns) const override;

 private:
  struct Entry {
    std::string name;
    Marginal::Kind distribution = Marginal::Kind::normal;  // any but clipped
    double mean = 0;
    double sd = 1;
    std::optional<double> lower;  // log_normal: 0 where there is none; truncated_normal: no bound
    std::optional<double> upper;

    void describe(configuration::Section& s);
    Marginal marginal() const;
    double least() const;  // -inf, inf where there is no bound
    double greatest() const;
  };
  Entry all_;
  std::vector<Entry> components_;  // empty: all_ for every unknown
};

}  // namespace scorefem::problem
