#include <gtest/gtest.h>

#include <cmath>

#include "../../unit/solver/reference.h"
#include "solver/discretisation.h"
#include "solver/factorisation.h"
#include "solver/linear_model.h"
#include "solver/reaction_model.h"

namespace scorefem::solver {
namespace {

/// Plug flow u c_x - kappa c_xx = u / L, c = 0 at both ends: c = x / L less a layer of thickness kappa / u at
/// the outlet.
struct BoundaryLayer {
  ForwardOptions options;

  BoundaryLayer(int degree, double cell_peclet, Stabilisation stabilisation) {
    options.velocity_profile = VelocityProfile::uniform;
    options.channel = {4.0, 1.0, 4.0, 8};
    options.discretisation = {degree, 1, 2, 1.0};
    options.peak_velocity = 1;
    options.diffusivity = 0.5 / (2 * degree * cell_peclet);  // cells are 0.5 long
    options.stabilisation = stabilisation;
  }

  double exact(double x) const {
    const double length = options.channel.length, rate = options.peak_velocity / options.diffusivity;
    return x / length -
           (std::exp(rate * (x - length)) - std::exp(-rate * length)) / (1 - std::exp(-rate * length));
  }

  /// Largest error at these positions on the channel's axis.
  double error(const std::vector<double>& positions) const {
    Discretisation discretisation(options, {Boundary::inlet, Boundary::outlet});
    const Vector load =
        discretisation.load([this](double, double) { return options.peak_velocity / options.channel.length; },
                            [](Boundary, double, double) { return 0.0; });
    const Vector solution = Factorisation(discretisation.transport()).solve(load);
    double largest = 0;
    for (const double x : positions) {
      const double found = (discretisation.evaluation({{x, 0.5}}) * solution)(0);
      largest = std::max(largest, std::abs(found - exact(x)));
    }
    return largest;
  }
};

const std::vector<double> kVertices{0.5, 1, 1.5, 2, 2.5, 3, 3.5};

TEST(Stabilisation, LinearElementsAreExactAtTheVertices) {
  for (const double peclet : {0.5, 5.0, 500.0}) {
    EXPECT_LT(BoundaryLayer(1, peclet, Stabilisation::supg).error(kVertices), 1e-10) << "Peclet " << peclet;
    EXPECT_GT(BoundaryLayer(1, peclet, Stabilisation::none).error(kVertices), 1e-3) << "Peclet " << peclet;
  }
}

TEST(Stabilisation, OscillationsStayInTheLayersCellForHigherDegrees) {
  for (const int degree : {2, 3, 4}) {
    const double peclet = 50;
    const double galerkin = BoundaryLayer(degree, peclet, Stabilisation::none).error(kVertices);
    const double supg = BoundaryLayer(degree, peclet, Stabilisation::supg).error(kVertices);
    EXPECT_GT(galerkin, 0.02) << "degree " << degree;
    EXPECT_LT(supg, 0.2 * galerkin) << "degree " << degree;
  }
}

TEST(Stabilisation, AutomaticActsWhereTheCellPecletNumberExceedsOne) {
  const std::vector<double> anywhere{0.3, 1.7, 3.4, 3.9};
  for (const int degree : {1, 3}) {
    EXPECT_EQ(BoundaryLayer(degree, 0.9, Stabilisation::automatic).error(anywhere),
              BoundaryLayer(degree, 0.9, Stabilisation::none).error(anywhere));
    EXPECT_EQ(BoundaryLayer(degree, 1.1, Stabilisation::automatic).error(anywhere),
              BoundaryLayer(degree, 1.1, Stabilisation::supg).error(anywhere));
  }
}

TEST(Stabilisation, KeepsTheAccuracyOfResolvedProblems) {
  auto options = ForwardOptions::defaults_for(Problem::linear);
  options.stabilisation = Stabilisation::supg;
  EXPECT_LT(largest_row_error(LinearModel(options, reference_sensors()).response(),
                              read_reference("linear_response.csv")),
            2e-3);
  options = ForwardOptions::defaults_for(Problem::reaction);
  options.stabilisation = Stabilisation::supg;
  const Matrix flux = read_reference("reaction_flux.csv");
  ReactionModel reaction(options, reference_sensors());
  const Matrix found = reaction.observe(flux).concentration;
  EXPECT_LT(largest_row_error(found, read_reference("reaction_sensors.csv")), 2e-3);
  EXPECT_EQ(reaction.effort().newton_samples, 0);  // the kept factorisation serves the stabilised terms too
  EXPECT_LT(largest_row_error(found, reaction.solve_directly(flux)), 1e-9);
}

}  // namespace
}  // namespace scorefem::solver
