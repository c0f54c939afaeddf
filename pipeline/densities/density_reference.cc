#include "pipeline/densities/density_reference.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/hdf5_file.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/base/provenance.h"

namespace scorefem::densities {
namespace {

using solver::Matrix;

constexpr Eigen::Index kGridSize = 240;

Matrix as_row(const std::vector<double>& values) {
  return Eigen::Map<const Matrix>(values.data(), 1, static_cast<Eigen::Index>(values.size()));
}

std::vector<std::vector<double>> reference_sets(const DensityStudy& study, Density density, PairSet set) {
  const JointDraws pairs = draw_pairs(density, study.seed, set, static_cast<std::size_t>(study.data.test));
  std::vector<std::vector<double>> sets;
  for (const double y : study.conditioning(density)) {
    sets.push_back(conditional_samples(pairs, y, study.data.band_width));
    if (!sets.back().empty()) continue;
    std::ostringstream message;
    message << "conditioning." << to_string(density) << ": y = " << y
            << "; expected values with at least one of " << study.data.test
            << " test pairs in a band of width " << study.data.band_width;
    throw base::InputError(message.str());
  }
  return sets;
}

/// What the floors depend on: study and density, but no model.
std::string reference_inputs(const DensityStudy& study, Density density) {
  std::ostringstream text;
  text.precision(17);
  text << to_string(density) << ", seed " << study.seed << ", test " << study.data.test << ", band "
       << study.data.band_width << ", regularisation " << study.transport.regularisation << ", tolerance "
       << study.transport.tolerance << ", y";
  for (const double y : study.conditioning(density)) text << ' ' << y;
  return text.str();
}

/// Equally spaced values over the range of the draws that leaves out the outermost share on either side.
std::vector<double> grid_over(std::vector<double> draws) {
  constexpr double kOutermost = 1e-3;
  std::sort(draws.begin(), draws.end());
  const auto cut = static_cast<std::size_t>(kOutermost * static_cast<double>(draws.size()));
  const double first = draws[cut], last = draws[draws.size() - 1 - cut];
  std::vector<double> grid;
  for (Eigen::Index i = 0; i < kGridSize; ++i)
    grid.push_back(first + (last - first) * static_cast<double>(i) / static_cast<double>(kGridSize - 1));
  return grid;
}

void write_joint_density(base::Hdf5File& file, const DensityStudy& study, Density density) {
  const JointDraws pairs =
      draw_pairs(density, study.seed, PairSet::test, static_cast<std::size_t>(study.data.test));
  const std::vector<double> x = grid_over(pairs.x), y = grid_over(pairs.y);
  Matrix values(kGridSize, kGridSize);
  for (Eigen::Index i = 0; i < kGridSize; ++i)
    for (Eigen::Index j = 0; j < kGridSize; ++j)
      values(i, j) = joint_density(density, x[static_cast<std::size_t>(i)], y[static_cast<std::size_t>(j)]);
  file.write_matrix("/grid_x", as_row(x));
  file.write_matrix("/grid_y", as_row(y));
  file.write_matrix("/joint_density", values);
  file.set_attribute("/joint_density", "axes", std::string("x, y"));
}

void write_reference(const std::string& path, const DensityStudy& study, Density density,
                     const DensityReference& reference, const std::string& inputs) {
  base::AtomicFile output(path);
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
  file.set_attribute("/", "type", std::string("scorefem density reference"));
  for (const auto& [name, value] : base::provenance(resolved_configuration(study)))
    file.set_attribute("/", name, value);
  file.set_attribute("/", "inputs", inputs);
  file.write_matrix("/y", as_row(study.conditioning(density)));
  file.write_matrix("/floor", as_row(reference.floor));
  for (std::size_t i = 0; i < reference.x.size(); ++i)
    file.write_matrix("/x_" + std::to_string(i), as_row(reference.x[i]));
  write_joint_density(file, study, density);
  file.close();
  output.commit();
}

}  // namespace

double logged_cost(const DensityContext& context, const std::string& what, const std::vector<double>& x,
                   const std::vector<double>& y) {
  const diffusion::SinkhornResult result = diffusion::sinkhorn_cost(x, y, context.study.transport);
  if (!result.converged) {
    std::ostringstream message;
    message << what << ": the transport plan did not converge in " << result.iterations
            << " iterations; its marginals are wrong by " << result.marginal_error;
    context.log.warn("transport", message.str());
  }
  return result.cost;
}

std::string reference_path(const DensityStudy& study, Density density) {
  return study.output + "/reference_" + to_string(density) + ".h5";
}

DensityReference make_reference(const DensityContext& context, Density density) {
  const DensityStudy& study = context.study;
  const std::string path = reference_path(study, density);
  const std::string inputs = reference_inputs(study, density);
  DensityReference reference{reference_sets(study, density, PairSet::test), {}};
  if (std::filesystem::exists(path)) {
    const base::Hdf5File file = base::Hdf5File::open(path);
    if (file.text_attribute("/", "inputs") == inputs) {
      const Matrix floor = file.read_matrix("/floor");
      reference.floor.assign(floor.data(), floor.data() + floor.size());
      return reference;
    }
  }
  const std::vector<std::vector<double>> second = reference_sets(study, density, PairSet::second_test);
  for (std::size_t i = 0; i < second.size(); ++i) {
    reference.floor.push_back(
        logged_cost(context, to_string(density) + " reference", second[i], reference.x[i]));
    base::stop_if_interrupted("models and samples that are finished are kept");
  }
  write_reference(path, study, density, reference, inputs);
  context.log.info("reference", "densities: " + path + " written");
  return reference;
}

}  // namespace scorefem::densities
