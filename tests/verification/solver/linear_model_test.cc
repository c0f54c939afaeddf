#include "solver/linear_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "../../unit/solver/reference.h"
#include "solver/make_forward_model.h"

namespace scorefem::solver {
namespace {

ForwardOptions linear() {
  return ForwardOptions::defaults_for(Problem::linear);
}

/// Deterministic fluxes without structure.
Matrix some_fluxes(Eigen::Index n) {
  Matrix flux(n, 30);
  for (Eigen::Index i = 0; i < flux.size(); ++i)
    flux.data()[i] = 2 + 1.5 * std::sin(1.7 * static_cast<double>(i * i % 101));
  return flux;
}

TEST(LinearModel, DefaultMeshIsWithin1e4OfTheReference) {
  const LinearModel model(linear(), reference_sensors());
  EXPECT_LT(largest_row_error(model.response(), read_reference("linear_response.csv")), 1e-4);
}

TEST(LinearModel, FinerMeshIsWithin1e6OfTheReference) {
  auto options = linear();
  options.discretisation = {8, 1, 6, 2.0};
  const LinearModel model(options, reference_sensors());
  EXPECT_LT(largest_row_error(model.response(), read_reference("linear_response.csv")), 1e-6);
}

TEST(LinearModel, SuperpositionAgreesWithDirectSolves) {
  for (const FluxCondition condition : {FluxCondition::diffusive, FluxCondition::gradient}) {
    auto options = linear();
    options.flux_condition = condition;
    LinearModel model(options, reference_sensors());
    const Matrix flux = some_fluxes(5);
    const Observations observed = model.observe(flux);
    EXPECT_TRUE(observed.failures.empty());
    EXPECT_LT(largest_row_error(observed.concentration, model.solve_directly(flux)), 1e-11);
  }
}

TEST(LinearModel, GradientConditionScalesTheFluxByTheDiffusivity) {
  auto options = linear();
  options.diffusivity = 0.05;
  const LinearModel diffusive(options, reference_sensors());
  options.flux_condition = FluxCondition::gradient;
  const LinearModel gradient(options, reference_sensors());
  EXPECT_LT(largest_row_error(gradient.response(), 0.05 * diffusive.response()), 1e-12);
}

TEST(LinearModel, FieldAgreesWithTheSensorsAndVanishesAtTheInlet) {
  LinearModel model(linear(), {{4.25, 0.5}});
  const Matrix flux = some_fluxes(1);
  const Field field = model.field(flux.row(0), 3, 5);
  ASSERT_EQ(field.concentration.rows(), 5);
  ASSERT_EQ(field.concentration.cols(), 3);
  EXPECT_DOUBLE_EQ(field.x(2), 8.5);
  EXPECT_DOUBLE_EQ(field.y(1), 0.5);
  EXPECT_EQ(field.concentration.col(0).cwiseAbs().maxCoeff(), 0);
  EXPECT_NEAR(field.concentration(1, 1), model.observe(flux).concentration(0, 0), 1e-10);
}

/// Far behind the last segment c no longer varies, and what the flow carries out is what came in through the
/// walls, less what diffuses back to the inlet, where c = 0.
TEST(LinearModel, ConcentrationIsConservedBehindTheSegments) {
  auto options = linear();
  options.channel.length = 40;
  LinearModel model(options, {{39.9, 0.3}, {39.9, 1.0}, {39.9, 1.9}});
  const double flow_rate = 2.0 / 3 * options.peak_velocity * options.channel.height;
  const Vector carried = model.response().row(1).transpose() * flow_rate / options.channel.segment_length();
  EXPECT_NEAR(carried(14), 1, 1e-3);  // the last segment is far from the inlet
  EXPECT_NEAR(carried(29), 1, 1e-3);
  EXPECT_LT(carried(0), 0.9);
  EXPECT_LT((model.response().row(0) - model.response().row(2)).cwiseAbs().maxCoeff(), 1e-3);
}

TEST(LinearModel, OtherChannelsAreServed) {
  auto options = linear();
  options.channel = {5.0, 1.0, 4.1, 4};
  LinearModel model(options, {{5, 1}, {0, 0.5}, {4.1, 0}});
  EXPECT_EQ(model.response().rows(), 3);
  EXPECT_EQ(model.response().cols(), 8);
  EXPECT_EQ(model.response().row(1).cwiseAbs().maxCoeff(), 0);
  EXPECT_GT(model.response().row(0).minCoeff(), 0);
}

TEST(LinearModel, BadFluxesAreRefused) {
  LinearModel model(linear(), reference_sensors());
  EXPECT_THROW(model.observe(Matrix::Ones(2, 29)), std::invalid_argument);
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Matrix flux = some_fluxes(3);
    flux(1, 4) = bad;
    try {
      model.observe(flux);
      FAIL() << "accepted " << bad;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("row 2, column 5"), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(model.field(Vector::Ones(3), 4, 4), std::invalid_argument);
  EXPECT_THROW(model.field(Vector::Ones(30), 1, 4), std::invalid_argument);
  EXPECT_EQ(model.observe(Matrix(0, 30)).concentration.rows(), 0);
}

TEST(MakeForwardModel, RefusesBadOptionsAndSensors) {
  auto options = linear();
  EXPECT_EQ(make_forward_model(options, reference_sensors())->n_unknowns(), 2470);
  EXPECT_THROW(make_forward_model(options, {{8.6, 1}}), std::invalid_argument);
  options.diffusivity = -1;
  EXPECT_THROW(make_forward_model(options, reference_sensors()), std::invalid_argument);
}

}  // namespace
}  // namespace scorefem::solver
