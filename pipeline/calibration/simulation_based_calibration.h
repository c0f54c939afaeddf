#pragma once

#include "pipeline/calibration/rank_counts.h"

namespace scorefem::calibration {

/// Whether ranks are uniform, as they are under calibration (simulation-based calibration, Talts et al. 2018;
/// of quantities that depend on the measurement as well, Modrak et al. 2023).
struct UniformityTest {
  solver::Vector point;       //!< [n_points] z, RankCounts::edges()
  solver::Matrix difference;  //!< [n_points, n_quantities] share of ranks below z, minus z
  solver::Vector low;  //!< [n_points] of the band of the difference, at once for all points and quantities
  solver::Vector high;
  double p_value;  //!< of all quantities together; below the level it rejects
  int worst;       //!< quantity with the least probable point
  int n_measurements = 0;
  double level = 0;  //!< of the test
};

/// Compares the empirical distribution function with the uniform one by its least probable point: the count
/// of ranks below z is Binomial(n, z) (Saeilynoja, Buerkner and Vehtari, "Graphical test for discrete
/// uniformity", 2022). How small the least tail probability of all points and quantities gets by chance
/// follows from the stand-ins, which depend on each other as the truths do.
/// @param level of the test, in (0, 1); above 1 / (n_stand_ins + 1) to be able to reject
UniformityTest test_uniformity(const RankCounts& counts, double level);

}  // namespace scorefem::calibration
