#include "solver/domain_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "reference.h"
#include "solver/make_forward_model.h"

namespace scorefem::solver {
namespace {

/// The serial model on every rank, and the same on a mesh that all ranks share.
struct Both {
  std::unique_ptr<ForwardModel> serial, domain;

  explicit Both(ForwardOptions options, const std::vector<SensorPosition>& sensors = reference_sensors())
      : serial(make_forward_model(options, sensors)) {
    options.parallel = Parallel::domain;
    domain = make_forward_model(options, sensors);
  }
};

TEST(DomainModel, LinearProblemAgreesWithTheSerialSolver) {
  for (const FluxCondition condition : {FluxCondition::diffusive, FluxCondition::gradient}) {
    auto options = ForwardOptions::defaults_for(Problem::linear);
    options.flux_condition = condition;
    const Both both(options);
    EXPECT_NE(dynamic_cast<DomainModel*>(both.domain.get()), nullptr);
    EXPECT_EQ(both.domain->n_unknowns(), both.serial->n_unknowns());
    const Matrix flux = read_reference("reaction_flux.csv");
    EXPECT_LT(
        largest_row_error(both.domain->observe(flux).concentration, both.serial->observe(flux).concentration),
        1e-9);
  }
}

TEST(DomainModel, ReactionProblemAgreesWithTheSerialSolver) {
  const Both both(ForwardOptions::defaults_for(Problem::reaction));
  const Matrix flux = read_reference("reaction_flux.csv");
  const Observations observed = both.domain->observe(flux);
  EXPECT_TRUE(observed.failures.empty());
  EXPECT_LT(largest_row_error(observed.concentration, both.serial->observe(flux).concentration), 1e-8);
}

TEST(DomainModel, ASampleWithoutSolutionIsListedOnAllRanks) {
  auto options = ForwardOptions::defaults_for(Problem::reaction);
  options.parallel = Parallel::domain;
  const auto model = make_forward_model(options, reference_sensors());
  Matrix flux = read_reference("reaction_flux.csv").topRows(3);
  flux.row(1).setConstant(1e200);  // its square is no number
  const Observations observed = model->observe(flux);
  ASSERT_EQ(observed.failures.size(), 1u);
  EXPECT_EQ(observed.failures[0].row, 1);
  EXPECT_TRUE(observed.concentration.row(1).array().isNaN().all());
  EXPECT_TRUE(observed.concentration.row(2).allFinite());
}

TEST(DomainModel, FieldsAgreeOnTheBordersOfTheCellsToo) {
  const Both both(ForwardOptions::defaults_for(Problem::linear), {{1, 1}});
  const Vector flux = read_reference("reaction_flux.csv").row(0);
  const Field serial = both.serial->field(flux, 86, 21), domain = both.domain->field(flux, 86, 21);
  EXPECT_LT((serial.concentration - domain.concentration).cwiseAbs().maxCoeff(),
            1e-9 * serial.concentration.maxCoeff());
}

TEST(DomainModel, BadInputIsRefusedOnAllRanks) {
  auto options = ForwardOptions::defaults_for(Problem::linear);
  options.parallel = Parallel::domain;
  EXPECT_THROW(make_forward_model(options, {{9, 1}}), std::invalid_argument);
  const auto model = make_forward_model(options, {{1, 1}});
  EXPECT_THROW(model->observe(Matrix::Ones(1, 3)), std::invalid_argument);
  EXPECT_THROW(model->observe(Matrix::Constant(1, 30, std::nan(""))), std::invalid_argument);
}

}  // namespace
}  // namespace scorefem::solver
