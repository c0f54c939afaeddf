#include "pipeline/exporting/inference_data.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "pipeline/base/errors.h"
#include "pipeline/base/provenance.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/pair_sequence.h"
#include "pipeline/exporting/netcdf_file.h"
#include "pipeline/study/load_study.h"

namespace scorefem::exporting {
namespace {

namespace fs = std::filesystem;
using Type = NetcdfFile::Type;
using solver::Matrix;

/// The dimension of components, by name, with their groups and units.
void add_components(NetcdfFile& file, const std::string& group, const std::string& name,
                    const problem::Layout& layout) {
  std::vector<std::string> groups, units;
  for (const problem::Component& component : layout.components()) {
    groups.push_back(component.group);
    units.push_back(component.unit);
  }
  file.add_dimension(group, name, layout.names());
  file.add_texts(group, name + "_group", name, groups);
  file.add_texts(group, name + "_unit", name, units);
}

/// Says which lists of texts belong to a variable's components: coordinates, in the CF conventions.
void set_coordinates(NetcdfFile& file, const std::string& variable, const std::string& component) {
  file.set_attribute(variable, "coordinates", component + "_group " + component + "_unit");
}

void add_group(NetcdfFile& file, const std::string& group) {
  file.add_group(group);
  file.set_attribute(group, "inference_library", "scorefem");
  file.set_attribute(group, "inference_library_version", base::version());
}

void add_chains(NetcdfFile& file, const std::string& group, Eigen::Index draws) {
  file.add_dimension(group, "chain", 1, 0);
  file.add_dimension(group, "draw", draws, 0);
}

void add_measurements(NetcdfFile& file, const std::string& group, Eigen::Index n) {
  file.add_dimension(group, "measurement", n, 1);
}

void write_samples(const posterior::Posterior& posterior, const problem::Layout& unknowns, NetcdfFile& file) {
  const auto draws = static_cast<hsize_t>(posterior.n_samples());
  const auto d = static_cast<hsize_t>(unknowns.size());
  add_group(file, "posterior");
  add_chains(file, "posterior", posterior.n_samples());
  add_measurements(file, "posterior", posterior.n_measurements());
  add_components(file, "posterior", "unknown", unknowns);
  file.add_variable("posterior", "unknowns", {"chain", "draw", "measurement", "unknown"}, Type::float32);
  set_coordinates(file, "posterior/unknowns", "unknown");
  add_group(file, "sample_stats");
  add_chains(file, "sample_stats", posterior.n_samples());
  add_measurements(file, "sample_stats", posterior.n_measurements());
  file.add_variable("sample_stats", "outside_bounds", {"chain", "draw", "measurement"}, Type::flag);
  for (Eigen::Index i = 0; i < posterior.n_measurements(); ++i) {
    const Matrix samples = posterior.samples(i);
    solver::Vector outside = solver::Vector::Zero(samples.rows());
    for (Eigen::Index j = 0; j < unknowns.size(); ++j) {
      const auto values = samples.col(j).array();
      outside.array() += (values < unknowns[j].lower || values > unknowns[j].upper).cast<double>();
    }
    outside = outside.cwiseMin(1);
    const auto row = static_cast<hsize_t>(i);
    file.write("posterior", "unknowns", {0, 0, row, 0}, {1, draws, 1, d}, samples.data());
    file.write("sample_stats", "outside_bounds", {0, 0, row}, {1, draws, 1}, outside.data());
  }
}

void write_prior(const Matrix& prior, const problem::Layout& unknowns, NetcdfFile& file) {
  add_group(file, "prior");
  add_chains(file, "prior", prior.rows());
  add_components(file, "prior", "unknown", unknowns);
  file.add_variable("prior", "unknowns", {"chain", "draw", "unknown"}, Type::float64);
  set_coordinates(file, "prior/unknowns", "unknown");
  file.write("prior", "unknowns", prior.data());
}

void write_observed(const posterior::Posterior& posterior, const problem::Layout& observations,
                    NetcdfFile& file) {
  add_group(file, "observed_data");
  add_measurements(file, "observed_data", posterior.n_measurements());
  add_components(file, "observed_data", "observation", observations);
  file.add_variable("observed_data", "observations", {"measurement", "observation"}, Type::float64);
  set_coordinates(file, "observed_data/observations", "observation");
  file.write("observed_data", "observations", posterior.measurement().to_nan().data());
}

void write_constants(const posterior::Posterior& posterior, const problem::Layout& unknowns,
                     const problem::Layout& observations, NetcdfFile& file) {
  const std::string group = "constant_data";
  const auto add = [&](const std::string& name, const std::vector<std::string>& dimensions,
                       const double* values) {
    file.add_variable(group, name, dimensions, Type::float64);
    for (const char* component : {"unknown", "observation"})
      if (std::find(dimensions.begin(), dimensions.end(), component) != dimensions.end())
        set_coordinates(file, group + "/" + name, component);
    file.write(group, name, values);
  };
  add_group(file, group);
  add_measurements(file, group, posterior.n_measurements());
  add_components(file, group, "unknown", unknowns);
  add_components(file, group, "observation", observations);
  Matrix bounds(2, unknowns.size());
  for (Eigen::Index j = 0; j < unknowns.size(); ++j) bounds.col(j) << unknowns[j].lower, unknowns[j].upper;
  add("lower", {"unknown"}, bounds.row(0).data());
  add("upper", {"unknown"}, bounds.row(1).data());
  if (posterior.has_truth()) add("truth", {"measurement", "unknown"}, posterior.truth().data());
  if (observations.dimension() > 0) {
    const auto dimension = static_cast<Eigen::Index>(observations.dimension());
    Matrix position(observations.size(), dimension);
    for (Eigen::Index i = 0; i < observations.size(); ++i) {
      for (Eigen::Index k = 0; k < dimension; ++k)
        position(i, k) = observations[i].position[static_cast<std::size_t>(k)];
    }
    const std::vector<std::string> axes = {"x", "y", "z"};
    file.add_dimension(group, "axis", {axes.begin(), axes.begin() + dimension});
    add("position", {"observation", "axis"}, position.data());
  }
}

/// How unlike training the measurements are. Those that are repeated have rows of their own.
void write_misfit(const posterior::Posterior& posterior, NetcdfFile& file) {
  bool has_rows = false;
  for (const std::string& name : posterior::Posterior::misfit_names()) {
    const solver::Vector misfit = posterior.misfit(name);
    if (misfit.size() == 0) continue;
    const bool of_rows = misfit.size() != posterior.n_measurements();
    if (of_rows && !has_rows) file.add_dimension("constant_data", "row", misfit.size(), 1);
    has_rows = has_rows || of_rows;
    const bool is_flag = name.find("_warned") != std::string::npos;
    file.add_variable("constant_data", name, {of_rows ? "row" : "measurement"},
                      is_flag ? Type::flag : Type::float64);
    file.write("constant_data", name, misfit.data());
  }
}

/// Whether the lines of one configuration are all in another, which says more.
bool is_part(const std::string& lines, const std::string& of) {
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);)
    if (("\n" + of).find("\n" + line + "\n") == std::string::npos) return false;
  return true;
}

