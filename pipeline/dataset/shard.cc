#include "pipeline/dataset/shard.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "pipeline/base/errors.h"

namespace scorefem::dataset {
namespace {

std::optional<int> parse_integer(std::string_view text) {
  int value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

int slurm_variable(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) {
    throw base::InputError(std::string("--shard auto: ") + name +
                           " is not set; expected to run in a job of a Slurm array, or --shard i/n");
  }
  const std::optional<int> value = parse_integer(text);
  if (!value) {
    throw base::InputError(std::string("--shard auto: ") + name + " = '" + text + "'; expected an integer");
  }
  return *value;
}

Shard slurm_shard() {
  const int id = slurm_variable("SLURM_ARRAY_TASK_ID");
  const int first = slurm_variable("SLURM_ARRAY_TASK_MIN");
  const int last = slurm_variable("SLURM_ARRAY_TASK_MAX");
  const int count = slurm_variable("SLURM_ARRAY_TASK_COUNT");
  if (last - first + 1 != count || id < first || id > last) {
    throw base::InputError("--shard auto: the array has " + std::to_string(count) + " tasks from " +
                           std::to_string(first) + " to " + std::to_string(last) +
                           "; expected one without gaps, or --shard i/n");
  }
  return {id - first + 1, count};
}

}  // namespace

RowRange Shard::rows(Eigen::Index n_total) const {
  return {n_total * (index - 1) / count, n_total * index / count};
}

std::string Shard::text() const {
  return std::to_string(index) + "/" + std::to_string(count);
}

std::string Shard::file_name() const {
  return "shard-" + std::to_string(index) + "-of-" + std::to_string(count) + ".h5";
}

std::string Shard::partial_file_name() const {
  return "shard-" + std::to_string(index) + "-of-" + std::to_string(count) + ".partial.h5";
}

Shard parse_shard(const std::string& text) {
  if (text == "auto") return slurm_shard();
  const std::size_t slash = text.find('/');
  const std::string_view view = text;
  const std::optional<int> index = parse_integer(view.substr(0, slash));
  const std::optional<int> count =
      slash == std::string::npos ? std::nullopt : parse_integer(view.substr(slash + 1));
  if (!index || !count || *count < 1 || *index < 1 || *index > *count) {
    throw base::InputError("--shard " + text + ": expected i/n with i from 1 to n, e.g. 3/10, or auto");
  }
  return {*index, *count};
}

}  // namespace scorefem::dataset
