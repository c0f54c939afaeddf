#pragma once

#include <map>
#include <string>

#include "solver/matrix.h"

namespace scorefem::posterior {

/// A checkpoint's metadata, so that measurements can be checked where the data set is not at hand.
using Metadata = std::map<std::string, std::string>;

/// Mean and covariance of rows, over any number of blocks of them.
struct TrainingMoments {
  Eigen::Index n = 0;         //!< rows that they are of
  Eigen::RowVectorXd mean;    //!< [p]
  solver::Matrix covariance;  //!< [p, p], the sum of squares over n

  /// Adds rows [n, p] (Chan, Golub & LeVeque, "Algorithms for computing the sample variance", 1983).
  void add(const solver::Matrix& rows);
};

/// Adds moments to the metadata: the covariance in float64 up to 300 columns (at most 0.5 MB of text), in
/// float32 beyond (24 MB for 3,000): p-values by held_out_sizes.h are right whatever its rounding.
void add_moments(const TrainingMoments& moments, Metadata& metadata);
/// Those of the metadata; n = 0 if it has none.
/// @throws std::invalid_argument if the text is not what add_moments() wrote
TrainingMoments moments_of(const Metadata& metadata);

}  // namespace scorefem::posterior
