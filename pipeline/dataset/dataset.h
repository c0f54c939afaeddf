#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/dataset/dataset_arrays.h"
#include "pipeline/study/origin.h"
#include "pipeline/study/study.h"

namespace scorefem::dataset {

/// What unknowns and observations of a data set are.
struct Layouts {
  problem::Layout unknowns;
  problem::Layout observations;
};

/// What a data set of this study is made from.
study::Origin dataset_origin(const study::Study& study);

/// A data set on disk, opened for reading and checked.
class Dataset {
 public:
  /// @throws InputError if the file is missing, not HDF5, truncated, no data set, of another format version,
  ///         has arrays whose shapes disagree, or is a view of shards that are missing or
  ///         were made again.
  explicit Dataset(const std::string& path);

  const DatasetShape& shape() const { return shape_; }
  const std::string& path() const { return file_.path(); }
  /// What the data set was made from; compare with dataset_origin().
  study::Origin origin() const { return study::read_origin(file_); }
  /// See noise_unit.h; none in files of earlier versions of the program.
  std::optional<double> noise_unit() const {
    if (!file_.has_attribute("/", "noise_unit")) return std::nullopt;
    return file_.number_attribute("/", "noise_unit");
  }
  /// Of the forward model, on the first so many test samples: over a sample's largest observation; NaN if one
  /// had no solution.
  double discretisation_error() const { return file_.number_attribute("/", "discretisation_error"); }
  /// 0: it was not measured.
  std::int64_t discretisation_error_samples() const {
    const char* const name = "discretisation_error_samples";
    return file_.has_attribute("/", name) ? static_cast<std::int64_t>(file_.number_attribute("/", name)) : 0;
  }
  double seconds() const { return file_.number_attribute("/", "seconds"); }
  std::int64_t failed_samples() const {
    return static_cast<std::int64_t>(file_.number_attribute("/", "failed_samples"));
  }
  /// Whether the samples are stored in shards and the file is only a view of them.
  bool is_view() const {
    return !file_.virtual_sources(ArrayNames(Split::train, shape_.format_version).unknowns).empty();
  }
  const problem::Layout& unknowns() const { return layouts_.unknowns; }
  const problem::Layout& observations() const { return layouts_.observations; }
  /// Rows [first, first + n) of a split. Noise that is not stored is drawn, the same each time.
  /// @throws InputError naming array, row and column of a value that is not finite, other than the
  ///         observations of samples that are listed as failed.
  SampleBlock read(Split split, Eigen::Index first, Eigen::Index n) const;
  /// Calls work(rows, samples) for all rows of a split, block by block: a data set may be larger than the
  /// memory.
  /// @throws InputError as read().
  void for_each_block(Split split, const std::function<void(RowRange rows, SampleBlock& block)>& work) const;
  const std::vector<FailedSample>& failures() const { return failures_; }
  /// The rows of a split without a solution, in order.
  std::vector<Eigen::Index> failed_rows(Split split) const;
  /// Rows that were left out of imported pairs, as importing/pair_survey.h says it in JSON; empty if none
  /// were.
  std::string left_out(Split split) const {
    const char* const name = split == Split::train ? "left_out" : "left_out_test";
    return file_.has_attribute("/", name) ? file_.text_attribute("/", name) : "";
  }
  /// The response matrix G [n_observations, n_unknowns] of a linear model.
  bool has_response() const { return file_.contains("/response"); }
  solver::Matrix response() const { return file_.read_matrix("/response"); }

 private:
  base::Hdf5File file_;
  DatasetShape shape_;
  Layouts layouts_;
  std::vector<FailedSample> failures_;
};

/// Checks the root's attributes type and format_version.
/// @throws InputError naming the file, what was found and what is expected.
void require_type(const base::Hdf5File& file, const std::string& type);

}  // namespace scorefem::dataset
