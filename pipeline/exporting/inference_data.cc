#include "pipeline/exporting/inference_data.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <utility>

#include "pipeline/base/errors.h"
#include "pipeline/base/provenance.h"
#include "pipeline/dataset/dataset.h"
#include "pipeline/dataset/pair_sequence.h"
#include "pipeline/exporting/netcdf_file.h"
#include "pipeline/posterior/training_rows.h"
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
    const std::string variable = group + "/" + name;
    for (const char* component : {"unknown", "observation"})
      if (std::find(dimensions.begin(), dimensions.end(), component) != dimensions.end())
        set_coordinates(file, variable, component);
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

/// What `infer --reference` and `infer --correct` found, in groups of their own. The draws of all chains are
/// one chain.
void write_answers_beside(const posterior::Posterior& posterior, const problem::Layout& unknowns,
                          NetcdfFile& file) {
  struct Array {
    const char* name;      // in the posterior file
    const char* variable;  // in NetCDF
    std::vector<std::string> dimensions;
    Type type = Type::float64;
  };
  const std::vector<std::string> draws = {"chain", "draw", "measurement", "unknown"};
  const std::vector<std::string> each = {"measurement", "unknown"}, one = {"measurement"};
  const std::vector<std::pair<std::string, std::vector<Array>>> groups = {
      {"reference",
       {{"samples", "unknowns", draws},
        {"mean", "mean", each},
        {"standard_deviation", "standard_deviation", each},
        {"rhat", "rhat", each},
        {"ess_bulk", "ess_bulk", each},
        {"ess_tail", "ess_tail", each},
        {"distance", "distance", each},
        {"sd_ratio", "sd_ratio", each},
        {"converged", "converged", one, Type::flag},
        {"evaluations", "evaluations", one}}},
      {"corrected",
       {{"samples", "unknowns", draws},
        {"weighted", "weighted", draws},
        {"weights", "weights", {"chain", "draw", "measurement"}},
        {"mean", "mean", each},
        {"standard_deviation", "standard_deviation", each},
        {"khat", "khat", one},
        {"effective_draws", "effective_draws", one},
        {"trustworthy", "trustworthy", one, Type::flag},
        {"unsolved", "unsolved", one}}}};
  for (const auto& [group, arrays] : groups) {
    if (!posterior.has("/" + group + "/samples")) continue;
    const Eigen::Index n_draws = posterior.of_measurement("/" + group + "/samples", 0).rows();
    const std::map<std::string, hsize_t> sizes = {{"chain", 1},
                                                  {"draw", static_cast<hsize_t>(n_draws)},
                                                  {"measurement", 1},
                                                  {"unknown", static_cast<hsize_t>(unknowns.size())}};
    add_group(file, group);
    add_chains(file, group, n_draws);
    add_measurements(file, group, posterior.n_measurements());
    add_components(file, group, "unknown", unknowns);
    for (const Array& array : arrays) {
      const std::string path = "/" + group + "/" + array.name;
      if (!posterior.has(path)) continue;
      file.add_variable(group, array.variable, array.dimensions, array.type);
      if (array.dimensions.back() == "unknown")
        set_coordinates(file, group + "/" + array.variable, "unknown");
      for (Eigen::Index i = 0; i < posterior.n_measurements(); ++i) {
        NetcdfFile::Extents start, count;
        for (const std::string& dimension : array.dimensions) {
          start.push_back(dimension == "measurement" ? static_cast<hsize_t>(i) : 0);
          count.push_back(sizes.at(dimension));
        }
        file.write(group, array.variable, start, count, posterior.of_measurement(path, i).data());
      }
    }
  }
}

/// Whether the lines of one configuration are all in another, which says more.
bool is_part(const std::string& lines, const std::string& of) {
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);)
    if (("\n" + of).find("\n" + line + "\n") == std::string::npos) return false;
  return true;
}

/// Unknowns drawn from the training part; none if the file is no data set that the posterior is of.
std::optional<Matrix> unknowns_of(const std::string& path, const posterior::Posterior& posterior,
                                  Eigen::Index n) {
  if (!fs::exists(path)) return std::nullopt;
  try {
    const dataset::Dataset dataset(path);
    const Eigen::Index rows = dataset.shape().rows[dataset::Split::train];
    if (rows == 0 || !dataset.unknowns().same_components(posterior.unknowns()) ||
        !is_part(dataset.origin().inputs, posterior.origin().inputs))
      return std::nullopt;
    const std::vector<Eigen::Index> drawn = posterior::drawn_rows(rows, std::min(n, rows));
    Matrix unknowns(static_cast<Eigen::Index>(drawn.size()), posterior.n_unknowns());
    for (std::size_t i = 0; i < drawn.size(); ++i)
      unknowns.row(static_cast<Eigen::Index>(i)) = dataset.read(dataset::Split::train, drawn[i], 1).unknowns;
    return unknowns;
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
    if (auto found = unknowns_of((folder / "dataset.h5").string(), posterior, n)) return found;
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
  write_answers_beside(posterior, unknowns, file);
  file.close();
}

}  // namespace scorefem::exporting
