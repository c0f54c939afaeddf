#include "solver/reaction_model.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
#include <stdexcept>

#include "../../unit/solver/reference.h"
#include "solver/discretisation.h"
#include "solver/factorisation.h"
#include "solver/linear_model.h"
#include "solver/not_converged.h"
#include "solver/petsc_check.h"
#include "solver/reaction_problem.h"

namespace scorefem::solver {
namespace {

ForwardOptions reaction() {
  return ForwardOptions::defaults_for(Problem::reaction);
}

/// Non-negative fluxes of very different size and shape.
Matrix some_fluxes(Eigen::Index n) {
  Matrix flux(n, 30);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < 30; ++j)
      flux(i, j) =
          std::max(0.0, 2 + 2.2 * std::sin(0.9 * static_cast<double>(i) + 0.31 * static_cast<double>(j)));
  return flux;
}

class Threads {
 public:
  explicit Threads(int n) { omp_set_num_threads(n); }
  ~Threads() { omp_set_num_threads(before_); }

 private:
  int before_ = omp_get_max_threads();
};

TEST(ReactionModel, AgreesWithTheReference) {
  const Matrix flux = read_reference("reaction_flux.csv"), sensors = read_reference("reaction_sensors.csv");
  ReactionModel model(reaction(), reference_sensors());
  EXPECT_LT(largest_row_error(model.observe(flux).concentration, sensors), 5e-6);
  auto finer = reaction();
  finer.discretisation = {7, 1, 6, 2.0};
  EXPECT_LT(largest_row_error(ReactionModel(finer, reference_sensors()).observe(flux).concentration, sensors),
            1e-7);
}

TEST(ReactionModel, OneFactorisationServesAllSamples) {
  ReactionModel model(reaction(), reference_sensors());
  const Matrix flux = some_fluxes(100);
  const Observations observed = model.observe(flux);
  EXPECT_TRUE(observed.failures.empty());
  EXPECT_EQ(model.effort().samples, 100);
  EXPECT_EQ(model.effort().newton_samples, 0);
  EXPECT_LT(model.effort().iterations, 100 * 20);
  EXPECT_LT(largest_row_error(observed.concentration.topRows(5), model.solve_directly(flux.topRows(5))),
            1e-9);
}

TEST(ReactionModel, ASampleDoesNotDependOnItsNeighboursOrTheThreads) {
  ReactionModel model(reaction(), reference_sensors());
  const Matrix flux = some_fluxes(75);
  Matrix together, by_threads;
  {
    const Threads one(1);
    together = model.observe(flux).concentration;
  }
  {
    const Threads three(3);
    by_threads = model.observe(flux).concentration;
  }
  EXPECT_EQ(together, by_threads);
  for (const Eigen::Index row : {0, 40, 74})
    EXPECT_EQ(together.row(row), model.observe(flux.row(row)).concentration);
}

TEST(ReactionModel, WithoutReactionItIsTheLinearProblem) {
  auto options = reaction();
  options.reaction.rate = 0;
  const Matrix flux = some_fluxes(3);
  ReactionModel model(options, reference_sensors());
  LinearModel linear(options, reference_sensors());
  EXPECT_LT(largest_row_error(model.observe(flux).concentration, linear.observe(flux).concentration), 1e-11);
}

TEST(ReactionModel, NothingComesFromNothing) {
  ReactionModel model(reaction(), reference_sensors());
  EXPECT_LT(model.observe(Matrix::Zero(1, 30)).concentration.cwiseAbs().maxCoeff(), 1e-9);
}

/// Growth in time from c = 0 by implicit Euler steps, semi-implicit in the reaction, until nothing changes.
Vector grown_from_zero(const Discretisation& discretisation, const ReactionOptions& reaction,
                       const Vector& load) {
  const double step = 0.1;
  const SparseMatrix mass = discretisation.reaction();
  const Factorisation euler(SparseMatrix(mass * (1 / step) + discretisation.transport()));
  Vector c = Vector::Zero(load.size());
  for (int i = 0; i < 2000; ++i) {
    const Vector growth = reaction.rate * (c.array() * (1 - c.array() / reaction.capacity));
    const Vector next = euler.solve(mass * (c / step + growth) + load);
    const double change = (next - c).cwiseAbs().maxCoeff();
    c = next;
    if (change < 1e-11) break;
  }
  return c;
}

TEST(ReactionModel, TakesTheSolutionThatGrowthFromZeroTendsTo) {
  for (const double rate : {2.0, 12.0}) {
    auto options = reaction();
    options.reaction.rate = rate;
    options.peak_velocity = 4;  // slow enough for c to come near its capacity
    options.discretisation = {2, 1, 4, 2.0};
    Discretisation discretisation(options);
    const Matrix flux = some_fluxes(2);
    ReactionModel model(options, reference_sensors());
    const Matrix observed = model.observe(flux).concentration;
    const SparseMatrix at_sensors = discretisation.evaluation(reference_sensors());
    for (Eigen::Index row = 0; row < flux.rows(); ++row) {
      const Vector load = discretisation.segment_loads() * flux.row(row).transpose();
      const Vector grown = at_sensors * grown_from_zero(discretisation, options.reaction, load);
      EXPECT_LT(largest_row_error(observed.row(row), grown.transpose()), 1e-8) << "rate " << rate;
    }
  }
}

TEST(ReactionModel, StalledSamplesAreLeftToNewton) {
  auto options = reaction();
  options.reaction = {30.0, 0.5, 0.0};  // strong reaction, and a factorisation far from every sample
  options.peak_velocity = 3;
  options.discretisation = {3, 1, 4, 2.0};
  ReactionModel model(options, reference_sensors());
  const Matrix flux = 20 * some_fluxes(6);
  const Observations observed = model.observe(flux);
  EXPECT_GT(model.effort().newton_samples, 0);
  EXPECT_TRUE(observed.failures.empty());
  EXPECT_LT(largest_row_error(observed.concentration, model.solve_directly(flux)), 1e-9);
}

TEST(ReactionModel, ASampleWithoutSolutionIsListedAndTheOthersAreServed) {
  ReactionModel model(reaction(), reference_sensors());
  Matrix flux = some_fluxes(3);
  const Matrix alone = model.observe(flux).concentration;
  flux.row(1).setConstant(-100);  // takes out more than can be there
  const Observations observed = model.observe(flux);
  ASSERT_EQ(observed.failures.size(), 1u);
  EXPECT_EQ(observed.failures[0].row, 1);
  EXPECT_NE(observed.failures[0].reason.find("Newton"), std::string::npos) << observed.failures[0].reason;
  EXPECT_TRUE(observed.concentration.row(1).array().isNaN().all());
  EXPECT_EQ(observed.concentration.row(0), alone.row(0));
  EXPECT_EQ(observed.concentration.row(2), alone.row(2));
  EXPECT_EQ(model.effort().failures, 1);
  EXPECT_THROW(model.field(flux.row(1), 4, 4), NotConverged);
}

TEST(ReactionModel, AFailureOfPetscIsNoSampleWithoutSolution) {
  ReactionModel model(reaction(), reference_sensors());
  Matrix flux = some_fluxes(3);
  flux.row(1).setConstant(-100);  // left to Newton's method
  petsc_check(PetscOptionsSetValue(nullptr, "-reaction_snes_type", "none_such"));
  EXPECT_THROW(model.observe(flux), std::runtime_error);
  petsc_check(PetscOptionsClearValue(nullptr, "-reaction_snes_type"));
  EXPECT_EQ(model.observe(flux).failures.size(), 1u);
}

TEST(ReactionModel, TooFewIterationsAreAnOptionThatTheMessageNames) {
  ReactionModel model(reaction(), reference_sensors());
  petsc_check(PetscOptionsSetValue(nullptr, "-reaction_snes_max_it", "1"));
  std::string message;
  try {
    model.field(some_fluxes(1).row(0), 4, 4);  // by Newton's method alone
  } catch (const NotConverged& error) {
    message = error.what();
  }
  petsc_check(PetscOptionsClearValue(nullptr, "-reaction_snes_max_it"));
  EXPECT_NE(message.find("DIVERGED_MAX_IT; PETSC_OPTIONS='-reaction_snes_max_it N'"), std::string::npos)
      << message;
}

TEST(ReactionModel, FieldAgreesWithTheSensors) {
  ReactionModel model(reaction(), {{4.25, 0.5}});
  const Matrix flux = some_fluxes(1);
  EXPECT_NEAR(model.field(flux.row(0), 3, 5).concentration(1, 1), model.observe(flux).concentration(0, 0),
              1e-9);
}

TEST(ReactionModel, BadFluxesAreRefused) {
  ReactionModel model(reaction(), reference_sensors());
  EXPECT_THROW(model.observe(Matrix::Ones(1, 31)), std::invalid_argument);
  EXPECT_THROW(model.observe(Matrix::Constant(1, 30, std::nan(""))), std::invalid_argument);
  EXPECT_EQ(model.observe(Matrix(0, 30)).concentration.rows(), 0);
}

TEST(ReactionProblem, JacobianIsTheDerivativeOfTheResidual) {
  auto options = reaction();
  options.discretisation = {2, 1, 2, 1.0};
  const Discretisation discretisation(options);
  const ReactionProblem problem(options, discretisation);
  const int n = discretisation.n_unknowns();
  const Vector c = Vector::LinSpaced(n, 0, 2.5), d = Vector::LinSpaced(n, 1, -1).array().sin();
  // Exact, for a quadratic residual.
  const Vector expected = problem.residual(c) + problem.jacobian(c) * d + problem.curvature() * d.cwiseAbs2();
  EXPECT_LT((problem.residual(c + d) - expected).cwiseAbs().maxCoeff(), 1e-12);
}

}  // namespace
}  // namespace scorefem::solver