/// The first unknowns of the training part; none if the file is no data set that the posterior is of.
std::optional<Matrix> unknowns_of(const std::string& path, const posterior::Posterior& posterior,
                                  Eigen::Index n) {
  if (!fs::exists(path)) return std::nullopt;
  try {
    const dataset::Dataset dataset(path);
    const Eigen::Index rows = dataset.shape().rows[dataset::Split::train];
    if (rows == 0 || !dataset.unknowns().same_components(posterior.unknowns()) ||
        !is_part(dataset.origin().inputs, posterior.origin().inputs))
      return std::nullopt;
    return dataset.read(dataset::Split::train, 0, std::min(n, rows)).unknowns;
  } catch (const base::InputError&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<Matrix> prior_draws(const posterior::Posterior& posterior, const std::string& path,
                                  Eigen::Index n) {
  const problem::Layout unknowns = posterior.unknowns();
  std::string output;
  try {
    const study::Study study = study::stored_study(posterior.text("configuration"), path);
    output = study.output;
    // Files that the configuration names may have another content by now.
    if (study::sampling_inputs(study) == posterior.origin().inputs && study.forward->simulates() &&
        study.forward->unknowns().same_components(unknowns) && study::make_prior(study) != nullptr)
      return dataset::draw_unknowns(study, dataset::Split::train, {0, std::min(n, study.data.train)});
  } catch (const base::InputError&) {
    // Of another version, or with files that are elsewhere: a data set may still say it.
  }
  std::vector<fs::path> folders = {fs::path(path).parent_path()};
  if (!output.empty()) folders.emplace_back(output);
  for (const fs::path& folder : folders) {
    if (const auto found = unknowns_of((folder / "dataset.h5").string(), posterior, n)) return found;
  }
  return std::nullopt;
}

void write_inference_data(const posterior::Posterior& posterior, const std::optional<Matrix>& prior,
                          const std::string& path) {
  const problem::Layout unknowns = posterior.unknowns(), observations = posterior.observations();
  NetcdfFile file(path);
  file.set_attribute("/", "inference_library", "scorefem");
  file.set_attribute("/", "inference_library_version", base::version());
  for (const char* name : {"scorefem_version", "git_hash", "date", "configuration", "model"})
    file.set_attribute("/", name, posterior.text(name));
  for (const char* name : {"seed", "noise_std", "network_evaluations"})
    file.set_attribute("/", name, posterior.attribute(name));
  write_samples(posterior, unknowns, file);
  if (prior) write_prior(*prior, unknowns, file);
  write_observed(posterior, observations, file);
  write_constants(posterior, unknowns, observations, file);
  write_misfit(posterior, file);
  file.close();
}

}  // namespace scorefem::exporting
