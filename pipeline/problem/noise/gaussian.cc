#include "pipeline/problem/noise/gaussian.h"

namespace scorefem::problem {

using solver::Matrix;

Matrix GaussianNoise::measure(const Matrix& clean, const Matrix& normal) const {
  return clean + level_ * normal;
}

void GaussianNoiseSetup::describe(configuration::Section& s) {
  s.optional_number("relative", relative_, configuration::non_negative(),
                    "in pooled standard deviations of the clean measurements");
  s.optional_number("absolute", absolute_, configuration::non_negative(), "in the observations' unit");
  s.reject_if(relative_.has_value() == absolute_.has_value(), "relative",
              "exactly one of relative, absolute (on the command line: --set noise='{absolute: 1}')");
}

std::shared_ptr<const Noise> GaussianNoiseSetup::make(const Layout& /*observations*/, double unit) const {
  return std::make_shared<GaussianNoise>(absolute_ ? *absolute_ : *relative_ * unit);
}

}  // namespace scorefem::problem
