#include "pipeline/densities/density_table.h"

#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/provenance.h"
#include "pipeline/base/utf8_json.h"

namespace scorefem::densities {
namespace {

using Json = nlohmann::json;

/// Paper, Table 2: [process][sampler][density].
constexpr double kPaper[2][2][3] = {{{0.051, 0.059, 0.047}, {0.040, 0.043, 0.052}},
                                    {{0.046, 0.046, 0.045}, {0.041, 0.044, 0.041}}};

double average(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// JSON has no NaN: unknown numbers are null.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json as_json(const DensityScore& score) {
  return {{"process", to_string(score.process)},
          {"sampler", to_string(score.sampler)},
          {"density", to_string(score.density)},
          {"cost", number(score.mean())},
          {"spread", number(score.spread())},
          {"floor", number(score.mean_floor())},
          {"paper", score.paper_value()},
          {"cost_by_training", score.averages()},
          {"cost_by_training_and_conditioning_value", score.cost},
          {"floor_by_conditioning_value", score.floor}};
}

}  // namespace

std::vector<double> DensityScore::averages() const {
  std::vector<double> result;
  for (const std::vector<double>& training : cost) result.push_back(average(training));
  return result;
}

double DensityScore::mean() const {
  return average(averages());
}

double DensityScore::spread() const {
  const std::vector<double> values = averages();
  if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const double centre = average(values);
  double sum = 0.0;
  for (const double value : values) sum += (value - centre) * (value - centre);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

double DensityScore::mean_floor() const {
  return average(floor);
}

double DensityScore::paper_value() const {
  return kPaper[static_cast<std::size_t>(process)][static_cast<std::size_t>(sampler)]
               [static_cast<std::size_t>(density)];
}

void write_density_table(const DensityStudy& study, const std::vector<DensityScore>& scores) {
  std::ostringstream csv;
  csv.precision(8);
  csv << "process,sampler,density,cost,spread,trainings,floor,paper\n";
  Json json{
      {"study", study.name},      {"trainings", study.trainings}, {"epochs", study.training.epochs},
      {"samples", study.samples}, {"test", study.data.test},      {"band_width", study.data.band_width}};
  for (const auto& [name, value] : base::provenance(resolved_configuration(study))) json[name] = value;
  json["seeds"] = Json::array();
  for (int i = 0; i < study.trainings; ++i)
    json["seeds"].push_back(study.seed + static_cast<std::uint64_t>(i));
  for (const Density density : kDensities)
    json["conditioning"][to_string(density)] = study.conditioning(density);
  for (const DensityScore& score : scores) {
    csv << to_string(score.process) << ',' << to_string(score.sampler) << ',' << to_string(score.density)
        << ',' << score.mean() << ',' << score.spread() << ',' << score.cost.size() << ','
        << score.mean_floor() << ',' << score.paper_value() << '\n';
    json["cells"].push_back(as_json(score));
  }
  base::write_text_file(study.output + "/table2.csv", csv.str());
  base::write_text_file(study.output + "/table2.json", base::utf8_json(json, 2) + "\n");
}

void print_density_table(const std::vector<DensityScore>& scores) {
  std::printf("\n%-22s %-8s %-8s %8s %8s %8s %8s\n", "process", "sampler", "density", "cost", "spread",
              "floor", "paper");
  for (const DensityScore& score : scores) {
    std::printf("%-22s %-8s %-8s %8.4f %8.4f %8.4f %8.3f\n", to_string(score.process).c_str(),
                to_string(score.sampler).c_str(), to_string(score.density).c_str(), score.mean(),
                score.spread(), score.mean_floor(), score.paper_value());
  }
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace scorefem::densities
