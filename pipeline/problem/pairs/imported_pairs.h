#pragma once

#include <string>
#include <vector>

#include "pipeline/problem/forward_model.h"

namespace scorefem::problem {

/// Pairs of unknowns and observations that another program made. Names, units, groups, positions and bounds
/// come from the configuration where it gives them, else from the files that are imported.
class ImportedPairs : public ForwardSetup {
 public:
  std::unique_ptr<ForwardSetup> clone() const override { return std::make_unique<ImportedPairs>(*this); }
  void describe(configuration::Section& s) override;
  /// @throws base::InputError if neither the configuration nor a data set (adopt()) says what there is
  Layout unknowns() const override { return resolved(unknowns_, "unknowns"); }
  Layout observations() const override { return resolved(observations_, "observations"); }
  bool simulates() const override { return false; }
  /// @throws base::InputError: there is nothing to solve
  std::unique_ptr<ForwardModel> make(const solver::Vector& prior_mean) const override;

  /// Names of the arrays in HDF5 and NumPy files.
  const std::string& unknowns_array() const { return unknowns_array_; }
  const std::string& observations_array() const { return observations_array_; }
  const std::string& mask_array() const { return mask_array_; }
  /// Whether the configuration lists the components.
  bool lists_unknowns() const { return !unknowns_.empty(); }
  bool lists_observations() const { return !observations_.empty(); }

 private:
  static void describe_components(configuration::Section& s, const char* key,
                                  std::vector<Component>& components, const char* help);
  Layout resolved(const std::vector<Component>& components, const char* what) const;

  std::string unknowns_array_ = "theta";
  std::string observations_array_ = "x";
  std::string mask_array_ = "mask";  // may be absent
  std::vector<Component> unknowns_;
  std::vector<Component> observations_;
};

}  // namespace scorefem::problem
