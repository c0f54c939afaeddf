#include "diffusion/training/checkpoint_file.h"

#include <torch/serialize/archive.h>
#include <torch/types.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <vector>

#include "diffusion/model/make_model.h"
#include "diffusion/options/device.h"
#include "diffusion/training/whole_file.h"

namespace scorefem::diffusion {

namespace {

constexpr const char* kFormat = "scorefem diffusion checkpoint";

c10::IValue to_ivalue(const OptionsText& text) {
  c10::Dict<std::string, std::string> dict;
  for (const auto& [key, value] : text) dict.insert(key, value);
  return dict;
}

OptionsText read_text(torch::serialize::InputArchive& archive, const std::string& name) {
  c10::IValue value;
  archive.read(name, value);
  OptionsText text;
  for (const auto& item : value.toGenericDict()) text[item.key().toStringRef()] = item.value().toStringRef();
  return text;
}

void write_named(torch::serialize::OutputArchive& archive, const std::string& name,
                 const NamedTensors& tensors) {
  torch::serialize::OutputArchive nested(archive.compilation_unit());
  for (const auto& [key, tensor] : tensors)
    nested.write(key, tensor.detach().cpu().contiguous(), /*is_buffer=*/true);
  archive.write(name, nested);
}

/// The flat parameter vector from the views by name; undefined if the checkpoint has none of that name.
torch::Tensor read_parameters(torch::serialize::InputArchive& archive, const std::string& name,
                              const FlatNetwork& network) {
  torch::serialize::InputArchive nested;
  if (!archive.try_read(name, nested)) return {};
  torch::Tensor flat = torch::empty({network.n_parameters()}, torch::kFloat32);
  for (const auto& [key, view] : network.named_views(flat)) {
    torch::Tensor stored;
    nested.read(key, stored, /*is_buffer=*/true);
    if (stored.sizes() != view.sizes())
      throw CheckpointError(name + "." + key + " has a shape that does not fit the architecture it claims");
    view.copy_(stored);
  }
  return flat;
}

torch::Tensor history_tensor(const std::vector<HistoryEntry>& history) {
  torch::Tensor table = torch::empty({static_cast<std::int64_t>(history.size()), 5}, torch::kFloat64);
  double* out = table.data_ptr<double>();
  for (const HistoryEntry& entry : history) {
    *out++ = static_cast<double>(entry.epoch);
    *out++ = entry.training_loss;
    *out++ = entry.validation_loss;
    *out++ = entry.learning_rate;
    *out++ = entry.seconds;
  }
  return table;
}

std::vector<HistoryEntry> history_from(const torch::Tensor& table) {
  std::vector<HistoryEntry> history;
  const auto rows = table.accessor<double, 2>();
  for (std::int64_t i = 0; i < rows.size(0); ++i)
    history.push_back(
        {static_cast<std::int64_t>(rows[i][0]), rows[i][1], rows[i][2], rows[i][3], rows[i][4]});
  return history;
}

/// Counters and running sums in one float64 vector: all are exact there.
torch::Tensor counters(const TrainingState& state) {
  return torch::tensor({static_cast<double>(state.step), static_cast<double>(state.total_steps),
                        state.loss_sum, static_cast<double>(state.loss_count), state.best_validation_loss,
                        static_cast<double>(state.validations_since_best), state.finished ? 1.0 : 0.0},
                       torch::kFloat64);
}

void set_counters(TrainingState& state, const torch::Tensor& values) {
  const auto v = values.accessor<double, 1>();
  state.step = static_cast<std::int64_t>(v[0]);
  state.total_steps = static_cast<std::int64_t>(v[1]);
  state.loss_sum = v[2];
  state.loss_count = static_cast<std::int64_t>(v[3]);
  state.best_validation_loss = v[4];
  state.validations_since_best = static_cast<std::int64_t>(v[5]);
  state.finished = v[6] != 0.0;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!std::filesystem::is_regular_file(path) || !file)
    throw CheckpointError("checkpoint " + path + ": no such file");
  std::string bytes;
  std::vector<char> block(1 << 20);
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    bytes.append(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) throw CheckpointError("checkpoint " + path + ": cannot be read to its end");
  return bytes;
}

torch::serialize::InputArchive open_archive(const std::string& bytes, const std::string& path) {
  torch::serialize::InputArchive archive;
  try {
    archive.load_from(bytes.data(), bytes.size(), torch::Device(torch::kCPU));
  } catch (const std::exception&) {
    throw CheckpointError("checkpoint " + path + ": not a checkpoint, or truncated");
  }
  c10::IValue format;
  c10::IValue version;
  if (!archive.try_read("format", format) || !format.isString() || format.toStringRef() != kFormat ||
      !archive.try_read("format_version", version) || !version.isInt())
    throw CheckpointError("checkpoint " + path + ": a LibTorch file, but not a checkpoint of this program");
  if (version.toInt() < kOldestCheckpointVersion || version.toInt() > kCheckpointVersion)
    throw CheckpointError("checkpoint " + path + ": format version " + std::to_string(version.toInt()) +
                          ", this program reads versions " + std::to_string(kOldestCheckpointVersion) +
                          " to " + std::to_string(kCheckpointVersion));
  return archive;
}

/// Everything but the tensors of the size of the network; `weights_too` reads those as well.
CheckpointContent read(const std::string& bytes, const std::string& path, bool weights_too) {
  torch::serialize::InputArchive archive = open_archive(bytes, path);
  try {
    CheckpointContent content;
    content.setup.process = process_options_from_text(read_text(archive, "process_options"));
    content.setup.model = model_options_from_text(read_text(archive, "model_options"));
    content.setup.noise = noise_range_from_text(read_text(archive, "noise_range"));
    content.training = read_text(archive, "training_options");
    content.metadata = read_text(archive, "metadata");
    c10::IValue value;
    if (archive.try_read("data", value)) content.data = value.toStringRef();
    archive.read("n_inferred", value);
    content.setup.n_inferred = value.toInt();
    archive.read("n_measured", value);
    content.setup.n_measured = value.toInt();
    torch::Tensor numbers;
    torch::Tensor history;
    archive.read("counters", numbers, /*is_buffer=*/true);
    set_counters(content.state, numbers);
    archive.read("history", history, /*is_buffer=*/true);
    content.state.history = history_from(history);
    torch::serialize::InputArchive buffers;
    archive.read("buffers", buffers);
    for (const std::string& key : buffers.keys()) {
      torch::Tensor buffer;  // a new one each time: read() shares storage with a tensor that is defined
      buffers.read(key, buffer, /*is_buffer=*/true);
      content.buffers.emplace_back(key, buffer);
    }
    if (weights_too) {
      const auto model = make_model(content.setup, content.buffers, torch::kCPU);
      content.state.parameters = read_parameters(archive, "parameters", model->network());
      content.state.averaged = read_parameters(archive, "averaged", model->network());
      content.state.best = read_parameters(archive, "best", model->network());
      content.state.adam.first_moment = read_parameters(archive, "adam_first_moment", model->network());
      content.state.adam.second_moment = read_parameters(archive, "adam_second_moment", model->network());
      if (!content.state.parameters.defined()) throw CheckpointError("it has no parameters");
    }
    return content;
  } catch (const std::exception& error) {
    throw CheckpointError("checkpoint " + path + ": incomplete or damaged: " + error.what());
  }
}

CheckpointSummary summary_of(const CheckpointContent& content) {
  const TrainingState& state = content.state;
  return {content.setup, state.step,       state.total_steps, state.finished,
          state.history, content.training, content.metadata};
}

}  // namespace

