#include "diffusion/training/checkpoint.h"

#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/serialize.h>
#include <torch/types.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

#include "diffusion/training/checkpoint_file.h"
#include "diffusion/training/training.h"
#include "gaussian_pairs.h"
#include "tests/unit/temporary_folder.h"

using namespace scorefem::diffusion;  // NOLINT: a test of this namespace alone
using scorefem::diffusion::test::GaussianPairs;

namespace {

class Checkpoint : public scorefem::test::TemporaryFolder {
 protected:
  void SetUp() override {
    ModelOptions model;
    model.width = 8;
    model.hidden_layers = 2;
    TrainingOptions options;
    options.epochs = 2;
    options.batch_size = 50;
    options.noise = {0.1, 0.1};
    options.threads = 1;
    ProcessOptions process;
    process.amplitude = 7.1;
    train(GaussianPairs().draw(200), process, model, options, path_, {{"git", "abc"}, {"study", "gaussian"}});
  }

  std::string error_of(const std::function<void()>& action) const {
    try {
      action();
    } catch (const CheckpointError& error) {
      return error.what();
    }
    return "accepted";
  }
  std::string error_of_loading() const {
    return error_of([this] { load_model(path_); });
  }

  std::string path_ = path();
};

TEST_F(Checkpoint, KeepsWhatItWasGiven) {
  const CheckpointSummary summary = read_checkpoint_summary(path_);
  EXPECT_EQ(summary.setup.process.amplitude, 7.1);
  EXPECT_EQ(summary.setup.model.width, 8);
  EXPECT_EQ(summary.setup.noise.maximum, 0.1);
  EXPECT_EQ(summary.setup.n_inferred, 2);
  EXPECT_EQ(summary.setup.n_measured, 3);
  EXPECT_EQ(summary.step, 6);
  EXPECT_EQ(summary.total_steps, 6);
  EXPECT_TRUE(summary.finished);
  EXPECT_EQ(summary.metadata.at("git"), "abc");
  EXPECT_EQ(summary.training.at("batch_size"), "50");
  ASSERT_EQ(summary.history.size(), 1U);
  const auto model = load_model(path_, Device::cpu);
  EXPECT_EQ(model->n_inferred(), 2);
  EXPECT_NEAR(model->process().diffusion_squared(1.0), 7.1 * 7.1, 1e-12);
}

TEST_F(Checkpoint, OnceReadIsWholeWithoutItsFile) {
  std::ostringstream bytes;
  bytes << std::ifstream(path_, std::ios::binary).rdbuf();
  const scorefem::diffusion::Checkpoint checkpoint(bytes.str(), path_);
  std::filesystem::remove(path_);
  EXPECT_EQ(checkpoint.summary().metadata.at("study"), "gaussian");
  EXPECT_EQ(checkpoint.model(Device::cpu)->n_measured(), 3);
}

TEST_F(Checkpoint, IsReadableAsATorchScriptModule) {
  const torch::jit::Module module = torch::jit::load(path_);
  const torch::Tensor weight = module.attr("parameters").toModule().attr("weight_0").toTensor();
  EXPECT_EQ(weight.sizes(), torch::IntArrayRef({8, 2 + 3 + 4}));
}

TEST_F(Checkpoint, MissingFile) {
  std::filesystem::remove(path_);
  EXPECT_NE(error_of_loading().find("no such file"), std::string::npos) << error_of_loading();
}

TEST_F(Checkpoint, FileThatCannotBeReadToItsEnd) {
  std::filesystem::remove(path_);
  std::filesystem::create_symlink("/proc/self/mem",
                                  path_);  // opens, but has nothing at its beginning to read
  EXPECT_NE(error_of_loading().find("cannot be read to its end"), std::string::npos) << error_of_loading();
}

TEST_F(Checkpoint, TruncatedAnywhere) {
  const auto size = std::filesystem::file_size(path_);
  for (const double part : {0.0, 0.1, 0.5, 0.9, 0.999}) {
    std::filesystem::resize_file(path_, static_cast<std::uintmax_t>(part * static_cast<double>(size)));
    EXPECT_NE(error_of_loading().find("truncated"), std::string::npos) << part << ": " << error_of_loading();
  }
}

TEST_F(Checkpoint, TextFile) {
  std::ofstream(path_) << "this is not a checkpoint\n";
  EXPECT_NE(error_of_loading().find("not a checkpoint"), std::string::npos) << error_of_loading();
}

TEST_F(Checkpoint, AnotherLibTorchFile) {
  torch::save(torch::ones({3}), path_);
  EXPECT_NE(error_of_loading().find("not a checkpoint of this program"), std::string::npos)
      << error_of_loading();
}

TEST_F(Checkpoint, AnotherVersion) {
  torch::serialize::OutputArchive archive;
  archive.write("format", c10::IValue("scorefem diffusion checkpoint"));
  archive.write("format_version", c10::IValue(std::int64_t{99}));
  archive.save_to(path_);
  EXPECT_NE(error_of_loading().find("format version 99, this program reads version"), std::string::npos)
      << error_of_loading();
}

TEST_F(Checkpoint, IncompleteContent) {
  torch::serialize::OutputArchive archive;
  archive.write("format", c10::IValue("scorefem diffusion checkpoint"));
  archive.write("format_version", c10::IValue(kCheckpointVersion));
  archive.save_to(path_);
  EXPECT_NE(error_of_loading().find("incomplete"), std::string::npos) << error_of_loading();
}

/// Writes the archive again with `change` made to its attributes: their name, and their value if it is no
/// module or tensor.
void rewrite(const std::string& path, const std::function<void(const std::string&, c10::IValue&)>& change) {
  torch::serialize::InputArchive in;
  in.load_from(path);
  torch::serialize::OutputArchive out;
  for (const std::string& key : in.keys()) {
    c10::IValue value;
    in.read(key, value);
    if (value.isModule()) {
      torch::serialize::InputArchive from;
      in.read(key, from);
      torch::serialize::OutputArchive to(out.compilation_unit());
      for (const std::string& name : from.keys()) {
        torch::Tensor tensor;
        from.read(name, tensor, true);
        to.write(name, tensor, true);
      }
      out.write(key, to);
    } else if (value.isTensor()) {
      out.write(key, value.toTensor(), true);
    } else {
      change(key, value);
      out.write(key, value);
    }
  }
  out.save_to(path);
}

/// The dictionary with what `change` makes of each entry; null leaves it out.
void change_entries(
    c10::IValue& dictionary,
    const std::function<std::optional<std::string>(const std::string&, const std::string&)>& change) {
  c10::Dict<std::string, std::string> changed;
  for (const auto& item : dictionary.toGenericDict())
    if (const auto value = change(item.key().toStringRef(), item.value().toStringRef()))
      changed.insert(item.key().toStringRef(), *value);
  dictionary = changed;
}

TEST_F(Checkpoint, WeightsThatDoNotFitTheArchitecture) {
  // The weights of width 8 under a header that says otherwise.
  rewrite(path_, [](const std::string& key, c10::IValue& value) {
    if (key == "model_options")
      change_entries(value, [](const std::string& name, const std::string& text) {
        return std::optional<std::string>(name == "width" ? "16" : text);
      });
  });
  EXPECT_NE(error_of_loading().find("does not fit the architecture"), std::string::npos)
      << error_of_loading();
}

TEST_F(Checkpoint, Version4IsRead) {
  const TrainingState before = read_checkpoint(path_).state;
  rewrite(path_, [](const std::string& key, c10::IValue& value) {
    if (key == "format_version") value = std::int64_t{4};
    if (key == "model_options")
      change_entries(value, [](const std::string& name, const std::string& text) {
        return name == "layers" ? std::nullopt : std::optional<std::string>(text);
      });
  });
  const CheckpointContent content = read_checkpoint(path_);
  EXPECT_TRUE(content.state.parameters.equal(before.parameters));
  EXPECT_EQ(content.setup.model.layers, Layers::plain);
}

/// What a checkpoint is written to before it is whole, by a process of this machine.
std::string temporary_name(const std::string& path, const std::string& process) {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return path + ".tmp-" + host + "-" + process;
}

TEST_F(Checkpoint, WriteRemovesLeftoversOfDeadProcesses) {
  const std::string dead = temporary_name(path_, "2147483646");  // beyond the largest process number
  const std::string alive = temporary_name(path_, std::to_string(::getppid()));
  const std::string elsewhere = dead + "-77";  // of a machine whose name begins with this one's
  for (const std::string& file : {dead, alive, elsewhere}) std::ofstream(file) << "x";
  write_checkpoint(path_, read_checkpoint(path_));
  EXPECT_FALSE(std::filesystem::exists(dead));
  EXPECT_TRUE(std::filesystem::exists(alive));
  EXPECT_TRUE(std::filesystem::exists(elsewhere));
}

TEST_F(Checkpoint, FailedWriteLeavesTheOldFileAlone) {
  const CheckpointContent content = read_checkpoint(path_);
  // A directory in the place of the temporary file makes opening it fail, for root as well.
  std::filesystem::create_directory(temporary_name(path_, std::to_string(::getpid())));
  try {
    write_checkpoint(path_, content);
    FAIL() << "accepted";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("cannot write " + path_), std::string::npos) << error.what();
  }
  EXPECT_EQ(read_checkpoint_summary(path_).step, 6);
}

TEST_F(Checkpoint, FullDisk) {
  const CheckpointContent content = read_checkpoint(path_);
  std::filesystem::create_symlink("/dev/full", temporary_name(path_, std::to_string(::getpid())));
  try {
    write_checkpoint(path_, content);
    FAIL() << "accepted";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_space_on_device) << error.what();
  }
  EXPECT_EQ(read_checkpoint_summary(path_).step, 6);
}

}  // namespace
