#include "pipeline/dataset/observation_encoding.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "pipeline/base/errors.h"
#include "pipeline/base/fingerprint.h"

namespace scorefem::dataset {

using solver::Matrix;
using solver::Vector;

Matrix ObservationEncoding::of(const problem::Measurements& measurements, const problem::Noise& noise) const {
  const Eigen::Index n = measurements.rows(), m = measurements.columns();
  const problem::Mask& there = measurements.there();
  Matrix seen(n, m + static_cast<Eigen::Index>(together_.size()));
  seen.leftCols(m) =
      noise.standardise(bent(there.select(measurements.values(), fill_.transpose().replicate(n, 1))));
  for (std::size_t k = 0; k < together_.size(); ++k)
    seen.col(m + static_cast<Eigen::Index>(k)) = there.col(together_[k].front()).cast<double>().matrix();
  return seen;
}

const char* ObservationEncoding::without_likelihood() const {
  if (!together_.empty()) return "the data set has missing values, which the network learnt as such";
  if (!curves_.empty())
    return "the network sees the observations by curves, with the noise of the simulator in them";
  return "the data set has masks, and the noise is in its pairs";
}

ObservationEncoding ObservationEncoding::by(std::vector<ObservationCurve> curves) const {
  const auto m = static_cast<Eigen::Index>(curves.size());
  return {encodes() ? fill_ : Vector::Zero(m), together_, std::move(curves)};
}

Matrix ObservationEncoding::bent(Matrix values) const {
  for (std::size_t j = 0; j < curves_.size(); ++j) {
    auto column = values.col(static_cast<Eigen::Index>(j));
    if (curves_[j].bends()) column = column.unaryExpr(curves_[j]).eval();
  }
  return values;
}

void ObservationEncoding::require_known(const problem::Measurements& measurements,
                                        const problem::Layout& observations, const std::string& path) const {
  for (Eigen::Index i = 0; i < measurements.rows(); ++i) {
    const auto there = [&](Eigen::Index j) { return measurements.there()(i, j); };
    std::vector<bool> known(static_cast<std::size_t>(measurements.columns()), false);
    const std::string place = path + ": measurement " + std::to_string(i + 1) + ", ";
    for (const std::vector<Eigen::Index>& group : together_) {
      for (const Eigen::Index j : group) {
        known[static_cast<std::size_t>(j)] = true;
        if (there(j) == there(group.front())) continue;
        const Eigen::Index missing = there(j) ? group.front() : j, other = there(j) ? j : group.front();
        throw base::InputError(place + observations[missing].name + " is missing and " +
                               observations[other].name +
                               " is there; expected both or none, as in all training pairs");
      }
    }
    for (Eigen::Index j = 0; j < measurements.columns(); ++j) {
      if (there(j) || known[static_cast<std::size_t>(j)]) continue;
      throw base::InputError(place + observations[j].name +
                             " is missing; expected a number: it is there in all training pairs");
    }
  }
}

nlohmann::json ObservationEncoding::to_json(const problem::Noise& noise) const {
  const Vector standard = noise.standardise(bent(fill_.transpose())).transpose();
  nlohmann::json json = {{"fill", std::vector<double>(fill_.begin(), fill_.end())},
                         {"standard_fill", std::vector<double>(standard.begin(), standard.end())},
                         {"together", together_}};
  if (!curves_.empty()) json["curves"] = dataset::to_json(curves_);
  return json;
}

ObservationEncoding ObservationEncoding::from_json(const nlohmann::json& json) {
  try {
    const auto fill = json.at("fill").get<std::vector<double>>();
    return {Eigen::Map<const Vector>(fill.data(), static_cast<Eigen::Index>(fill.size())),
            json.at("together").get<std::vector<std::vector<Eigen::Index>>>(),
            json.contains("curves") ? curves_from_json(json["curves"]) : std::vector<ObservationCurve>()};
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument(std::string("encoding of observations: ") + error.what());
  }
}

ObservationEncoding observation_encoding(const study::Study& study, const Dataset& dataset) {
  if (study.forward->simulates() || !dataset.shape().has_mask) return {};
  const Eigen::Index m = dataset.shape().n_observations;
  Vector fill = Vector::Zero(m);
  std::vector<base::Fingerprint> masks(static_cast<std::size_t>(m));
  std::vector<bool> ever_missing(static_cast<std::size_t>(m), false);
  dataset.for_each_block(Split::train, [&](RowRange /*rows*/, const SampleBlock& block) {
    for (Eigen::Index j = 0; j < m; ++j) {
      for (Eigen::Index i = 0; i < block.mask.rows(); ++i) {
        const bool there = block.mask(i, j) > 0;
        masks[static_cast<std::size_t>(j)].add(&there, 1);
        if (there) continue;
        ever_missing[static_cast<std::size_t>(j)] = true;
        fill(j) = block.observations(i, j);  // written by the import
      }
    }
  });
  // Two columns that say the same would make the fit of a Gaussian singular.
  std::map<std::uint64_t, std::size_t> group_of;
  std::vector<std::vector<Eigen::Index>> together;
  for (std::size_t j = 0; j < masks.size(); ++j) {
    if (!ever_missing[j]) continue;
    const auto [place, is_new] = group_of.emplace(masks[j].hash(), together.size());
    if (is_new) together.emplace_back();
    together[place->second].push_back(static_cast<Eigen::Index>(j));
  }
  return {std::move(fill), std::move(together)};
}

}  // namespace scorefem::dataset
