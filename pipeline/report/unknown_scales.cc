#include "pipeline/report/unknown_scales.h"

namespace scorefem::report {

UnknownScales unknown_scales(const problem::Layout& unknowns, const solver::Matrix& values,
                             const solver::Vector& prior_std) {
  const auto units = unknowns.units();
  const bool one = units.size() == 1;
  UnknownScales scales{solver::Vector(unknowns.size()), prior_std, "prior sd"};
  if (one) {
    scales.unit.setOnes();
    scales.unit_name = unknowns.common_unit();
  }
  for (const problem::Layout::Group& unit : units) {
    const solver::Matrix members = values(Eigen::all, unit.members);
    scales.mean_size(unit.members).setConstant(members.cwiseAbs().mean());
  }
  return scales;
}

}  // namespace scorefem::report
