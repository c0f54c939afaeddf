#include "pipeline/dataset/shard_file.h"

#include <algorithm>
#include <filesystem>

#include "pipeline/base/errors.h"

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

bool can_go_on(const std::string& path, RowRange rows, const std::string& inputs) {
  if (!fs::exists(path)) return false;
  try {
    const ShardInfo info = read_shard_info(path);
    return info.inputs == inputs && info.rows.begin == rows.begin && info.rows.end == rows.end;
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
  info.inputs = file.text_attribute("/", "inputs");
  info.seconds = file.number_attribute("/", "seconds");
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
      next_(rows_.begin),
      output_(folder + "/" + shard.partial_file_name()) {
  const std::string partial = folder + "/" + shard.partial_file_name();
  if (can_go_on(partial, rows_, attributes.at("inputs"))) {
    // A copy: should this run be killed, the saved rows are still there.
    fs::copy_file(partial, output_.temporary_path());
    file_ = base::Hdf5File::open(output_.temporary_path(), base::Hdf5File::Access::write);
    next_ += whole_number(*file_, "rows_done");
    seconds_before_ = file_->number_attribute("/", "seconds");
    failures_ = read_failures(*file_);
  } else {
    file_ = base::Hdf5File::create(output_.temporary_path());
    create_dataset_arrays(*file_, part_of(shape, rows_));
  }
  file_->set_attribute("/", "type", std::string(kType));
  file_->set_attribute("/", "format_version", kDatasetFormatVersion);
  for (const auto& [name, value] : attributes) file_->set_attribute("/", name, value);
  file_->set_attribute("/", "shard", std::int64_t{shard.index});
  file_->set_attribute("/", "shards", std::int64_t{shard.count});
  file_->set_attribute("/", "first_row", static_cast<std::int64_t>(rows_.begin));
  file_->set_attribute("/", "end_row", static_cast<std::int64_t>(rows_.end));
}

void ShardWriter::append(Split split, const SampleBlock& samples, const std::vector<FailedSample>& failures) {
  const RowRange done = shape_.rows.within(split, {rows_.begin, next_});
  write_block(*file_, shape_, split, done.size(), samples);
  failures_.insert(failures_.end(), failures.begin(), failures.end());
  next_ += samples.unknowns.rows();
}

void ShardWriter::finish(double seconds) {
  write_failures(*file_, failures_);
  file_->set_attribute("/", "failed_samples", static_cast<std::int64_t>(failures_.size()));
  file_->set_attribute("/", "rows_done", static_cast<std::int64_t>(next_ - rows_.begin));
  file_->set_attribute("/", "seconds", seconds_before_ + seconds);
  file_->close();
  output_.commit();
  if (next_ == rows_.end) {
    fs::rename(folder_ + "/" + shard_.partial_file_name(), folder_ + "/" + shard_.file_name());
  }
}

}  // namespace scorefem::dataset
