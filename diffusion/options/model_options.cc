#include "diffusion/options/model_options.h"

#include <cmath>

#include "diffusion/numerics/require.h"

namespace scorefem::diffusion {

void ModelOptions::validate() const {
  require(width >= 1, "model: width", width, ">= 1");
  require(hidden_layers >= 1, "model: hidden_layers", hidden_layers, ">= 1");
  require(layers == Layers::plain || network == Network::gaussian_residual, "model: layers", "residual",
          "plain for the network mlp");
}

bool NoiseRange::serves(double level) const {
  constexpr double kSlack = 1e-3;
  return level >= minimum * (1.0 - kSlack) && level <= maximum * (1.0 + kSlack);
}

void NoiseRange::validate() const {
  require(std::isfinite(minimum) && minimum >= 0.0, "noise: minimum", minimum, ">= 0");
  require(std::isfinite(maximum) && maximum >= minimum, "noise: maximum", maximum, ">= minimum");
  require(single() || minimum > 0.0, "noise: minimum", minimum,
          "> 0 for a range, which is sampled log-uniformly");
}

}  // namespace scorefem::diffusion
