#include "solver/accuracy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "../../unit/solver/reference.h"
#include "solver/make_forward_model.h"

namespace scorefem::solver {
namespace {

TEST(Accuracy, EstimateAgreesWithTheErrorAgainstTheReference) {
  const Matrix flux = read_reference("reaction_flux.csv"), reference = read_reference("reaction_sensors.csv");
  auto options = ForwardOptions::defaults_for(Problem::reaction);
  options.discretisation = {3, 1, 3, 1.0};  // coarse: errors well above those of the reference
  const Vector estimate = discretisation_error(options, reference_sensors(), flux);
  const Matrix found = make_forward_model(options, reference_sensors())->observe(flux).concentration;
  ASSERT_EQ(estimate.size(), 4);
  for (Eigen::Index row = 0; row < 4; ++row) {
    const double error = largest_row_error(found.row(row), reference.row(row));
    EXPECT_GT(error, 1e-5);
    EXPECT_NEAR(estimate(row), error, 0.5 * error);  // the refined mesh has errors of its own
  }
}

TEST(Accuracy, NoFluxNoError) {
  const auto options = ForwardOptions::defaults_for(Problem::linear);
  EXPECT_EQ(discretisation_error(options, reference_sensors(), Matrix::Zero(1, 30))(0), 0);
}

TEST(Accuracy, StudyShowsErrorsFallWithTheUnknowns) {
  const Matrix flux = read_reference("reaction_flux.csv");
  const auto options = ForwardOptions::defaults_for(Problem::linear);
  const auto rows =
      convergence_study(options, reference_sensors(), flux, {{2, 1, 4, 2.0}, {4, 1, 5, 2.0}, {6, 1, 6, 2.0}});
  ASSERT_EQ(rows.size(), 3u);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_GT(rows[i].n_unknowns, rows[i - 1].n_unknowns);
    EXPECT_LT(rows[i].error, 0.2 * rows[i - 1].error);
    EXPECT_GT(rows[i].setup_seconds, 0);
    EXPECT_GE(rows[i].sample_seconds, 0);
  }
  EXPECT_THROW(convergence_study(options, reference_sensors(), flux, {}), std::invalid_argument);
  EXPECT_THROW(convergence_study(options, reference_sensors(), Matrix(0, 30), {{2, 1, 4, 2.0}}),
               std::invalid_argument);
}

TEST(Accuracy, RefinementAddsCellsWhereTheDegreeEnds) {
  EXPECT_EQ(refined({5, 1, 5, 2.0}).degree, 7);
  const DiscretisationOptions last = refined({12, 1, 5, 2.0});
  EXPECT_EQ(last.degree, 12);
  EXPECT_EQ(last.cells_across, 10);
  EXPECT_EQ(last.cells_per_segment, 2);
}

}  // namespace
}  // namespace scorefem::solver
