#include "pipeline/truth/reference_file.h"

#include <array>

#include "pipeline/base/errors.h"

namespace scorefem::truth {
namespace {

using solver::Matrix;
using solver::Vector;

constexpr const char* kType = "scorefem reference";

struct ArrayInfo {
  const char* name;
  const char* unit;
};

/// One number a measurement and unknown, and where a posterior keeps them.
struct UnknownArray {
  ArrayInfo info;
  Vector ReferencePosterior::*values;
};
constexpr std::array kUnknownArrays = {
    UnknownArray{{"/mean", "of the unknown"}, &ReferencePosterior::mean},
    UnknownArray{{"/standard_deviation", "of the unknown"}, &ReferencePosterior::standard_deviation},
    UnknownArray{{"/rhat", "1"}, &ReferencePosterior::rhat},
    UnknownArray{{"/ess_bulk", "1"}, &ReferencePosterior::ess_bulk},
    UnknownArray{{"/ess_tail", "1"}, &ReferencePosterior::ess_tail}};

/// One count a measurement, and where a posterior keeps it.
struct CountArray {
  ArrayInfo info;
  std::int64_t ReferencePosterior::*value;
};
constexpr std::array kCountArrays = {CountArray{{"/iterations", "1"}, &ReferencePosterior::iterations},
                                     CountArray{{"/evaluations", "1"}, &ReferencePosterior::evaluations},
                                     CountArray{{"/failed_solves", "1"}, &ReferencePosterior::failed_solves}};

constexpr ArrayInfo kSamples{"/samples", "of the unknown"};
constexpr ArrayInfo kMeasurement{"/measurement", "of the observation"};
constexpr ArrayInfo kTruth{"/truth", "of the unknown"};
constexpr ArrayInfo kConverged{"/converged", "1 (1 yes, 0 no)"};

void create(base::Hdf5File& file, const ArrayInfo& info, const char* axes,
            const std::vector<Eigen::Index>& extents) {
  const bool as_float = extents.size() == 3;  // the samples, which are by far the most
  file.create_array(info.name, {extents.begin(), extents.end()}, as_float);
  file.set_attribute(info.name, "unit", std::string(info.unit));
  file.set_attribute(info.name, "axes", std::string(axes));
}

}  // namespace

ReferenceWriter::ReferenceWriter(const std::string& path, const ReferenceShape& shape)
    : file_(base::Hdf5File::create(path)) {
  const Eigen::Index n = shape.n_measurements;
  create(file_, kSamples, "measurement, sample, unknown", {n, shape.n_samples, shape.n_unknowns});
  for (const UnknownArray& array : kUnknownArrays) {
    create(file_, array.info, "measurement, unknown", {n, shape.n_unknowns});
  }
  create(file_, kTruth, "measurement, unknown", {n, shape.n_unknowns});
  create(file_, kMeasurement, "measurement, observation", {n, shape.n_observations});
  create(file_, kConverged, "measurement", {n});
  for (const CountArray& array : kCountArrays) create(file_, array.info, "measurement", {n});
}

void ReferenceWriter::write(Eigen::Index measurement, const ReferenceRow& row) {
  const auto write_row = [&](const ArrayInfo& info, const double* values) {
    file_.write_rows(info.name, static_cast<hsize_t>(measurement), 1, values);
  };
  const ReferencePosterior& posterior = row.posterior;
  write_row(kMeasurement, row.measurement.to_nan().data());
  write_row(kTruth, row.truth.data());
  write_row(kSamples, posterior.samples.data());
  for (const UnknownArray& array : kUnknownArrays) write_row(array.info, (posterior.*array.values).data());
  const double converged = posterior.converged ? 1 : 0;
  write_row(kConverged, &converged);
  for (const CountArray& array : kCountArrays) {
    const auto count = static_cast<double>(posterior.*array.value);
    write_row(array.info, &count);
  }
  evaluations_ += posterior.evaluations;
  failed_solves_ += posterior.failed_solves;
}

void ReferenceWriter::finish(const ReferenceAttributes& attributes) {
  file_.set_attribute("/", "type", std::string(kType));
  file_.set_attribute("/", "format_version", kReferenceFormatVersion);
  for (const auto& [name, value] : attributes.texts) file_.set_attribute("/", name, value);
  file_.set_attribute("/", "seed", attributes.seed);
  file_.set_attribute("/", "chains", attributes.chains);
  file_.set_attribute("/", "noise_std", attributes.noise_std);
  file_.set_attribute("/", "seconds", attributes.seconds);
  file_.set_attribute("/", "evaluations", evaluations_);
  file_.set_attribute("/", "failed_solves", failed_solves_);
  file_.close();
}

Reference::Reference(const std::string& path) : file_(base::Hdf5File::open(path)) {
  if (!file_.has_attribute("/", "type") || file_.text_attribute("/", "type") != kType) {
    throw base::InputError(path + ": not a file of reference posteriors (attribute type is not '" + kType +
                           "')");
  }
  if (file_.number_attribute("/", "format_version") != static_cast<double>(kReferenceFormatVersion)) {
    throw base::InputError(path + ": another format version; this program reads version " +
                           std::to_string(kReferenceFormatVersion));
  }
  const base::Hdf5File::Extents samples = file_.extents(kSamples.name);
  const base::Hdf5File::Extents measurement = file_.extents(kMeasurement.name);
  if (samples.size() != 3 || measurement.size() != 2 || samples[0] != measurement[0]) {
    throw base::InputError(
        path +
        ": /samples [measurement, sample, unknown] or /measurement [measurement, observation] "
        "is missing or of another shape");
  }
  shape_ = {static_cast<Eigen::Index>(samples[0]), static_cast<Eigen::Index>(samples[1]),
            static_cast<Eigen::Index>(samples[2]), static_cast<Eigen::Index>(measurement[1])};
}

Matrix Reference::samples(Eigen::Index measurement) const {
  Matrix values(shape_.n_samples, shape_.n_unknowns);
  file_.read_rows(kSamples.name, static_cast<hsize_t>(measurement), 1, values.data());
  return values;
}

std::vector<bool> Reference::converged() const {
  Vector values(shape_.n_measurements);
  file_.read_rows(kConverged.name, 0, static_cast<hsize_t>(shape_.n_measurements), values.data());
  std::vector<bool> converged;
  for (const double value : values) converged.push_back(value != 0);
  return converged;
}

ReferenceRow Reference::read(Eigen::Index measurement) const {
  const auto read_row = [&](const ArrayInfo& info, Eigen::Index length) {
    Vector values(length);
    file_.read_rows(info.name, static_cast<hsize_t>(measurement), 1, values.data());
    return values;
  };
  ReferenceRow row{problem::Measurements::from_nan(read_row(kMeasurement, shape_.n_observations).transpose()),
                   read_row(kTruth, shape_.n_unknowns),
                   {}};
  row.posterior.samples = samples(measurement);
  for (const UnknownArray& array : kUnknownArrays) {
    row.posterior.*array.values = read_row(array.info, shape_.n_unknowns);
  }
  row.posterior.converged = read_row(kConverged, 1)(0) != 0;
  for (const CountArray& array : kCountArrays) {
    row.posterior.*array.value = static_cast<std::int64_t>(read_row(array.info, 1)(0));
  }
  return row;
}

bool same_measurements(const problem::Measurements& a, const problem::Measurements& b) {
  constexpr double kRounding = 1e-9;  // of the largest value; that of another processor is 1e-10
  if (a.rows() != b.rows() || a.columns() != b.columns()) return false;
  if ((a.there() != b.there()).any()) return false;
  const Matrix difference = a.values() - b.values();
  return difference.size() == 0 ||
         difference.cwiseAbs().maxCoeff() <= kRounding * a.values().cwiseAbs().maxCoeff();
}

}  // namespace scorefem::truth
