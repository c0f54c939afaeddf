#include "pipeline/truth/reference_parts.h"

#include <cstdio>
#include <filesystem>
#include <utility>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/truth/reference_sampler.h"

namespace scorefem::truth {

namespace fs = std::filesystem;

ReferenceParts::ReferenceParts(const study::Study& study, const study::OutputPaths& paths,
                               study::StageOutput& output, const InvertedMeasurements& measurements,
                               ReferenceAttributes attributes)
    : study_(study),
      file_(paths.reference),
      folder_(paths.reference_parts),
      measurements_(measurements),
      attributes_(std::move(attributes)),
      origin_(output.wanted()) {
  attributes_.texts.merge(origin_.texts());
  output.begin({folder_});
  if (output.again()) return;
  require_same_parts();
  earlier_ = open(file_);
}

/// @throws base::InputError if parts are left of another configuration: hours of work are not removed unasked
void ReferenceParts::require_same_parts() const {
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder_, absent)) {
    if (entry.path().extension() != ".h5") continue;
    study::Origin made;
    try {
      made = Reference(entry.path().string()).origin();
    } catch (const base::InputError&) {
      continue;  // nothing to be saved from it
    }
    if (made.inputs == origin_.inputs) continue;
    throw base::InputError(folder_ +
                           ": posteriors of a run that was stopped, and of "
                           "another one: " +
                           study::difference(made, origin_) +
                           "; finish it as it was, use another --output, or remove them by `scorefem "
                           "reference --force`");
  }
}

bool ReferenceParts::to_be_added_to() const {
  if (!earlier_) return false;
  for (Eigen::Index row = 0; row < count(); ++row)
    if (!holds(earlier_.get(), row, row)) return true;
  return false;
}

std::vector<Eigen::Index> ReferenceParts::missing() const {
  std::vector<Eigen::Index> rows;
  for (Eigen::Index row = 0; row < count(); ++row) {
    if (holds(earlier_.get(), row, row)) continue;
    if (!holds(open(path(row)).get(), 0, row)) rows.push_back(row);
  }
  return rows;
}

void ReferenceParts::write(Eigen::Index row, const ReferencePosterior& posterior) {
  base::AtomicFile output(path(row));
  ReferenceWriter writer(output.temporary_path(), shape(1));
  writer.write(0, {measurements_.measurement.row(row), measurements_.truth.row(row), posterior});
  attributes_.seconds = since_last_.seconds();  // of a pool of measurements: only the sum has a meaning
  since_last_ = base::Stopwatch();
  writer.finish(attributes_);
  output.commit();
  base::note_saved_work();
}

void ReferenceParts::join() {
  base::AtomicFile output(file_);
  ReferenceWriter writer(output.temporary_path(), shape(count()));
  attributes_.seconds = earlier_ ? earlier_->attribute("seconds") : 0;
  for (Eigen::Index row = 0; row < count(); ++row) {
    if (holds(earlier_.get(), row, row)) {
      writer.write(row, earlier_->read(row));
    } else {
      const Reference part(path(row));
      writer.write(row, part.read(0));
      attributes_.seconds += part.attribute("seconds");
    }
  }
  writer.finish(attributes_);
  output.commit();
  fs::remove_all(folder_);
}

ReferenceShape ReferenceParts::shape(Eigen::Index n_measurements) const {
  return {n_measurements, study_.reference.samples, measurements_.truth.cols(),
          measurements_.measurement.columns()};
}

std::string ReferenceParts::path(Eigen::Index row) const {
  char name[32];
  std::snprintf(name, sizeof name, "/part-%05d.h5", static_cast<int>(row + 1));
  return folder_ + name;
}

/// A file of posteriors made from the same inputs, or null.
std::unique_ptr<const Reference> ReferenceParts::open(const std::string& path) const {
  if (!fs::exists(path)) return nullptr;
  try {
    auto file = std::make_unique<const Reference>(path);
    if (study::difference(file->origin(), origin_).empty()) return file;
  } catch (const base::InputError&) {  // nothing to be saved from it
  }
  return nullptr;
}

/// Whether a file's measurement is this one, as the data have it now, and is finished.
bool ReferenceParts::holds(const Reference* file, Eigen::Index in_file, Eigen::Index row) const {
  if (!file || in_file >= file->n_measurements()) return false;
  const ReferenceRow found = file->read(in_file);
  return same_measurements(found.measurement, measurements_.measurement.row(row)) &&
         is_final(found.posterior, study_.reference);
}

}  // namespace scorefem::truth
