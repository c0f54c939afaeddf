#pragma once

#include <cstdint>

#include <string>
#include <vector>

#include "solver/matrix.h"

namespace scorefem::importing {

/// What to look for in files.
struct PairNames {
  std::string unknowns = "theta";  //!< array of HDF5 and NumPy files; beginning of CSV columns' names
  std::string observations = "x";  //!< the same
  std::string mask = "mask";       //!< array that may be absent
  std::vector<std::string> listed_unknowns;      //!< names of a configuration; CSV columns
  std::vector<std::string> listed_observations;  //!< the same
};

/// Consecutive rows of a file.
struct PairBlock {
  solver::Matrix unknowns;      //!< [n, n_unknowns]
  solver::Matrix observations;  //!< [n, n_observations]
  solver::Matrix mask;          //!< [n, n_observations], 1 there, 0 not; [0, 0] if the file has none

  Eigen::Index rows() const { return unknowns.rows(); }
};

/// A file of pairs, read once from the first row to the last.
class PairFile {
 public:
  virtual ~PairFile() = default;
  virtual Eigen::Index n_unknowns() const = 0;
  virtual Eigen::Index n_observations() const = 0;
  /// What the file calls its columns; empty if it does not.
  virtual std::vector<std::string> unknown_names() const { return {}; }
  virtual std::vector<std::string> observation_names() const { return {}; }
  /// Share of the file that has been read, in [0, 1].
  virtual double share_done() const = 0;
  /// The next n rows; fewer at the end, then none.
  /// @throws base::InputError naming file and place of what cannot be read
  virtual PairBlock read(Eigen::Index n) = 0;
};

}  // namespace scorefem::importing
