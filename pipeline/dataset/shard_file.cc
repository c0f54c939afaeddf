#include "pipeline/dataset/shard_file.h"

#include <algorithm>
#include <filesystem>

#include "pipeline/base/atomic_file.h"
#include "pipeline/base/errors.h"
#include "pipeline/dataset/content.h"
#include "pipeline/study/load_study.h"
#include "pipeline/study/stage.h"

namespace scorefem::dataset {
namespace {

namespace fs = std::filesystem;
constexpr const char* kType = "scorefem shard";

Eigen::Index whole_number(const base::Hdf5File& file, const char* attribute) {
  return static_cast<Eigen::Index>(file.number_attribute("/", attribute));
}

/// The shape of a shard's own arrays.
DatasetShape part_of(const DatasetShape& whole, RowRange rows) {
  DatasetShape part = whole;
  for (const Split split : {Split::train, Split::test}) {
    part.rows.rows[static_cast<std::size_t>(split)] = whole.rows.within(split, rows).size();
  }
  return part;
}

/// Rows that are solved and wall time, in an array: it is written in place, where an attribute would not be.
constexpr const char* kProgress = "/progress";

struct Progress {
  Eigen::Index rows = 0;
  double seconds = 0;
};

Progress read_progress(const base::Hdf5File& file) {
  double values[2] = {0, 0};
  file.read_rows(kProgress, 0, 2, values);
  return {static_cast<Eigen::Index>(values[0]), values[1]};
}

void write_progress(base::Hdf5File& file, const Progress& progress) {
  const double values[2] = {static_cast<double>(progress.rows), progress.seconds};
  file.write_rows(kProgress, 0, 2, values);
}

bool can_go_on(const std::string& path, RowRange rows, const study::Origin& origin) {
  if (!fs::exists(path)) return false;
  try {
    const ShardInfo info = read_shard_info(path);
    return study::difference(info.origin, origin).empty() && info.rows.begin == rows.begin &&
           info.rows.end == rows.end && base::Hdf5File::open(path).contains(kProgress);
  } catch (const base::InputError&) {
    return false;  // nothing to be saved from it
  }
}

}  // namespace

ShardInfo read_shard_info(const std::string& path) {
  const base::Hdf5File file = base::Hdf5File::open(path);
  require_type(file, kType);
  ShardInfo info;
  info.path = path;
  info.shard = {static_cast<int>(whole_number(file, "shard")),
                static_cast<int>(whole_number(file, "shards"))};
  info.rows = {whole_number(file, "first_row"), whole_number(file, "end_row")};
  info.done = whole_number(file, "rows_done");
  info.origin = study::read_origin(file);
  if (file.has_attribute("/", "content")) info.content = file.text_attribute("/", "content");
  info.seconds = file.number_attribute("/", "seconds");
  if (file.contains(kProgress)) {
    const Progress progress = read_progress(file);
    info.done = progress.rows;
    info.seconds = progress.seconds;
  }
  info.part_sizes = read_shape(file).rows;
  const bool consistent = info.shard.index >= 1 && info.shard.index <= info.shard.count &&
                          info.rows.begin >= 0 && info.part_sizes.total() == info.rows.size() &&
                          info.done >= 0 && info.done <= info.rows.size();
  if (!consistent) {
    throw base::InputError(path + ": says that it is shard " + info.shard.text() + " with rows " +
                           std::to_string(info.rows.begin) + " to " + std::to_string(info.rows.end) +
                           ", holds " + std::to_string(info.part_sizes.total()) + ", done " +
                           std::to_string(info.done) + ": no such shard can be; generate it again");
  }
  return info;
}

std::optional<ShardInfo> readable_shard(const std::string& path, std::string& reason) {
  try {
    return read_shard_info(path);
  } catch (const base::InputError& error) {
    reason = error.what();
    return std::nullopt;
  }
}

std::vector<std::string> shard_files(const std::string& folder, bool partial) {
  std::vector<std::string> paths;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder, absent)) {
    const fs::path& path = entry.path();
    const bool is_shard = path.filename().string().rfind("shard-", 0) == 0 && path.extension() == ".h5";
    const bool is_partial = path.stem().extension() == ".partial";
    if (is_shard && is_partial == partial) paths.push_back(path.string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

ShardWriter::ShardWriter(const std::string& folder, Shard shard, const DatasetShape& shape,
                         const std::map<std::string, std::string>& attributes)
    : folder_(folder),
      shard_(shard),
      shape_(shape),
      rows_(shard.rows(shape.rows.total())),
      next_(rows_.begin) {
  base::remove_leftovers_of_all_hosts(path());
  const bool goes_on = can_go_on(path(), rows_, study::Origin::from_texts(attributes));
  if (!goes_on) start(attributes);
  file_ = base::Hdf5File::open(path(), base::Hdf5File::Access::write);
  const Progress progress = read_progress(*file_);
  next_ += progress.rows;
  seconds_before_ = progress.seconds;
  failures_ = read_failures(*file_);
  // Those of rows that are solved again: they were written before the progress.
  failures_.erase(std::remove_if(failures_.begin(), failures_.end(),
                                 [&](const FailedSample& failed) {
                                   return failed.row >= shape_.rows.within(failed.split, {0, next_}).end;
                                 }),
                  failures_.end());
  n_saved_failures_ = failures_.size();
  saved_ = next_;
}

ShardWriter::~ShardWriter() {
  if (next_ > rows_.begin) return;
  file_.reset();
  std::error_code ignored;
  fs::remove(path(), ignored);
}

std::string ShardWriter::path() const {
  return folder_ + "/" + shard_.partial_file_name();
}

/// Makes the file with all but its samples.
void ShardWriter::start(const std::map<std::string, std::string>& attributes) {
  base::AtomicFile output(path());
  base::Hdf5File file = base::Hdf5File::create(output.temporary_path());
  create_dataset_arrays(file, part_of(shape_, rows_));
  file.create_array(kProgress, {2});
  write_progress(file, {});
  file.set_attribute("/", "type", std::string(kType));
  file.set_attribute("/", "format_version", kDatasetFormatVersion);
  for (const auto& [name, value] : attributes) file.set_attribute("/", name, value);
  file.set_attribute("/", "shard", std::int64_t{shard_.index});
  file.set_attribute("/", "shards", std::int64_t{shard_.count});
  file.set_attribute("/", "first_row", static_cast<std::int64_t>(rows_.begin));
  file.set_attribute("/", "end_row", static_cast<std::int64_t>(rows_.end));
  file.set_attribute("/", "rows_done", std::int64_t{0});
  file.set_attribute("/", "seconds", 0.0);
  file.close();
  output.commit();
}

void ShardWriter::append(Split split, const SampleBlock& samples, const std::vector<FailedSample>& failures) {
  const RowRange done = shape_.rows.within(split, {rows_.begin, next_});
  write_block(*file_, shape_, split, done.size(), samples);
  failures_.insert(failures_.end(), failures.begin(), failures.end());
  next_ += samples.unknowns.rows();
}

void ShardWriter::save(double seconds) {
  if (failures_.size() > n_saved_failures_) write_failures(*file_, failures_);
  n_saved_failures_ = failures_.size();
  file_->flush();  // before the progress says that they are there
  write_progress(*file_, {next_ - rows_.begin, seconds_before_ + seconds});
  saved_ = next_;
}

void ShardWriter::finish(double seconds) {
  save(seconds);
  const bool whole = next_ == rows_.end;
  file_->set_attribute("/", "failed_samples", static_cast<std::int64_t>(failures_.size()));
  file_->set_attribute("/", "rows_done", static_cast<std::int64_t>(next_ - rows_.begin));
  file_->set_attribute("/", "seconds", seconds_before_ + seconds);
  if (whole) {
    file_->set_attribute("/", "content", content());
    file_->remove(kProgress);
  }
  file_->flush();
  file_->close();
  if (whole) fs::rename(path(), folder_ + "/" + shard_.file_name());
}

/// Fingerprint of the samples in the file.
std::string ShardWriter::content() const {
  constexpr Eigen::Index kRows = 4096;
  ContentHash hash;
  for (const Split split : {Split::train, Split::test}) {
    const RowRange rows = shape_.rows.within(split, rows_);
    for (Eigen::Index first = 0; first < rows.size(); first += kRows) {
      const Eigen::Index n = std::min(kRows, rows.size() - first);
      hash.add(split, rows.begin + first, read_block(*file_, shape_, split, first, n));
    }
  }
  return hash.text();
}

void require_same_configuration(const ShardInfo& shard, const study::Study& study) {
  const std::string wanted = study::dataset_inputs(study);
  if (shard.origin.inputs == wanted) return;
  throw base::InputError(shard.path + ": of another configuration (" +
                         study::first_difference(shard.origin.inputs, wanted) +
                         "); finish that one, use another --output, or have it removed by --force");
}

}  // namespace scorefem::dataset
