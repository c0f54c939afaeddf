#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/base/interrupt.h"
#include "pipeline/problem/noise.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage.h"
#include "pipeline/truth/reference_file.h"
#include "pipeline/truth/reference_sampler.h"

namespace scorefem::truth {

/// What is inverted.
struct InvertedMeasurements {
  solver::Matrix measurement;  // [n, n_observations]
  solver::Matrix truth;        // [n, n_unknowns]
  std::shared_ptr<const problem::Noise> noise;
};

/// What is finished of a reference.h5, each measurement a file of its own until all are; and an earlier
/// reference.h5 that lacks some.
class ReferenceParts {
 public:
  ReferenceParts(const study::StageContext& context, const InvertedMeasurements& measurements,
                 ReferenceAttributes attributes, study::Origin origin)
      : context_(context),
        measurements_(measurements),
        attributes_(std::move(attributes)),
        origin_(std::move(origin)) {
    attributes_.texts.merge(origin_.texts());
    const study::Redo::State redo = context.redo.state("reference", origin_.inputs);
    if (redo == study::Redo::State::begin) {
      std::filesystem::remove_all(context.paths.reference_parts);
      context.redo.begun("reference", origin_.inputs);
    }
    if (redo == study::Redo::State::not_asked) earlier_ = open(context.paths.reference);
  }

  /// Whether the earlier reference.h5 has all.
  bool complete() const {
    for (Eigen::Index row = 0; row < count(); ++row) {
      if (!holds(earlier_.get(), row, row)) return false;
    }
    return true;
  }
  /// Measurements that are not finished, or not with these options.
  std::vector<Eigen::Index> missing() const {
    std::vector<Eigen::Index> rows;
    for (Eigen::Index row = 0; row < count(); ++row) {
      if (holds(earlier_.get(), row, row)) continue;
      if (!holds(open(path(row)).get(), 0, row)) rows.push_back(row);
    }
    return rows;
  }
  void write(Eigen::Index row, const ReferencePosterior& posterior) {
    base::AtomicFile output(path(row));
    ReferenceWriter writer(output.temporary_path(), shape(1));
    writer.write(0, {measurements_.measurement.row(row), measurements_.truth.row(row), posterior});
    attributes_.seconds = since_last_.seconds();  // of a pool of measurements: only the sum has a meaning
    since_last_ = study::Stopwatch();
    writer.finish(attributes_);
    output.commit();
    base::note_saved_work();
  }
  /// Puts them together and removes them.
  void join() {
    base::AtomicFile output(context_.paths.reference);
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
    std::filesystem::remove_all(context_.paths.reference_parts);
  }

 private:
  Eigen::Index count() const { return measurements_.measurement.rows(); }
  ReferenceShape shape(Eigen::Index n_measurements) const {
    return {n_measurements, context_.study.reference.samples, measurements_.truth.cols(),
            measurements_.measurement.cols()};
  }
  std::string path(Eigen::Index row) const {
    char name[32];
    std::snprintf(name, sizeof name, "/part-%05d.h5", static_cast<int>(row + 1));
    return context_.paths.reference_parts + name;
  }
  /// A file of posteriors made from the same inputs, or null.
  std::unique_ptr<const Reference> open(const std::string& path) const {
    if (!std::filesystem::exists(path)) return nullptr;
    try {
      auto file = std::make_unique<const Reference>(path);
      if (study::difference(file->origin(), origin_).empty()) return file;
    } catch (const base::InputError&) {  // nothing to be saved from it
    }
    return nullptr;
  }
  /// Whether a file's measurement is this one, as the data have it now, and is finished.
  bool holds(const Reference* file, Eigen::Index in_file, Eigen::Index row) const {
    if (!file || in_file >= file->n_measurements()) return false;
    const ReferenceRow found = file->read(in_file);
    return same_measurements(found.measurement.transpose(), measurements_.measurement.row(row)) &&
           is_final(found.posterior, context_.study.reference);
  }

  const study::StageContext& context_;
  const InvertedMeasurements& measurements_;
  ReferenceAttributes attributes_;
  study::Origin origin_;
  std::unique_ptr<const Reference> earlier_;  // null if there is none, or to be made again
  study::Stopwatch since_last_;
};

}  // namespace scorefem::truth
