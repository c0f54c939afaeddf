#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/problem/forward_model.h"
#include "pipeline/problem/umbridge/served_model.h"

namespace scorefem::problem {

/// A simulator in any language, which a server offers by the UM-Bridge protocol. Where the configuration does
/// not say what unknowns and observations are, a data set that was made with the same model does, or else the
/// server: theta_1, theta_2, ... and x_1, x_2, ...; of several vectors theta_1_1, theta_1_2, ..., theta_2_1,
/// ...
class UmbridgeSetup : public ForwardSetup {
 public:
  std::unique_ptr<ForwardSetup> clone() const override { return std::make_unique<UmbridgeSetup>(*this); }
  void describe(configuration::Section& s) override;
  /// @throws base::InputError as umbridge::ask_sizes(), where the server has to be asked
  Layout unknowns() const override;
  Layout observations() const override;
  bool adopts() const override { return unknowns_.empty() || observations_.empty(); }
  void adopt(const std::string& dataset) override;
  void limit_patience(double answer_seconds, double absence_seconds) override;
  std::unique_ptr<ForwardModel> make(const solver::Vector& prior_mean) const override;

 private:
  /// The keys that results depend on, as they stand in the configurations that files keep.
  std::string identity() const;
  const umbridge::Sizes& sizes() const;

  umbridge::Address address_{"http://localhost:4242", "forward"};
  umbridge::Patience patience_;
  std::string version_;
  std::vector<Component> unknowns_;  // empty: not in the configuration
  std::vector<Component> observations_;
  std::optional<Layout> adopted_unknowns_;
  std::optional<Layout> adopted_observations_;
  std::shared_ptr<std::optional<umbridge::Sizes>> asked_ =
      std::make_shared<std::optional<umbridge::Sizes>>();  // copies ask once
};

}  // namespace scorefem::problem
