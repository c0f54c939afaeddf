#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "diffusion/options/model_options.h"

namespace scorefem::diffusion::test {

/// A small model of each kind: the raw score, and the residual with masks, a clipped prior, a quadratic
/// centre.
struct ModelCase {
  std::string name;
  ModelOptions model;

  friend std::ostream& operator<<(std::ostream& out, const ModelCase& one) { return out << one.name; }
};

inline std::vector<ModelCase> model_cases(int width, int hidden_layers) {
  std::vector<ModelCase> all(4);
  all[0].name = "mlp";
  all[1].name = "masked";
  all[1].model.masked = true;
  all[2].name = "clipped";
  all[2].model.positive = true;
  all[3].name = "quadratic";
  all[3].model.centre = Centre::quadratic;
  for (ModelCase& one : all) {
    one.model.network = one.name == "mlp" ? Network::mlp : Network::gaussian_residual;
    one.model.activation = Activation::silu;
    one.model.width = width;
    one.model.hidden_layers = hidden_layers;
  }
  return all;
}

}  // namespace scorefem::diffusion::test
