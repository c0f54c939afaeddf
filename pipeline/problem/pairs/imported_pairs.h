#pragma once

#include <string>
#include <vector>

#include "pipeline/problem/forward_model.h"

namespace scorefem::problem {

/// What a value that is not a number says of a pair.
enum class NanMeaning {
  failed,  //!< that there was no solution: the pair is left out
  missing  //!< that an observation is not there; the others are. In an unknown: as failed
};

/// Pairs of unknowns and observations that another program made. Names, units, groups, positions and bounds
/// come from the configuration where it gives them, else from the files that are imported.
class ImportedPairs : public ForwardSetup {
 public:
  std::unique_ptr<ForwardSetup> clone() const override { return std::make_unique<ImportedPairs>(*this); }
  void describe(configuration::Section& s) override;
  /// @throws base::InputError if neither the configuration nor a data set (adopt()) says what there is
  Layout unknowns() const override { return resolved(unknowns_, adopted_unknowns_, "unknowns"); }
  Layout observations() const override {
    return resolved(observations_, adopted_observations_, "observations");
  }
  bool simulates() const override { return false; }
  void adopt(const std::string& dataset) override;
  std::optional<ImportedSizes> imported() const override { return imported_; }
  const ImportedPairs* pairs() const override { return this; }
  /// @throws base::InputError: there is nothing to solve
  std::unique_ptr<ForwardModel> make(const solver::Vector& prior_mean) const override;

  /// Names of the arrays in HDF5 and NumPy files.
  const std::string& unknowns_array() const { return unknowns_array_; }
  const std::string& observations_array() const { return observations_array_; }
  const std::string& mask_array() const { return mask_array_; }
  NanMeaning nan() const { return nan_; }
  /// What the configuration says of the components; empty if it leaves that to the files.
  const std::vector<Component>& listed_unknowns() const { return unknowns_; }
  const std::vector<Component>& listed_observations() const { return observations_; }

 private:
  static Layout resolved(const std::vector<Component>& listed, const std::optional<Layout>& adopted,
                         const char* what);

  std::string unknowns_array_ = "theta";
  std::string observations_array_ = "x";
  std::string mask_array_ = "mask";  // may be absent
  NanMeaning nan_ = NanMeaning::failed;
  std::vector<Component> unknowns_;
  std::vector<Component> observations_;
  // Of the data set that the pairs were imported into.
  std::optional<ImportedSizes> imported_;
  std::optional<Layout> adopted_unknowns_;
  std::optional<Layout> adopted_observations_;
};

}  // namespace scorefem::problem
