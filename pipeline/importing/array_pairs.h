#pragma once

#include <memory>
#include <string>

#include "pipeline/importing/pair_file.h"
#include "pipeline/importing/row_array.h"

namespace scorefem::importing {

/// Pairs in two arrays with as many rows, and perhaps a third one, the mask.
class ArrayPairs : public PairFile {
 public:
  /// @param mask null if there is none
  /// @throws base::InputError if shapes disagree
  ArrayPairs(std::unique_ptr<RowArray> unknowns, std::unique_ptr<RowArray> observations,
             std::unique_ptr<RowArray> mask);

  Eigen::Index n_unknowns() const override { return unknowns_->columns(); }
  Eigen::Index n_observations() const override { return observations_->columns(); }
  double share_done() const override {
    return unknowns_->rows() > 0 ? static_cast<double>(done_) / static_cast<double>(unknowns_->rows()) : 1;
  }
  PairBlock read(Eigen::Index n) override;

 private:
  std::unique_ptr<RowArray> unknowns_, observations_, mask_;
  std::int64_t done_ = 0;  // rows
};

/// @throws base::InputError as open_pairs()
std::unique_ptr<PairFile> open_hdf5_pairs(const std::string& path, const PairNames& names);
std::unique_ptr<PairFile> open_npz_pairs(const std::string& path, const PairNames& names);
/// A folder with the arrays as FOLDER/NAME.npy.
std::unique_ptr<PairFile> open_npy_pairs(const std::string& folder, const PairNames& names);

}  // namespace scorefem::importing