void write_checkpoint(const std::string& path, const CheckpointContent& content) {
  torch::serialize::OutputArchive archive;
  archive.write("format", c10::IValue(kFormat));
  archive.write("format_version", c10::IValue(kCheckpointVersion));
  archive.write("process_options", to_ivalue(to_text(content.setup.process)));
  archive.write("model_options", to_ivalue(to_text(content.setup.model)));
  archive.write("noise_range", to_ivalue(to_text(content.setup.noise)));
  archive.write("training_options", to_ivalue(content.training));
  archive.write("metadata", to_ivalue(content.metadata));
  archive.write("data", c10::IValue(content.data));
  archive.write("n_inferred", c10::IValue(content.setup.n_inferred));
  archive.write("n_measured", c10::IValue(content.setup.n_measured));
  archive.write("counters", counters(content.state), /*is_buffer=*/true);
  archive.write("history", history_tensor(content.state.history), /*is_buffer=*/true);
  write_named(archive, "buffers", content.buffers);

  const auto model = make_model(content.setup, content.buffers, torch::kCPU);
  const auto write_parameters = [&](const std::string& name, const torch::Tensor& flat) {
    if (flat.defined()) write_named(archive, name, model->network().named_views(flat.detach().cpu()));
  };
  write_parameters("parameters", content.state.parameters);
  write_parameters("averaged", content.state.averaged);
  write_parameters("best", content.state.best);
  write_parameters("adam_first_moment", content.state.adam.first_moment);
  write_parameters("adam_second_moment", content.state.adam.second_moment);

  // Serialised in memory first: a full disk is then an error of our own write() and never a half-written
  // archive.
  std::string bytes;
  archive.save_to([&bytes](const void* data, std::size_t n) {
    bytes.append(static_cast<const char*>(data), n);
    return n;
  });
  write_whole_file(path, bytes);
}

CheckpointContent read_checkpoint(const std::string& path) {
  return read(bytes_of(path), path, /*weights_too=*/true);
}

CheckpointSummary read_checkpoint_summary(const std::string& path) {
  return summary_of(read(bytes_of(path), path, /*weights_too=*/false));
}

Checkpoint::Checkpoint(const std::string& bytes, const std::string& path)
    : content_(std::make_shared<const CheckpointContent>(read(bytes, path, /*weights_too=*/true))),
      summary_(summary_of(*content_)) {}

std::shared_ptr<const Model> Checkpoint::model(Device device) const {
  const torch::Device target = resolve_device(device);
  std::shared_ptr<TrainableModel> model = make_model(content_->setup, content_->buffers, target);
  model->set_parameters(content_->state.sampling_parameters().to(target));
  return model;
}

std::shared_ptr<const Model> load_model(const std::string& path, Device device) {
  return Checkpoint(bytes_of(path), path).model(device);
}

}  // namespace scorefem::diffusion
