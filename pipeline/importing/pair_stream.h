#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/importing/pair_file.h"

namespace scorefem::importing {

/// Where a row stands.
struct Place {
  std::size_t file = 0;
  std::int64_t row = 0;  //!< of that file, counted from 0
};

/// Many files read as one, block by block: memory does not grow with their rows.
class PairStream {
 public:
  /// Opens the first file.
  /// @param paths not empty
  PairStream(std::vector<std::string> paths, PairNames names);

  Eigen::Index n_unknowns() const { return n_unknowns_; }
  Eigen::Index n_observations() const { return n_observations_; }
  /// What the first file calls its columns; empty if it does not.
  const std::vector<std::string>& unknown_names() const { return unknown_names_; }
  const std::vector<std::string>& observation_names() const { return observation_names_; }

  /// The next rows, all of one file; none at the end.
  /// @throws base::InputError as PairFile::read(), and if a file's columns are not those of the first
  PairBlock read();
  /// Of row i of the block that was read last.
  Place place(Eigen::Index i) const { return {file_, first_row_ + i}; }
  /// "pairs.csv, row 3"
  std::string text(Place place) const;
  /// Rows of each file, as far as they were read.
  const std::vector<std::int64_t>& rows() const { return rows_; }
  /// Share of the work that is done, as far as it is known, in [0, 1].
  double share_done() const;
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  void open(std::size_t file);

  std::vector<std::string> paths_;
  PairNames names_;
  std::unique_ptr<PairFile> open_;
  std::size_t file_ = 0;
  std::int64_t first_row_ = 0;
  Eigen::Index n_unknowns_ = 0, n_observations_ = 0;
  std::vector<std::string> unknown_names_, observation_names_;
  std::vector<std::int64_t> rows_;
};

}  // namespace scorefem::importing
