#include "pipeline/reference_file.h"

#include <array>

#include "pipeline/errors.h"

namespace scorefem {
namespace {

using solver::Matrix;
using solver::Vector;

constexpr const char* kType = "scorefem reference";

struct ArrayInfo {
  const char* name;
  const char* unit;
};

/// One number a measurement and segment, and where a posterior keeps them.
struct SegmentArray {
  ArrayInfo info;
  Vector ReferencePosterior::*values;
};
constexpr std::array kSegmentArrays = {
    SegmentArray{{"/mean", "flux"}, &ReferencePosterior::mean},
    SegmentArray{{"/standard_deviation", "flux"}, &ReferencePosterior::standard_deviation},
    SegmentArray{{"/rhat", "1"}, &ReferencePosterior::rhat},
    SegmentArray{{"/ess_bulk", "1"}, &ReferencePosterior::ess_bulk},
    SegmentArray{{"/ess_tail", "1"}, &ReferencePosterior::ess_tail}};

constexpr ArrayInfo kSamples{"/samples", "flux"};
constexpr ArrayInfo kMeasurement{"/measurement", "concentration"};
constexpr ArrayInfo kTruth{"/truth", "flux"};
constexpr ArrayInfo kConverged{"/converged", "1 (1 yes, 0 no)"};
constexpr ArrayInfo kIterations{"/iterations", "1"};
constexpr ArrayInfo kEvaluations{"/evaluations", "1"};
constexpr ArrayInfo kFailedSolves{"/failed_solves", "1"};

void create(Hdf5File& file, const ArrayInfo& info, const char* axes,
            const std::vector<Eigen::Index>& extents) {
  const bool as_float = extents.size() == 3;  // the samples, which are by far the most
  file.create_array(info.name, {extents.begin(), extents.end()}, as_float);
  file.set_attribute(info.name, "unit", std::string(info.unit));
  file.set_attribute(info.name, "axes", std::string(axes));
}

}  // namespace

ReferenceWriter::ReferenceWriter(const std::string& path, const ReferenceShape& shape)
    : file_(Hdf5File::create(path)) {
  const Eigen::Index n = shape.n_measurements;
  create(file_, kSamples, "measurement, sample, segment", {n, shape.n_samples, shape.n_segments});
  for (const SegmentArray& array : kSegmentArrays) {
    create(file_, array.info, "measurement, segment", {n, shape.n_segments});
  }
  create(file_, kTruth, "measurement, segment", {n, shape.n_segments});
  create(file_, kMeasurement, "measurement, sensor", {n, shape.n_sensors});
  for (const ArrayInfo& info : {kConverged, kIterations, kEvaluations, kFailedSolves}) {
    create(file_, info, "measurement", {n});
  }
}

void ReferenceWriter::write(Eigen::Index first, const ReferenceBlock& block) {
  auto row = static_cast<hsize_t>(first);
  const auto n = static_cast<hsize_t>(block.measurement.rows());
  file_.write_rows(kMeasurement.name, row, n, block.measurement.data());
  file_.write_rows(kTruth.name, row, n, block.truth.data());
  for (const ReferencePosterior& posterior : block.posteriors) {
    file_.write_rows(kSamples.name, row, 1, posterior.samples.data());
    for (const SegmentArray& array : kSegmentArrays) {
      file_.write_rows(array.info.name, row, 1, (posterior.*array.values).data());
    }
    const auto write_number = [&](const ArrayInfo& info, double value) {
      file_.write_rows(info.name, row, 1, &value);
    };
    write_number(kConverged, posterior.converged ? 1 : 0);
    write_number(kIterations, static_cast<double>(posterior.iterations));
    write_number(kEvaluations, static_cast<double>(posterior.evaluations));
    write_number(kFailedSolves, static_cast<double>(posterior.failed_solves));
    evaluations_ += posterior.evaluations;
    failed_solves_ += posterior.failed_solves;
    ++row;
  }
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

Reference::Reference(const std::string& path) : file_(Hdf5File::open(path)) {
  if (!file_.has_attribute("/", "type") || file_.text_attribute("/", "type") != kType) {
    throw InputError(path + ": not a file of reference posteriors (attribute type is not '" + kType + "')");
  }
  if (file_.number_attribute("/", "format_version") != static_cast<double>(kReferenceFormatVersion)) {
    throw InputError(path + ": another format version; this program reads version " +
                     std::to_string(kReferenceFormatVersion));
  }
  const Hdf5File::Extents samples = file_.extents(kSamples.name);
  const Hdf5File::Extents measurement = file_.extents(kMeasurement.name);
  if (samples.size() != 3 || measurement.size() != 2 || samples[0] != measurement[0]) {
    throw InputError(path +
                     ": /samples [measurement, sample, segment] or /measurement [measurement, sensor] "
                     "is missing or of another shape");
  }
  shape_ = {static_cast<Eigen::Index>(samples[0]), static_cast<Eigen::Index>(samples[1]),
            static_cast<Eigen::Index>(samples[2]), static_cast<Eigen::Index>(measurement[1])};
}

Matrix Reference::samples(Eigen::Index measurement) const {
  Matrix values(shape_.n_samples, shape_.n_segments);
  file_.read_rows(kSamples.name, static_cast<hsize_t>(measurement), 1, values.data());
  return values;
}

Vector Reference::column(const std::string& array) const {
  Vector values(shape_.n_measurements);
  file_.read_rows(array, 0, static_cast<hsize_t>(shape_.n_measurements), values.data());
  return values;
}

std::vector<bool> Reference::converged() const {
  const Vector values = column(kConverged.name);
  std::vector<bool> converged;
  for (const double value : values) converged.push_back(value != 0);
  return converged;
}

ReferenceBlock Reference::read() const {
  ReferenceBlock block{measurement(), truth(), {}};
  block.posteriors.resize(static_cast<std::size_t>(shape_.n_measurements));
  const Vector all_converged = column(kConverged.name);
  const Vector all_iterations = column(kIterations.name);
  const Vector all_evaluations = column(kEvaluations.name);
  const Vector all_failed_solves = column(kFailedSolves.name);
  for (Eigen::Index i = 0; i < shape_.n_measurements; ++i) {
    ReferencePosterior& posterior = block.posteriors[static_cast<std::size_t>(i)];
    posterior.samples = samples(i);
    posterior.converged = all_converged(i) != 0;
    posterior.iterations = static_cast<std::int64_t>(all_iterations(i));
    posterior.evaluations = static_cast<std::int64_t>(all_evaluations(i));
    posterior.failed_solves = static_cast<std::int64_t>(all_failed_solves(i));
  }
  for (const SegmentArray& array : kSegmentArrays) {
    const Matrix values = file_.read_matrix(array.info.name);
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
      block.posteriors[static_cast<std::size_t>(i)].*array.values = values.row(i);
    }
  }
  return block;
}

}  // namespace scorefem
